#!/bin/bash
# scripts/ip2asn-update against a httpd on the loopback that answers in all the ways that a site can.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
: "${APXS:=$(command -v apxs || command -v apxs2)}"
: "${HTTPD:=$("$APXS" -q SBINDIR)/$("$APXS" -q PROGNAME)}" "${IP2ASN:=$PWD/ip2asn}"
command -v curl >/dev/null || { echo "curl is missing: nothing tested"; exit 77; }
umask 022
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ip2asn-update-XXXXXX")
chmod 755 "$scratch"
modules=$("$APXS" -q LIBEXECDIR)
httpd_pid='' mounted='' failures=0
cleanup() {
    [ -z "$httpd_pid" ] || { kill -TERM "$httpd_pid" && wait "$httpd_pid"; } 2>/dev/null
    [ -z "$mounted" ] || umount -l "$mounted"
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir "$scratch/site" "$scratch/cgi" "$scratch/data"
cd "$scratch" || exit 99

# So many ranges of one AS, as gzip.
rows() {
    local i
    for ((i = 0; i < $2; i++)); do printf '10.0.%d.0\t10.0.%d.255\t%d\tDE\tTEST-%d\n' "$i" "$i" "$1" "$1"; done
}
site() { rows "$1" "$2" | gzip -nc >site/new && touch -d "$3" site/new && mv site/new site/combined.tsv.gz; }

cat >cgi/cut <<'END'
#!/bin/sh
printf 'Content-Type: application/gzip\r\nContent-Length: 100000\r\n\r\n'
head -c 300 "$DOCUMENT_ROOT/combined.tsv.gz"
END
cat >cgi/slow <<'END'
#!/bin/sh
printf 'Content-Type: application/gzip\r\n\r\nx'
exec sleep 30
END
chmod 755 cgi/*
echo '<html><p>We are moving</html>' >site/page.tsv.gz
head -c 200 /dev/zero >site/zeros.tsv.gz
: >site/empty.tsv.gz

# A server that has written its process ID has its port, and only ours has the token.
token=$(basename "$scratch")
echo "$token" >site/token
start_httpd() {
    local port try
    for ((try = 0; try < 10; try++)); do
        port=$(perl -I"$top/t/lib" -MIP2ASN::Ports=free_port -e 'print free_port()') || return 1
        cat >httpd.conf <<END
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule alias_module $modules/mod_alias.so
LoadModule cgi_module $modules/mod_cgi.so
ServerRoot $scratch
ServerName 127.0.0.1
DocumentRoot $scratch/site
Listen 127.0.0.1:$port
PidFile $scratch/httpd.pid
DefaultRunTimeDir $scratch
ErrorLog $scratch/error_log
CustomLog $scratch/access_log "%>s %U"
StartServers 2
$([ "$(id -u)" != 0 ] || printf 'User nobody\nGroup nogroup\n')
Redirect 500 /broken.tsv.gz
Redirect 302 /moved.tsv.gz http://127.0.0.1:$port/combined.tsv.gz
Redirect 302 /round.tsv.gz http://127.0.0.1:$port/round.tsv.gz
Redirect 302 /file.tsv.gz file:///etc/passwd
ScriptAlias /cut.tsv.gz $scratch/cgi/cut
ScriptAlias /slow.tsv.gz $scratch/cgi/slow
END
        rm -f httpd.pid
        # In a process group of its own: prefork ends with all of its group.
        setsid "$HTTPD" -f "$scratch/httpd.conf" -DFOREGROUND 2>"$scratch/output" &
        httpd_pid=$!
        while kill -0 "$httpd_pid" 2>/dev/null; do
            if [ -s httpd.pid ] && [ "$(curl --silent --max-time 5 "http://127.0.0.1:$port/token")" = "$token" ]; then
                url=http://127.0.0.1:$port
                return 0
            fi
            sleep 0.05
        done
        wait "$httpd_pid"
        httpd_pid=
        # Another may have taken the port before httpd did.
        grep -qs 'Address already in use' output error_log || break
    done
    cat output error_log
    return 1
}

# check NAME STATUS WORDS COMMAND...: the exit status, and words in what it said.
check() {
    local name=$1 wanted=$2 words=$3 status=0 said
    shift 3
    said=$("$@" 2>&1) || status=$?
    if [ "$status" != "$wanted" ] || ! grep -qE -- "$words" <<<"$said"; then
        echo "not ok: $name: status $status instead of $wanted, or not '$words' in: $said"
        failures=$((failures + 1))
    else
        echo "ok: $name"
    fi
}
# holds NAME COMMAND...
holds() {
    local name=$1
    shift
    if "$@"; then echo "ok: $name"; else echo "not ok: $name"; failures=$((failures + 1)); fi
}
update() { "$top/scripts/ip2asn-update" --directory "$scratch/data" --url "$url" --ip2asn "$IP2ASN" "$@"; }
# What of the data directory must be: these files, and combined.tsv.gz of that AS.
is_asn() { [ "$(zcat "data/$1" | cut -f3 | sort -u)" = "$2" ]; }
only() { [ "$(find data -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')" = "$* " ]; }

start_httpd || { echo "httpd does not start"; exit 99; }
site 1 100 '2024-01-01 00:00:00 UTC'
check '200: the first fetch' 0 'updated' update combined.tsv.gz
holds '200: it is there' is_asn combined.tsv.gz 1
holds '200: of the time that the site says' test "$(stat -c %Y data/combined.tsv.gz)" = 1704067200
holds '200: readable to the server' test "$(stat -c %a data/combined.tsv.gz)" = 644
check '304: asked again' 0 'up to date' update combined.tsv.gz
holds '304: the site was asked on condition' grep -q '^304 /combined' access_log
site 2 100 '2024-01-02 00:00:00 UTC'
check '200: a newer one' 0 'updated' update combined.tsv.gz
holds '200: is taken' is_asn combined.tsv.gz 2
holds '200: and the last one kept' is_asn combined.tsv.gz.previous 1
check '302: one that has moved' 0 'updated' update moved.tsv.gz
holds '302: is fetched from there' is_asn moved.tsv.gz 2
rm data/moved.tsv.gz

for case in 'missing 404 404' 'broken 500 500' 'cut cut.short (remaining|ends.in.the.middle)' 'page a.page (gzip|HTML)' 'zeros not.gzip gzip' \
    'empty empty (empty|gzip)' 'round a.redirect.to.itself redirects' 'file a.redirect.to.a.file (rotocol|1)'; do
    read -r name what words <<<"$case"
    cp -p data/combined.tsv.gz "data/$name.tsv.gz" && touch -d 2020-01-01 "data/$name.tsv.gz"
    check "$what" 1 "$words" update "$name.tsv.gz"
    holds "$what: the old one stays" is_asn "$name.tsv.gz" 2
    rm "data/$name.tsv.gz"
    holds "$what: and nothing else" only combined.tsv.gz combined.tsv.gz.previous
done
check 'slow' 1 'timed out' update --max-time 1 slow.tsv.gz
check 'nobody there' 1 'connect' update --url http://127.0.0.1:1 combined.tsv.gz

site 3 90 '2024-01-03 00:00:00 UTC'
check 'drift' 1 'fell by 10' update combined.tsv.gz
holds 'drift: the old one stays' is_asn combined.tsv.gz 2
check 'drift within other bounds' 0 'updated' update --max-drift 20 combined.tsv.gz
site 4 50 '2024-01-04 00:00:00 UTC'
check 'drift by force' 0 'updated' update --force combined.tsv.gz
holds 'drift by force: is taken' is_asn combined.tsv.gz 4
echo broken >data/combined.tsv.gz && touch -d 2020-01-01 data/combined.tsv.gz
check 'a broken file that is there is no measure' 0 'updated' update combined.tsv.gz

check 'several, one of them missing' 1 'missing.*404' update missing.tsv.gz combined.tsv.gz
exec 8<data && flock 8
check 'another one at work' 1 'another' update combined.tsv.gz
exec 8<&-
: >data/.update-killed.tsv.gz
check 'what a killed one has left goes' 0 'up to date' update combined.tsv.gz
holds 'and nothing else' only combined.tsv.gz combined.tsv.gz.previous
check 'quiet' 0 '^$' update --quiet combined.tsv.gz
check 'no tool' 1 'missing' update --ip2asn /nowhere/ip2asn combined.tsv.gz
for bad in '--directory' '--jitter x' '--max-time -1' '--what' '../passwd' '.hidden'; do
    # shellcheck disable=SC2086
    check "usage: $bad" 2 . update $bad
done

# No space: a file system of its own, which takes root.
mkdir small
if mount -t tmpfs -o size=16k small "$scratch/small" 2>/dev/null; then
    mounted=$scratch/small
    cp -p data/combined.tsv.gz small/ && touch -d 2020-01-01 small/combined.tsv.gz
    head -c 65536 /dev/zero >small/ballast 2>/dev/null
    check 'no space' 1 '(space|writ|made)' update --directory "$scratch/small" combined.tsv.gz
    rm small/ballast
    holds 'no space: the old one stays' test "$(zcat small/combined.tsv.gz | cut -f3 | sort -u)" = 4
    holds 'no space: and nothing else' test "$(ls -A small)" = combined.tsv.gz
else
    echo "skipped: no space (takes root)"
fi

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
