/* libip2asn: which network an IP address belongs to.
 *
 *     ip2asn_db *db;
 *     ip2asn_result result;
 *     char why[256];
 *     int status = ip2asn_open("/var/lib/ip2asn/ip2asn.idx", 0, &db, why, sizeof why);
 *     if (status != IP2ASN_OK) { fprintf(stderr, "%s\n", why); return 1; }
 *     if (ip2asn_lookup_string(db, "192.0.2.1", &result) == IP2ASN_OK && result.asn != 0)
 *         printf("AS%u %s\n", (unsigned)result.asn, result.name);
 *     ip2asn_close(db);
 *
 * Link with -lip2asn, or with what `pkg-config --cflags --libs ip2asn` prints. The library never prints, exits, changes
 * a signal's handling, resolves a name, or opens a connection; nothing is thrown out of it.
 *
 * Threads. A database that is open does not change: any number of threads may ask one at the same time, without a lock.
 * Opening and closing are ordinary calls; nobody may still be asking a database when it is closed, and the texts that
 * its answers point to end with it. To take on new data, open it beside the old, hand it out, and close the old when
 * nobody uses it any more.
 *
 * Compatibility. Functions and fields are added, never changed: a program that was built with an older header goes on
 * working with a newer library of the same soname.
 */
#ifndef IP2ASN_H
#define IP2ASN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;

/* What a call comes to. Values are never changed; new ones may be added. */
enum {
    IP2ASN_OK = 0,
    IP2ASN_ERROR_ARGUMENT = 1,  /* a null pointer, an unknown flag, a family that is neither AF_INET nor AF_INET6 */
    IP2ASN_ERROR_ADDRESS = 2,   /* the text is not an IP address */
    IP2ASN_ERROR_FILE = 3,      /* a file cannot be opened or read */
    IP2ASN_ERROR_DAMAGED = 4,   /* the file is not what it claims to be: structure, checksum, compression */
    IP2ASN_ERROR_VERSION = 5,   /* an index in a format that this library does not read: compile it again */
    IP2ASN_ERROR_EMPTY = 6,     /* the file announces no address */
    IP2ASN_ERROR_LIMIT = 7,     /* larger than the library accepts */
    IP2ASN_ERROR_CHANGED = 8,   /* the file changed while it was read: try again */
    IP2ASN_ERROR_MEMORY = 9     /* out of memory */
};

/* A sentence in English for a status. Never null; static. */
const char *ip2asn_strerror(int status);

/* The library's version, "0.2.0" for instance. Static. */
const char *ip2asn_version(void);

/* A database that is open. */
typedef struct ip2asn_db ip2asn_db;

/* Flags for ip2asn_open(). */
enum {
    IP2ASN_OPEN_INDEX_ONLY = 1 /* refuse a source, which takes some tenths of a second to compile */
};

/* Opens the compiled index at `path` (made by `ip2asn compile`), or compiles the source there (a file of iptoasn.com,
 * plain or gzip), told apart by content. All of it is read into memory and checked: the file may be replaced, cut or
 * removed afterwards. Takes as much memory as `ip2asn info` says, for a source ten times as much for a moment.
 *
 * On success `*db` is to be closed by the caller. Otherwise `*db` is null and, where `error` is given, a sentence that
 * names the file, the reason and the way out is written there, ended by a NUL and cut to `error_size` bytes. */
int ip2asn_open(const char *path, unsigned flags, ip2asn_db **db, char *error, size_t error_size);

/* The same for the bytes of a compiled index in memory, which are copied. */
int ip2asn_open_memory(const void *bytes, size_t size, ip2asn_db **db, char *error, size_t error_size);

/* Closes a database; null is allowed. */
void ip2asn_close(ip2asn_db *db);

/* What is known of an address. The texts are UTF-8 without control characters, never null, empty for none, and live as
 * long as the database. */
