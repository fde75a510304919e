/* For tests: a request with the header X-No-Address has a client without an internet address, for which no look-up is possible.
 * With "taken for internet" as its value only the address itself tells, as when httpd is started with a local socket that it
 * takes for one of the internet. */

#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include "apr_network_io.h"
#include "apr_strings.h"

#include <string.h>
#include <sys/socket.h>

static int forget_address(request_rec *r)
{
    apr_sockaddr_t *nowhere;
    const char *how = apr_table_get(r->headers_in, "X-No-Address");

    if (how == NULL) {
        return DECLINED;
    }
    nowhere = apr_pmemdup(r->pool, r->useragent_addr, sizeof(*nowhere));
    memset(&nowhere->sa, 0, sizeof(nowhere->sa));
    nowhere->sa.sin.sin_family = AF_UNIX;
    if (strcmp(how, "taken for internet") != 0) {
        nowhere->family = AF_UNIX;
    }
    r->useragent_addr = nowhere;
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    /* After mod_remoteip (FIRST), and before the annotation. */
    ap_hook_post_read_request(forget_address, NULL, NULL, APR_HOOK_FIRST + 3);
}

AP_DECLARE_MODULE(no_address) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
