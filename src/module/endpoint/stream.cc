#include "module/endpoint/stream.hh"

#include <cstring>

#include "module/endpoint/delivery.hh"
#include "module/endpoint/respond.hh"

namespace ip2asn::httpd {
namespace {

// A piece is sent when it has grown to this. Large enough for one write to the network to be worth while.
constexpr std::size_t kPiece = 32 * 1024;

enum class Made { more, last, changed, failed };

Made make_piece(const Image& image, Items& items, Sink& sink) {
  while (sink.text().size() < kPiece) {
    if (items.next(image, sink)) continue;
    sink.end(image);
    return Made::last;
  }
  return Made::more;
}

// What goes on when memory is short: some of the answer may be with the client, so the handler must not fail on its
// own.
Made try_piece(const Request& request, HeldIndex& index, Items& items, Sink& sink) noexcept {
  const Image* image = index.image();
  if (image == nullptr) return Made::changed;
  return guarded(request.r->server, Made::failed, [&] { return make_piece(*image, items, sink); });
}

void append(apr_bucket_brigade* brigade, std::string_view text) noexcept {
  if (text.empty()) return;
  char* copy = static_cast<char*>(apr_bucket_alloc(text.size(), brigade->bucket_alloc));
  std::memcpy(copy, text.data(), text.size());
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(copy, text.size(), apr_bucket_free, brigade->bucket_alloc));
}

}  // namespace

void announce_length(const Request& request, const Image& image, Items& items, Sink& sink) {
  std::size_t size = 0;
  for (Made made = Made::more; made == Made::more; sink.clear()) {
    made = make_piece(image, items, sink);
    size += sink.text().size();
  }
  set_length(request.r, size);
}

int send_long(const Request& request, HeldIndex& index, Items& items, Sink& sink) {
  request_rec* r = request.r;
  set_headers(request);
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  Delivery delivery(r);
  if (r->header_only) {
    delivery.pass_last(brigade);
    return delivery.outcome();
  }
  for (;;) {
    const Made made = try_piece(request, index, items, sink);
    if (made == Made::changed || made == Made::failed) {
      ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "ip2asn: %s; the answer is broken off",
                    made == Made::changed ? "the client reads slowly, and newer data needed the room of its generation"
                                          : "the rest of an answer could not be made");
      delivery.break_off();
      return delivery.outcome();
    }
    index.before_wait();
    append(brigade, sink.text());
    sink.clear();
    if (made == Made::last) {
      delivery.pass_last(brigade);
      return delivery.outcome();
    }
    if (!delivery.pass(brigade)) return delivery.outcome();
  }
}

}  // namespace ip2asn::httpd
