/* The module record. The only C file: <IfModule mod_ip2asn.c> and hook ordering know the module by this file's name. */

#include "httpd.h"
#include "http_config.h"

extern const command_rec ip2asn_directives[];
void *ip2asn_create_dir_config(apr_pool_t *pool, char *dir);
void *ip2asn_merge_dir_config(apr_pool_t *pool, void *base, void *add);
void ip2asn_register_hooks(apr_pool_t *pool);

AP_DECLARE_MODULE(ip2asn) = {
    STANDARD20_MODULE_STUFF,
    ip2asn_create_dir_config,
    ip2asn_merge_dir_config,
    NULL, /* what is global lives outside the servers: see global_config.hh */
    NULL,
    ip2asn_directives,
    ip2asn_register_hooks,
    0,
};
