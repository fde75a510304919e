/* Names the network of each address on the command line, and with -p the prefixes of an AS:
 *
 *     cc lookup.c $(pkg-config --cflags --libs ip2asn) -o lookup
 *     ./lookup /var/lib/ip2asn/ip2asn.idx 192.0.2.1 2001:db8::1
 *     ./lookup /var/lib/ip2asn/ip2asn.idx -p 64496
 */
#include <ip2asn.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_prefix(const ip2asn_range *range, void *context)
{
    char text[INET6_ADDRSTRLEN];
    (void)context;
    printf("%s/%d\n", inet_ntop(range->family, range->first, text, sizeof text), range->prefix_length);
    return 0;
}

int main(int argc, char **argv)
{
    ip2asn_db *db;
    char why[256];
    int i, failed = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: %s INDEX ADDRESS...|-p AS\n", argv[0]);
        return 2;
    }
    if (ip2asn_open(argv[1], 0, &db, why, sizeof why) != IP2ASN_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        return 1;
    }
    if (argc == 4 && strcmp(argv[2], "-p") == 0) {
        ip2asn_each_prefix(db, (uint32_t)strtoul(argv[3], NULL, 10), print_prefix, NULL);
        ip2asn_close(db);
        return 0;
    }
    for (i = 2; i < argc; i++) {
        ip2asn_result result;
        int status = ip2asn_lookup_string(db, argv[i], &result);

        if (status != IP2ASN_OK) {
            fprintf(stderr, "%s: %s\n", argv[i], ip2asn_strerror(status));
            failed = 1;
        } else if (result.asn == 0) {
            printf("%s: not announced\n", argv[i]);
        } else {
            printf("%s: AS%lu %s %s\n", argv[i], (unsigned long)result.asn, result.country, result.name);
        }
    }
    ip2asn_close(db);
    return failed;
}
