#include "module/endpoint/stream.hh"

#include <cstring>
#include <optional>

#include "module/endpoint/respond.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// A piece is sent when it has grown to this. Large enough for one write to the network to be worth while.
constexpr std::size_t kPiece = 32 * 1024;

enum class Made { more, last, changed };

Made make_piece(const Image& image, Items& items, Sink& sink) {
  while (sink.text().size() < kPiece) {
    if (items.next(image, sink)) continue;
    sink.end(image);
    return Made::last;
  }
  return Made::more;
}

// The generation of an answer, for as long as it takes.
class Hold {
 public:
  explicit Hold(std::uint64_t generation) : generation_(generation), until_(apr_time_now() + kHeld) {}

  /// The image, or null when another generation has come while none was held.
  const Image* image() {
    if (!pin_) pin_.emplace();
    return *pin_ && (*pin_)->content_id() == generation_ ? &**pin_ : nullptr;
  }
  /// Before the client is waited for.
  void wait() {
    if (apr_time_now() > until_) pin_.reset();
  }

 private:
  static constexpr apr_interval_time_t kHeld = 5 * APR_USEC_PER_SEC;

  const std::uint64_t generation_;
  const apr_time_t until_;
  std::optional<IndexPin> pin_;
};

}  // namespace

int send_long(const Request& request, std::uint64_t generation, Items& items, Sink& sink) {
  request_rec* r = request.r;
  conn_rec* c = r->connection;
  set_headers(request);
  Hold hold(generation);
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, c->bucket_alloc);
  for (Made made = r->header_only ? Made::last : Made::more;;) {
    if (!r->header_only) {
      const Image* image = hold.image();
      made = image == nullptr ? Made::changed : make_piece(*image, items, sink);
      hold.wait();
    }
    if (const std::string_view text = sink.text(); made != Made::changed && !text.empty() && !r->header_only) {
      char* copy = static_cast<char*>(apr_bucket_alloc(text.size(), c->bucket_alloc));
      std::memcpy(copy, text.data(), text.size());
      APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(copy, text.size(), apr_bucket_free, c->bucket_alloc));
      sink.clear();
    }
    if (made == Made::changed) {
      // Not the client's fault, nor ours: the sign that proxies use for a body that broke off.
      ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "ip2asn: new data came while an answer was sent; it is broken off");
      APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(HTTP_BAD_GATEWAY, nullptr, r->pool, c->bucket_alloc));
    }
    if (made != Made::more) APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
    const apr_status_t passed = ap_pass_brigade(r->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    if (passed != APR_SUCCESS || c->aborted) return c->aborted ? OK : AP_FILTER_ERROR;
    if (made != Made::more) return OK;
  }
}

}  // namespace ip2asn::httpd
