#include "module/send.hh"

#include <http_core.h>
#include <mod_core.h>

#include <charconv>
#include <cstring>

namespace ip2asn::httpd {
namespace {

// Sets the length of an answer that is there as a whole, and takes the two filters out of its way that would find out
// about it and about the parts that are asked for. They stay, and the result is false, where they have something to do:
// behind a filter that may change the answer, and for a request for parts.
bool settle_length(request_rec* r, std::size_t size) noexcept {
  ap_filter_t* const range = r->output_filters;
  if (range == nullptr || range->frec != ap_byterange_filter_handle) return false;
  ap_filter_t* const length = range->next;
  if (length == nullptr || length->frec != ap_content_length_filter_handle) return false;
  for (const char* name : {"Range", "Request-Range"}) {
    if (apr_table_get(r->headers_in, name) != nullptr) return false;
  }
  constexpr std::size_t kRoom = 20;
  char* const text = static_cast<char*>(apr_palloc(r->pool, kRoom + 1));
  *std::to_chars(text, text + kRoom, size).ptr = '\0';
  apr_table_setn(r->headers_out, "Content-Length", text);
  r->clength = static_cast<apr_off_t>(size);
  // For the log's %B.
  r->bytes_sent = r->clength;
  ap_remove_output_filter(range);
  ap_remove_output_filter(length);
  return true;
}

}  // namespace

int send_whole(request_rec* r, std::string_view body) {
  const bool settled = settle_length(r, body.size());
  conn_rec* c = r->connection;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, c->bucket_alloc);
  // Where the filters are left to count, they do so when the end comes in the same brigade, also for HEAD.
  char* copy = static_cast<char*>(apr_bucket_alloc(body.size(), c->bucket_alloc));
  std::memcpy(copy, body.data(), body.size());
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(copy, body.size(), apr_bucket_free, c->bucket_alloc));
  // httpd looks for the connection's next request before it sends what it has gathered: a client that waits for the
  // answer first cannot have sent one by then, and the connection would go the long way back through the poll.
  if (settled) APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
  const apr_status_t passed = ap_pass_brigade(r->output_filters, brigade);
  return passed == APR_SUCCESS || c->aborted ? OK : AP_FILTER_ERROR;
}

}  // namespace ip2asn::httpd
