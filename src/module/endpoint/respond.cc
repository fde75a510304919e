#include "module/endpoint/respond.hh"

#include <string>

#include "answer/render.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/endpoint/html.hh"
#include "module/index_store.hh"
#include "module/send.hh"

namespace ip2asn::httpd {
void note_generation(const Request& request, const Image& image) noexcept {
  char* text = static_cast<char*>(apr_palloc(request.r->pool, 17));
  *put_hexadecimal(image.content_id(), text) = '\0';
  apr_table_addn(request.r->headers_out, kGenerationHeader, text);
}

void set_headers(const Request& request) {
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
  set_headers(request);
  request.r->status = status;
  return send_whole(request.r, body);
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

int send_error(const Request& request, int status, api::ErrorCode code, std::string_view reason) {
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
  api::write_error(json, code, reason);
  return send_body(request, status, json.text());
}

int send_not_allowed(const Request& request, const char* allow) {
  apr_table_setn(request.r->headers_out, "Allow", allow);
  return send_error(request, HTTP_METHOD_NOT_ALLOWED, api::ErrorCode::method_not_allowed,
                    std::string("this route takes ") + allow);
}

int send_unavailable(const Request& request, const char* retry_after, api::ErrorCode code, std::string_view reason) {
  apr_table_setn(request.r->headers_out, "Retry-After", retry_after);
  apr_table_setn(request.r->headers_out, "Cache-Control", "no-store");
  return send_error(request, HTTP_SERVICE_UNAVAILABLE, code, reason);
}

int send_no_data(const Request& request) {
  return send_unavailable(request, "60", api::ErrorCode::no_data, "there is no data to answer from at the moment");
}

}  // namespace ip2asn::httpd
