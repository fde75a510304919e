// PUT and POST /v1/as/ips.

#include "answer/bulk.hh"

#include <ap_mpm.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "module/endpoint/caching.hh"
#include "module/endpoint/delivery.hh"
#include "module/endpoint/lists.hh"
#include "module/endpoint/respond.hh"
#include "module/endpoint/sinks.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

constexpr std::size_t kLeastBody = std::size_t{1} << 20;
constexpr std::size_t kBytesAnEntry = 64;

// A request's body, counted while it comes.
class RequestBody : public api::BodySource {
 public:
  RequestBody(request_rec* r, std::size_t limit)
      : r_(r), limit_(limit), brigade_(apr_brigade_create(r->pool, r->connection->bucket_alloc)) {}

  std::string_view more() override {
    while (status_ == OK && !ended_) {
      if (APR_BRIGADE_EMPTY(brigade_) && !fill()) break;
      // The piece that was given out before is done with.
      if (given_ != nullptr) apr_bucket_delete(std::exchange(given_, nullptr));
      if (APR_BRIGADE_EMPTY(brigade_)) continue;
      apr_bucket* bucket = APR_BRIGADE_FIRST(brigade_);
      if (APR_BUCKET_IS_EOS(bucket)) {
        ended_ = true;
        break;
      }
      given_ = bucket;
      if (APR_BUCKET_IS_METADATA(bucket)) continue;
      const char* data = nullptr;
      apr_size_t size = 0;
      if (const apr_status_t rv = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ); rv != APR_SUCCESS) {
        status_ = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        break;
      }
      if (size == 0) continue;
      read_ += size;
      if (read_ > limit_) {
        status_ = HTTP_REQUEST_ENTITY_TOO_LARGE;
        break;
      }
      return {data, size};
    }
    return {};
  }

  /// OK, or why reading came to an end before the body did.
  int status() const { return status_; }

 private:
  bool fill() {
    const apr_status_t rv =
        ap_get_brigade(r_->input_filters, brigade_, AP_MODE_READBYTES, APR_BLOCK_READ, std::size_t{64} * 1024);
    if (rv == APR_SUCCESS) return true;
    status_ = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    return false;
  }

  request_rec* r_;
  const std::size_t limit_;
  apr_bucket_brigade* brigade_;
  apr_bucket* given_ = nullptr;
  std::size_t read_ = 0;
  int status_ = OK;
  bool ended_ = false;
};

// A place among the threads that read bodies. A sender that takes its time holds a thread, so at most half of a
// process's threads may be held like that: the others go on to answer those who have said all they have to say.
class ReadersPlace {
 public:
  ReadersPlace() {
    int threads = 0;
    const bool threaded = ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) == APR_SUCCESS && threads > 1;
    const int before = readers_.fetch_add(1, std::memory_order_relaxed);
    taken_ = !threaded || before < (threads + 1) / 2;
  }
  ~ReadersPlace() { readers_.fetch_sub(1, std::memory_order_relaxed); }
  ReadersPlace(const ReadersPlace&) = delete;
  ReadersPlace& operator=(const ReadersPlace&) = delete;

  explicit operator bool() const { return taken_; }

 private:
  static inline std::atomic<int> readers_{0};
  bool taken_ = false;
};

class BulkItems : public Items {
 public:
  explicit BulkItems(const api::Batch& batch) : batch_(batch) {}

  bool next(const Image& image, Sink& sink) override {
    // Look-ups of many addresses at once overlap their waits for memory.
    constexpr std::size_t kAtOnce = 64;
    api::Batch::Entry entries[kAtOnce];
    std::uint32_t v4[kAtOnce];
    RecordId records[kAtOnce];
    std::size_t count = 0, v4_count = 0;
    while (count < kAtOnce && batch_.next(position_, entries[count])) {
      const api::Batch::Entry& entry = entries[count++];
      if (entry.valid && entry.address.family == Family::v4) v4[v4_count++] = entry.address.v4_bits();
    }
    if (count == 0) return false;
    const bool ranges = sink.wants_ranges();
    if (!ranges) image.index4().lookup({v4, v4_count}, records);
    v4_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const api::Batch::Entry& entry = entries[i];
      if (!entry.valid) {
        sink.bad(entry.text, entry.why);
        continue;
      }
      if (ranges) {
        sink.answer(api::answer_for(image, entry.address));
        continue;
      }
      const bool is_v4 = entry.address.family == Family::v4;
      const RecordId id = is_v4 ? records[v4_count++] : image.lookup(entry.address);
      api::Answer answer;
      answer.address = entry.address;
      answer.announced = id != 0;
      if (answer.announced) answer.record = image.record(id);
      sink.answer(answer);
    }
    return true;
  }

 private:
  const api::Batch& batch_;
  std::size_t position_ = 0;
};

int too_large(const Request& request, std::size_t max_entries, std::size_t limit) {
  // The rest of the body is not wanted: reading it is what the limit is against.
  request.r->connection->keepalive = AP_CONN_CLOSE;
  return send_error(request, HTTP_REQUEST_ENTITY_TOO_LARGE, api::ErrorCode::body_too_large,
                    "at most " + std::to_string(max_entries) + " addresses in " + std::to_string(limit) +
                        " bytes are answered at once");
}

// The length that the request announces, if it does.
std::size_t announced_length(const request_rec* r) {
  const char* length = apr_table_get(r->headers_in, "Content-Length");
  if (length == nullptr) return 0;
  apr_off_t value = 0;
  // httpd has refused what is no number.
  if (apr_strtoff(&value, length, nullptr, 10) != APR_SUCCESS || value < 0) return 0;
  return static_cast<std::size_t>(value);
}

}  // namespace

int answer_bulk(const Request& request, std::size_t max_entries) {
  const std::size_t limit = std::max(kLeastBody, max_entries * kBytesAnEntry);
  if (announced_length(request.r) > limit) return too_large(request, max_entries, limit);
  if (const IndexPin pin; !pin) return send_no_data(request);

  api::Batch batch;
  {
    const ReadersPlace place;
    if (!place) {
      request.r->connection->keepalive = AP_CONN_CLOSE;
      return send_unavailable(request, "5", api::ErrorCode::too_busy, "too many bodies are being read at the moment");
    }
    RequestBody body(request.r, limit);
    const api::BulkOutcome outcome = api::read_bulk(body, max_entries, batch);
    if (body.status() == HTTP_REQUEST_ENTITY_TOO_LARGE || outcome == api::BulkOutcome::too_many) {
      return too_large(request, max_entries, limit);
    }
    // The connection failed, or a filter has answered already: httpd knows what to say.
    if (body.status() != OK) return body.status();
    if (outcome == api::BulkOutcome::not_array) {
      return send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::body_not_array,
                        "the body is no JSON array of strings");
    }
    if (outcome == api::BulkOutcome::empty) {
      return send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::body_empty,
                        "there is no address in the body; send a JSON array of strings, or one address a line");
    }
  }

  HeldIndex index;
  const Image* image = index.image();
  if (image == nullptr) return send_no_data(request);
  note_generation(request, *image);
  forbid_caching(request);
  const Subject subject{.kind = Subject::Kind::bulk, .longest = batch.longest()};
  if (needs_length(request.r)) {
    BulkItems counted(batch);
    announce_length(request, *image, counted, *make_sink(request, subject, *image));
  }
  const auto sink = make_sink(request, subject, *image);
  BulkItems items(batch);
  return send_long(request, index, items, *sink);
}

}  // namespace ip2asn::httpd
