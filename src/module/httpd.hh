// httpd's headers as the glue sees them, and the wall between its C and our C++.
#pragma once

// http_config.h relies on httpd.h before it.
// clang-format off
#include <httpd.h>
#include <http_config.h>
// clang-format on
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include <exception>

extern "C" {
extern module AP_MODULE_DECLARE_DATA ip2asn_module;
}

APLOG_USE_MODULE(ip2asn);

namespace ip2asn::httpd {

/// Whether httpd was called to test or show the configuration (-t, -S, -M, -D DUMP_*), and will not serve.
inline bool is_config_test() noexcept {
  const int mode = ap_state_query(AP_SQ_RUN_MODE);
  return mode == AP_SQ_RM_CONFIG_TEST || mode == AP_SQ_RM_CONFIG_DUMP;
}

/// Runs `body`, a callback's work, so that no exception leaves it: one is logged for `server` and
/// becomes `failed`.
template <class Result, class Body>
Result guarded(const server_rec* server, Result failed, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, "ip2asn: %s", e.what());
  } catch (...) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, "ip2asn: unknown failure");
  }
  return failed;
}

}  // namespace ip2asn::httpd
