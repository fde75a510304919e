#include "module/endpoint/respond.hh"

#include <http_core.h>
#include <mod_core.h>

#include <charconv>
#include <cstring>
#include <string>

#include "answer/answer.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/endpoint/html.hh"
#include "module/index_store.hh"

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

void note_generation(const Request& request, const Image& image) noexcept {
  char* text = static_cast<char*>(apr_palloc(request.r->pool, 17));
  *put_hexadecimal(image.content_id(), text) = '\0';
  apr_table_addn(request.r->headers_out, kGenerationHeader, text);
}

void set_headers(const Request& request) noexcept {
  request_rec* r = request.r;
  ap_set_content_type(r, api::media_type(request.form));
  apr_table_addn(r->headers_out, "Vary", "Accept");
  apr_table_addn(r->headers_out, "X-Content-Type-Options", "nosniff");
  // JSON and plain text are never taken for a page, so they need none.
  if (request.form == api::Form::html) {
    apr_table_setn(r->headers_out, "Content-Security-Policy", page_policy(r->pool));
  }
}

int send_body(const Request& request, int status, std::string_view body) {
  request_rec* r = request.r;
  set_headers(request);
  const bool settled = settle_length(r, body.size());
  r->status = status;
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

int send_outcome(const Request& request, int status) {
  if (status != HTTP_NOT_MODIFIED) return status;
  // To return 304 would leave mod_cache's filter out, which turns its own question back into the answer that it has:
  // a client that has asked for no such thing would get the 304.
  request_rec* r = request.r;
  r->status = status;
  apr_table_addn(r->headers_out, "Vary", "Accept");
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(r->connection->bucket_alloc));
  const apr_status_t passed = ap_pass_brigade(r->output_filters, brigade);
  return passed == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

int send_error(const Request& request, int status, std::string_view reason) {
  std::string page;
  if (const IndexPin pin; true) {
    if (pin) note_generation(request, *pin);
    if (request.form == api::Form::html) page = error_page(request, status, reason, pin ? &*pin : nullptr);
  }
  switch (request.form) {
    case api::Form::html:
      return send_body(request, status, page);
    case api::Form::plain:
      return send_body(request, status, std::string(reason) + '\n');
    case api::Form::json:
      break;
  }
  JsonText json;
  api::write_error(json, reason);
  return send_body(request, status, json.text());
}

int send_not_allowed(const Request& request, const char* allow) {
  apr_table_setn(request.r->headers_out, "Allow", allow);
  return send_error(request, HTTP_METHOD_NOT_ALLOWED, std::string("this route takes ") + allow);
}

int send_unavailable(const Request& request, const char* retry_after, std::string_view reason) {
  apr_table_setn(request.r->headers_out, "Retry-After", retry_after);
  apr_table_setn(request.r->headers_out, "Cache-Control", "no-store");
  return send_error(request, HTTP_SERVICE_UNAVAILABLE, reason);
}

int send_no_data(const Request& request) {
  return send_unavailable(request, "60", "there is no data to answer from at the moment");
}

}  // namespace ip2asn::httpd
