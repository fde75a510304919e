#include "module/endpoint/delivery.hh"

#include <apr_portable.h>
#include <http_connection.h>
#include <sys/socket.h>

#include <initializer_list>

namespace ip2asn::httpd {

bool needs_length(const request_rec* r) noexcept {
  const conn_rec* c = r->connection;
  if (r->main != nullptr || c->master != nullptr) return false;
  return r->proto_num < HTTP_VERSION(1, 1) || c->keepalive == AP_CONN_CLOSE || r->expecting_100 != 0;
}

void set_length(request_rec* r, std::size_t size) noexcept {
  for (const char* variable : {"no-gzip", "no-brotli"}) apr_table_setn(r->subprocess_env, variable, "1");
  ap_set_content_length(r, static_cast<apr_off_t>(size));
}

Delivery::Delivery(request_rec* r) noexcept : r_(r), connection_(r->connection), outermost_(r) {
  while (outermost_->main != nullptr) outermost_ = outermost_->main;
}

bool Delivery::pass(apr_bucket_brigade* piece) noexcept {
  if (!hand_on(piece)) return false;
  // Not before the first piece has gone: a filter may answer in our place, and end the connection in its own way.
  if (!reset_on_close_) on_close(Close::reset);
  return true;
}

bool Delivery::pass_last(apr_bucket_brigade* piece) noexcept {
  APR_BRIGADE_INSERT_TAIL(piece, apr_bucket_eos_create(connection_->bucket_alloc));
  if (!hand_on(piece)) return false;
  if (!reset_on_close_) return true;
  // What httpd still keeps it would write later, and close the connection as if at the end when a client does not read.
  const bool has_end = outermost_->chunked != 0 || apr_table_get(outermost_->headers_out, "Content-Length") != nullptr;
  if (!has_end && !flush()) return false;
  on_close(Close::orderly);
  return true;
}

void Delivery::break_off() noexcept {
  forbid_storing();
  if (outermost_->sent_bodyct == 0) {
    apr_table_setn(r_->err_headers_out, "Retry-After", "1");
    outcome_ = HTTP_SERVICE_UNAVAILABLE;
    return;
  }
  // 502 in the middle of a body is httpd's own sign that it has broken off.
  apr_bucket_alloc_t* const buckets = connection_->bucket_alloc;
  apr_bucket_brigade* const brigade = apr_brigade_create(r_->pool, buckets);
  APR_BRIGADE_INSERT_TAIL(brigade, ap_bucket_error_create(HTTP_BAD_GATEWAY, nullptr, r_->pool, buckets));
  ap_pass_brigade(r_->output_filters, brigade);
  connection_->keepalive = AP_CONN_CLOSE;
  // On a connection of HTTP/2 there are other streams.
  if (connection_->master == nullptr) {
    on_close(Close::reset);
    connection_->aborted = 1;
  }
  outcome_ = AP_FILTER_ERROR;
}

bool Delivery::hand_on(apr_bucket_brigade* piece) noexcept {
  const apr_status_t passed = ap_pass_brigade(r_->output_filters, piece);
  apr_brigade_cleanup(piece);
  if (passed == APR_SUCCESS && !connection_->aborted) return true;
  forbid_storing();
  outcome_ = connection_->aborted ? OK : AP_FILTER_ERROR;
  return false;
}

bool Delivery::flush() noexcept {
  apr_bucket_alloc_t* const buckets = connection_->bucket_alloc;
  apr_bucket_brigade* const brigade = apr_brigade_create(r_->pool, buckets);
  APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(buckets));
  return ap_pass_brigade(connection_->output_filters, brigade) == APR_SUCCESS && !connection_->aborted;
}

void Delivery::forbid_storing() noexcept {
  // A cache may stand behind any request that this one has come from.
  for (request_rec* outer = r_; outer != nullptr; outer = outer->main) {
    for (request_rec* each = outer; each != nullptr; each = each->prev) each->no_cache = 1;
  }
}

void Delivery::on_close(Close how) noexcept {
  if (connection_->master != nullptr) return;
  reset_on_close_ = how == Close::reset;
  apr_socket_t* const socket = ap_get_conn_socket(connection_);
  apr_os_sock_t descriptor = -1;
  if (socket == nullptr || apr_os_sock_get(&descriptor, socket) != APR_SUCCESS) return;
  const linger at_close = {.l_onoff = how == Close::reset ? 1 : 0, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_close, sizeof at_close);
}

}  // namespace ip2asn::httpd
