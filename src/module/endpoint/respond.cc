#include "module/endpoint/respond.hh"

#include <cstring>
#include <string>

#include "ip2asn/answer.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/endpoint/html.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {

void note_generation(const Request& request, const Image& image) noexcept {
  char* text = static_cast<char*>(apr_palloc(request.r->pool, 17));
  *put_hexadecimal(image.content_id(), text) = '\0';
  apr_table_addn(request.r->headers_out, "X-IP2ASN-Generation", text);
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
  r->status = status;
  conn_rec* c = r->connection;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, c->bucket_alloc);
  // The filters count what comes with its end in one brigade: that is where Content-Length comes from, also for HEAD.
  char* copy = static_cast<char*>(apr_bucket_alloc(body.size(), c->bucket_alloc));
  std::memcpy(copy, body.data(), body.size());
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_heap_create(copy, body.size(), apr_bucket_free, c->bucket_alloc));
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(c->bucket_alloc));
  const apr_status_t passed = ap_pass_brigade(r->output_filters, brigade);
  return passed == APR_SUCCESS || c->aborted ? OK : AP_FILTER_ERROR;
}

int send_error(const Request& request, int status, std::string_view reason) {
  if (const IndexPin pin; pin) note_generation(request, *pin);
  switch (request.form) {
    case api::Form::html:
      return send_body(request, status, error_page(request, status, reason));
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
