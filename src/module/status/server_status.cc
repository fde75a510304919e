#include "module/status/server_status.hh"

#include "module/count.hh"
#include "module/httpd.hh"

// Both rely on headers before them.
#include <apr_optional_hooks.h>
#include <mod_status.h>

namespace ip2asn::httpd {
namespace {

int show(request_rec* r, int flags) noexcept {
  Counters* const counted = counters();
  if (counted == nullptr) return OK;
  const apr_uint64_t ases = counted->seen_ases();
  const Counts all = counted->all().read();
  const apr_uint64_t requests = all[kRequests], denied = all[kDenied];
  const char* const format = (flags & AP_STATUS_SHORT) != 0
                                 ? "IP2ASNRequests: %" APR_UINT64_T_FMT "\nIP2ASNDenied: %" APR_UINT64_T_FMT
                                   "\nIP2ASNCountedASes: %" APR_UINT64_T_FMT "\n"
                                 : "<hr>\n<h2>Requests by network</h2>\n<dl>\n<dt>Requests counted: %" APR_UINT64_T_FMT
                                   "</dt>\n<dt>Denied by network: %" APR_UINT64_T_FMT
                                   "</dt>\n<dt>ASes: %" APR_UINT64_T_FMT "</dt>\n</dl>\n";
  ap_rprintf(r, format, requests, denied, ases);
  return OK;
}

}  // namespace

void register_server_status() noexcept { APR_OPTIONAL_HOOK(ap, status_hook, show, nullptr, nullptr, APR_HOOK_MIDDLE); }

}  // namespace ip2asn::httpd
