#!/bin/bash
# Where compiled indexes are kept by default, in the layouts of httpd that there are: what apxs answers, and the directory.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
umask 022
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ip2asn-layouts-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
failures=0

# layout NAME DIRECTORY VARIABLE=VALUE...: an apxs that answers so, and refuses all other queries.
layout() {
    local name=$1 wanted=$2 got answer
    shift 2
    {
        # shellcheck disable=SC2016
        printf '#!/bin/sh\n[ "$1" = -q ] || exit 2\ncase $2 in\n'
        for answer in "$@"; do printf "%s) echo '%s' ;;\n" "${answer%%=*}" "${answer#*=}"; done
        printf '*) echo "apxs:Error: Invalid query string" >&2; exit 1 ;;\nesac\n'
    } >"$scratch/apxs"
    chmod 755 "$scratch/apxs"
    got=$("$top/scripts/httpd-cache-dir" "$scratch/apxs" 2>&1)
    if [ "$got" = "$wanted" ]; then
        echo "ok: $name"
    else
        echo "not ok: $name: $got instead of $wanted"
        failures=$((failures + 1))
    fi
}

layout 'Debian' /var/cache/apache2/mod_ip2asn sysconfdir=/etc/apache2 localstatedir=/var/lock/apache2 \
    runtimedir=/var/run/apache2 proxycachedir=/var/cache/apache2/proxy
layout 'Fedora, RHEL' /var/cache/httpd/mod_ip2asn sysconfdir=/etc/httpd/conf localstatedir=/var \
    runtimedir=/run/httpd proxycachedir=/var/cache/httpd/proxy
layout 'Arch' /var/cache/httpd/mod_ip2asn sysconfdir=/etc/httpd/conf localstatedir=/var runtimedir=/run/httpd proxycachedir=/var/cache/httpd
layout 'SUSE' /var/cache/apache2/mod_ip2asn sysconfdir=/etc/apache2 localstatedir=/var runtimedir=/run proxycachedir=/var/cache/apache2
layout 'upstream' /usr/local/apache2/mod_ip2asn sysconfdir=/usr/local/apache2/conf localstatedir=/usr/local/apache2 \
    runtimedir=/usr/local/apache2/logs proxycachedir=/usr/local/apache2/proxy
layout 'upstream, in a place with blanks' '/opt/my httpd/mod_ip2asn' 'sysconfdir=/opt/my httpd/conf' 'localstatedir=/opt/my httpd/' \
    'proxycachedir=/opt/my httpd/proxy'
layout 'a cache outside the state' /var/cache/mod_ip2asn sysconfdir=/usr/local/etc/apache24 localstatedir=/var \
    proxycachedir=/usr/local/www/proxy
layout 'no cache' /srv/httpd/cache/mod_ip2asn localstatedir=/srv/httpd runtimedir=/srv/httpd/logs
layout 'run-time files alone' /run/httpd/mod_ip2asn runtimedir=/run/httpd
layout 'relative answers' /run/httpd/mod_ip2asn localstatedir=var proxycachedir=proxy runtimedir=/run/httpd
layout 'no answers' /var/cache/mod_ip2asn sysconfdir=

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