typedef struct ip2asn_result {
    uint32_t asn;             /* the origin AS; 0: nobody announces the address, and the texts are empty */
    char country[4];          /* country of registration: two capitals, or empty; not where the address is */
    const char *name;         /* the AS's description, at most 255 bytes */
    const char *hoster;       /* canonical name of the hosting company */
    const char *hoster_class; /* its class: "cloud", "hosting", ... */
    const void *reserved[4];
} ip2asn_result;

/* Looks up the text of an IPv4 or IPv6 address, as strictly as inet_pton(): no leading zeros, zones, ports or blanks.
 * IPv4-mapped IPv6 addresses are looked up as IPv4. An address that nobody announces is IP2ASN_OK with AS 0. */
int ip2asn_lookup_string(const ip2asn_db *db, const char *address, ip2asn_result *result);

/* The same for a sockaddr_in or sockaddr_in6; its port counts for nothing. */
int ip2asn_lookup_sockaddr(const ip2asn_db *db, const struct sockaddr *address, ip2asn_result *result);

/* The same for an address in network order: 4 bytes for AF_INET, 16 for AF_INET6. */
int ip2asn_lookup_bytes(const ip2asn_db *db, int family, const void *address, ip2asn_result *result);

/* AS numbers alone, of many addresses at once: `asns[i]` becomes the AS of `addresses[i]`, 0 for those that nobody
 * announces. The fastest way there is, because look-ups wait for memory side by side. Addresses of IPv4 are numbers in
 * host order (192.0.2.1 is 0xC0000201), those of IPv6 are 16 bytes in network order one after the other. */
int ip2asn_asns4(const ip2asn_db *db, const uint32_t *addresses, size_t count, uint32_t *asns);
int ip2asn_asns6(const ip2asn_db *db, const uint8_t (*addresses)[16], size_t count, uint32_t *asns);

/* A range of addresses, both ends included; in network order, the first 4 bytes for AF_INET. */
typedef struct ip2asn_range {
    int family; /* AF_INET or AF_INET6 */
    uint8_t first[16];
    uint8_t last[16];
    int prefix_length; /* of a range that is one CIDR prefix: its length; -1 for any other */
} ip2asn_range;

/* The range of the data that holds the address, of one AS or, where `*asn` becomes 0, of none. `asn` may be null. */
int ip2asn_range_string(const ip2asn_db *db, const char *address, ip2asn_range *range, uint32_t *asn);
int ip2asn_range_bytes(const ip2asn_db *db, int family, const void *address, ip2asn_range *range, uint32_t *asn);

/* What is known of an AS: the country, name and hoster that most of its addresses have. `asn` of the result is 0, with
 * IP2ASN_OK, when the AS announces nothing. */
int ip2asn_lookup_asn(const ip2asn_db *db, uint32_t asn, ip2asn_result *result);

/* Calls `each` for what an AS announces, as the fewest CIDR prefixes, IPv4 before IPv6, in address order. Stops early
 * when `each` returns other than 0, and returns IP2ASN_OK then, too. `range` lives as long as the call. `each` must not
 * throw. */
int ip2asn_each_prefix(const ip2asn_db *db, uint32_t asn, int (*each)(const ip2asn_range *range, void *context),
                       void *context);

/* Calls `each` for every AS that announces something, by number, until it returns other than 0. */
int ip2asn_each_asn(const ip2asn_db *db, int (*each)(uint32_t asn, void *context), void *context);

/* What is known of a database. */
typedef struct ip2asn_metadata {
    uint64_t index_id;           /* the same for the same content, whichever file it came from */
    int64_t data_time;           /* newest time of change of its sources, seconds since 1970; 0: unknown */
    uint32_t format_version;     /* of the index */
    uint32_t reserved_number;    /* 0 */
    uint64_t size;               /* of the index in memory, bytes */
    uint64_t ranges4, ranges6;   /* announced ranges */
    uint64_t asns4, asns6;       /* ASes that announce them */
    double addresses4, addresses6; /* addresses that they cover */
    const void *reserved[4];
} ip2asn_metadata;

int ip2asn_get_metadata(const ip2asn_db *db, ip2asn_metadata *metadata);

#ifdef __cplusplus
}
#endif

#endif /* IP2ASN_H */
