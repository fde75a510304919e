/* For tests: a request with the header X-No-Address has a client without an internet address, for which no look-up is possible. */

#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include "apr_network_io.h"
#include "apr_strings.h"

#include <sys/socket.h>

static int forget_address(request_rec *r)
{
    apr_sockaddr_t *nowhere;

    if (apr_table_get(r->headers_in, "X-No-Address") == NULL) {
        return DECLINED;
    }
    nowhere = apr_pmemdup(r->pool, r->useragent_addr, sizeof(*nowhere));
    nowhere->family = AF_UNIX;
    r->useragent_addr = nowhere;
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const before[] = { "mod_remoteip.c", NULL };
    static const char *const after[] = { "mod_ip2asn.c", NULL };

    (void)pool;
    ap_hook_post_read_request(forget_address, before, after, APR_HOOK_REALLY_FIRST);
}

AP_DECLARE_MODULE(no_address) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
