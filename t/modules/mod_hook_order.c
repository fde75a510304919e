/* For tests: `httpd -t` prints the modules of each of the core's hooks, in the order in which they are called, one line a hook. */

#include "httpd.h"
#include "http_config.h"
#include "http_connection.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "ap_expr.h"
#include "ap_mpm.h"
#include "mpm_common.h"

#include <stdio.h>

#define SHOW(hook)                                                          \
    do {                                                                    \
        const apr_array_header_t *links = ap_hook_get_##hook();             \
        int i;                                                              \
        printf("%s:", #hook);                                               \
        for (i = 0; links != NULL && i < links->nelts; i++) {               \
            printf(" %s", APR_ARRAY_IDX(links, i, ap_LINK_##hook##_t).szName); \
        }                                                                   \
        putchar('\n');                                                      \
    } while (0)

static void show(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    SHOW(access_checker);
    SHOW(access_checker_ex);
    SHOW(auth_checker);
    SHOW(check_config);
    SHOW(check_user_id);
    SHOW(child_init);
    SHOW(child_status);
    SHOW(child_stopping);
    SHOW(create_connection);
    SHOW(create_request);
    SHOW(default_port);
    SHOW(dirwalk_stat);
    SHOW(drop_privileges);
    SHOW(end_generation);
    SHOW(error_log);
    SHOW(expr_lookup);
    SHOW(fixups);
    SHOW(force_authn);
    SHOW(generate_log_id);
    SHOW(get_mgmt_items);
    SHOW(handler);
    SHOW(header_parser);
    SHOW(http_scheme);
    SHOW(insert_error_filter);
    SHOW(insert_filter);
    SHOW(insert_network_bucket);
    SHOW(log_transaction);
    SHOW(map_to_storage);
    SHOW(monitor);
    SHOW(mpm);
    SHOW(mpm_query);
    SHOW(note_auth_failure);
    SHOW(open_htaccess);
    SHOW(open_logs);
    SHOW(optional_fn_retrieve);
    SHOW(post_config);
    SHOW(post_perdir_config);
    SHOW(post_read_request);
    SHOW(pre_close_connection);
    SHOW(pre_config);
    SHOW(pre_connection);
    SHOW(pre_mpm);
    SHOW(pre_read_request);
    SHOW(pre_translate_name);
    SHOW(process_connection);
    SHOW(protocol_get);
    SHOW(protocol_propose);
    SHOW(protocol_switch);
    SHOW(quick_handler);
    SHOW(resume_connection);
    SHOW(suspend_connection);
    SHOW(test_config);
    SHOW(translate_name);
    SHOW(type_checker);
    fflush(stdout);
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_test_config(show, NULL, NULL, APR_HOOK_REALLY_LAST);
}

AP_DECLARE_MODULE(hook_order) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0
};
