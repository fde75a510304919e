#include "module/count_tick.hh"

#include <mod_watchdog.h>

#include "base/process.hh"
#include "module/count.hh"
#include "module/global_config.hh"

namespace ip2asn::httpd {
namespace {

// A thread of its own: the one that looks at the sources may be at it for half a minute.
constexpr char kWatchdogName[] = "_ip2asn_count_";

apr_status_t on_watchdog(int, void* data, apr_pool_t*) noexcept {
  return guarded(static_cast<const server_rec*>(data), APR_SUCCESS, [] {
    Counters* const counted = counters();
    if (counted == nullptr) return APR_SUCCESS;
    recent()->tick(*counted, apr_time_now(), this_process(), global_config().metrics_max);
    return APR_SUCCESS;
  });
}

}  // namespace

void start_ticking(apr_pool_t* pool, server_rec* server) {
  const auto get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get_instance == nullptr || register_callback == nullptr) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: requests are counted, but the last hour and day are not kept, because mod_watchdog is not "
                 "loaded: load it (LoadModule watchdog_module modules/mod_watchdog.so)");
    return;
  }
  ap_watchdog_t* watchdog = nullptr;
  apr_status_t status = get_instance(&watchdog, kWatchdogName, 0, 0, pool);
  if (status == APR_SUCCESS) status = register_callback(watchdog, APR_USEC_PER_SEC, server, on_watchdog);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, status, server, "ip2asn: no watchdog; the last hour and day are not kept");
  }
}

}  // namespace ip2asn::httpd
