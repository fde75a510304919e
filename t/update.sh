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
# What odd/head and odd/body hold, as it is; it notes the conditions that it was asked on. In odd/304 is what it answers
# then.
cat >cgi/nph-odd <<END
#!/bin/sh
cd $scratch/odd || exit
echo "etag=\$HTTP_IF_NONE_MATCH since=\$HTTP_IF_MODIFIED_SINCE" >asked
if [ -f 304 ] && [ -n "\$HTTP_IF_NONE_MATCH\$HTTP_IF_MODIFIED_SINCE" ]; then
    printf 'HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n'
    exit
fi
printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
cat head
printf '\r\n'
[ ! -f endless ] || exec cat /dev/zero
cat body
END
mkdir -m 777 odd
# odd AS HEADER...: what it answers from now on.
odd() {
    rm -f odd/304 odd/endless
    rows "$1" 100 | gzip -nc >odd/body
    shift
    : >odd/head
    [ $# = 0 ] || printf '%s\r\n' "$@" >odd/head
}
ago() { LC_ALL=C date --utc --date="$1" '+%a, %d %b %Y %H:%M:%S GMT'; }
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
ScriptAlias /odd.tsv.gz $scratch/cgi/nph-odd
$tls
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
update() { "$top/scripts/ip2asn-update" --directory "$scratch/data" --url "$url" --ip2asn "$IP2ASN" --max-age 0 "$@"; }
# The data of these tests are old; what --max-age does has tests of its own.
# What of the data directory must be: these files, and combined.tsv.gz of that AS.
is_asn() { [ "$(zcat "data/$1" | cut -f3 | sort -u)" = "$2" ]; }
only() { [ "$(find data -mindepth 1 -printf '%f\n' | LC_ALL=C sort | tr '\n' ' ')" = "$* " ]; }

# A site by https that sends its clients to http.
tls='' tls_port=''
if [ -e "$modules/mod_ssl.so" ] && command -v openssl >/dev/null &&
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null; then
    tls_port=$(perl -I"$top/t/lib" -MIP2ASN::Ports=free_port -e 'print free_port()') || exit 99
    tls="LoadModule ssl_module $modules/mod_ssl.so
Listen 127.0.0.1:$tls_port
<VirtualHost *:$tls_port>
    SSLEngine On
    SSLCertificateFile $scratch/certificate.pem
    SSLCertificateKeyFile $scratch/key.pem
    Redirect 302 /down.tsv.gz http://127.0.0.1:1/combined.tsv.gz
    Redirect 302 /up.tsv.gz https://localhost:$tls_port/combined.tsv.gz
</VirtualHost>"
fi

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
    holds "$what: and nothing else" only .combined.tsv.gz.fetched combined.tsv.gz combined.tsv.gz.previous
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
holds 'and nothing else' only .combined.tsv.gz.fetched combined.tsv.gz combined.tsv.gz.previous
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

# Dates and conditions.
odd_is() { is_asn odd.tsv.gz "$1"; }
asked() { [ "$(cat odd/asked)" = "etag=$1 since=$2" ]; }
age_of() { echo $(($(date +%s) - $(stat -c %Y data/odd.tsv.gz))); }
yesterday=$(ago yesterday)
odd 1 "Last-Modified: $yesterday" 'ETag: "one"'
check 'dates: the first' 0 updated update odd.tsv.gz
holds 'dates: without conditions' asked '' ''
: >odd/304
check 'dates: the same' 0 'up to date' update odd.tsv.gz
holds 'dates: on both conditions' asked '"one"' "$yesterday"
odd 2 "Last-Modified: $(ago '5 years')" 'ETag: W/"two"'
check 'a date of the future' 0 updated update odd.tsv.gz
holds 'a date of the future: is now' test "$(age_of)" -ge 0 -a "$(age_of)" -lt 100
odd 3 "Last-Modified: $(ago '1 hour ago')"
check 'a date of the future: the next is taken' 0 updated update odd.tsv.gz
holds 'a date of the future: is no condition' asked 'W/"two"' ''
holds 'a date of the future: the next is there' odd_is 3
touch -d '+3 years' data/odd.tsv.gz
: >odd/304
check 'a file of the future' 0 'up to date' update odd.tsv.gz
holds 'a file of the future: is of now' test "$(age_of)" -ge 0
odd 4 "Last-Modified: $yesterday"
check 'older data' 1 'older than what is there.*--force' update odd.tsv.gz
holds 'older data: what is newer stays' odd_is 3
check 'older data by force' 0 updated update --force odd.tsv.gz
holds 'older data by force: is taken' odd_is 4
odd 5 'Last-Modified: tomorrow' 'ETag: un"quoted' 'X: y'
check 'a date that is none' 0 updated update odd.tsv.gz
check 'a date that is none: again' 0 'up to date' update odd.tsv.gz
holds 'a date that is none: and an ETag that is none are no conditions' asked '' ''
echo x >>data/odd.tsv.gz
: >odd/304
check 'a file that somebody changed' 0 updated update odd.tsv.gz
holds 'a file that somebody changed: is fetched anew' odd_is 5

# Age.
odd 6 "Last-Modified: $(ago '10 days ago')" 'ETag: "six"'
check 'old data' 4 '10 days old' update --force --max-age 7d odd.tsv.gz
holds 'old data: is taken' odd_is 6
: >odd/304
check 'old data: on each run, also a quiet one' 4 '10 days old' update --quiet --max-age 7d odd.tsv.gz
holds 'old data: that nothing has changed is not believed for ever' asked '' ''
: >odd/304
check 'data that is not too old' 0 'up to date' update --max-age 2w odd.tsv.gz
check 'old data: nobody there' 4 '10 days old' update --max-age 239h --url http://127.0.0.1:1 odd.tsv.gz
exec 8<data && flock 8
check 'old data: another one at work' 4 '10 days old' update --max-age 7d odd.tsv.gz
exec 8<&-
check 'old data: no tool' 4 '10 days old' update --max-age 7d --ip2asn /nowhere/ip2asn odd.tsv.gz
odd 6
rm -f odd/304
check 'the same content' 4 '10 days old' update --max-age 7d odd.tsv.gz

# Sizes, names, schemes.
odd 7 && : >odd/endless
check 'an endless answer' 1 'larger than 1 MiB' update --max-size 1 odd.tsv.gz
odd 7 'Content-Length: 99999999'
check 'an answer that is too long' 1 'larger than 1 MiB' update --max-size 1 odd.tsv.gz
holds 'an answer that is too long: the old one stays' odd_is 6
mkdir data/directory.tsv.gz
check 'a directory in its place' 1 'not a regular file' update directory.tsv.gz
rmdir data/directory.tsv.gz
check 'usage: --url without a scheme' 2 'https://' update --url example.net
check 'usage: --url of a file' 2 'https://' update --url file:///tmp
check 'usage: --max-age' 2 'max-age' update --max-age soon
check 'a password' 1 '^[^@]*$' update --url "http://me:secret@127.0.0.1:1" combined.tsv.gz
if [ -n "$tls" ]; then
    export CURL_CA_BUNDLE=$scratch/certificate.pem
    secure=(--url "https://localhost:$tls_port")
    check 'https' 0 updated update "${secure[@]}" up.tsv.gz
    check 'https to http' 1 'redirects from https' update "${secure[@]}" down.tsv.gz
    holds 'https to http: nothing is taken' test ! -e data/down.tsv.gz
    check 'HTTPS to http' 1 'redirects from' update --url "HTTPS://localhost:$tls_port" down.tsv.gz
    CURL_CA_BUNDLE=/dev/null check 'a certificate of nobody' 1 certificate update "${secure[@]}" up.tsv.gz
else
    echo "skipped: https (takes mod_ssl and openssl)"
fi

# Root in a directory of another user's works as that user.
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
if [ "$(id -u)" = 0 ] && as_nobody test -r "$top/scripts/ip2asn-update" && as_nobody test -x "$IP2ASN" && mkdir theirs; then
    chown nobody theirs
    site 1 100 '2024-01-01 00:00:00 UTC'
    check 'a directory of another user' 0 'updated' update --directory "$scratch/theirs" combined.tsv.gz
    holds 'a directory of another user: the file is his' test "$(stat -c %U theirs/combined.tsv.gz)" = nobody
    ln -s "$scratch/victim" theirs/combined.tsv.gz.previous
    echo whole >victim
    site 2 100 '2024-01-02 00:00:00 UTC'
    check 'a directory of another user: and is replaced' 0 'updated' update --directory "$scratch/theirs" combined.tsv.gz
    holds 'a directory of another user: nothing else is' test "$(cat victim)" = whole
    rm -rf theirs
    mkdir -m 700 shut && mkdir shut/theirs && chown nobody shut/theirs
    check 'a directory that its owner cannot enter' 1 'Permission denied' update --directory "$scratch/shut/theirs" combined.tsv.gz
    rm -rf shut
else
    echo "skipped: a directory of another user (takes root, and a tree that all may read)"
fi

# Lists: the publishers are this server.
feeds() { "$top/scripts/ip2asn-update" --feeds --directory "$scratch/data" --ip2asn "$IP2ASN" --enabled "$scratch/enabled" "$@"; }
echo '{"prefixes":[{"ipv4Prefix":"192.0.2.0/27"},{"ipv6Prefix":"2001:db8::/64"}]}' >site/bot.json
for ((i = 0; i < 100; i++)); do echo "10.0.$i.0/24"; done >site/cloud.txt
printf '198.51.100.0/24\n203.0.113.0/24' >site/cut-short.txt
printf '[bot]\nurl   = %s/bot.json\nsays  = a crawler\n\n[off]\nurl = %s/missing\n' "$url" "$url" >catalogue
check 'lists: none is on' 0 'no list is switched on' feeds --catalogue catalogue
check 'lists: one that nobody knows' 2 "'cloud' is not a list" feeds --catalogue catalogue cloud
printf '# ours\nbot\ncloud %s/cloud.txt\nshort %s/cut-short.txt # no newline\n' "$url" "$url" >enabled
check 'lists: those that are on are fetched' 0 'cloud: updated' feeds --catalogue catalogue
holds 'lists: and no others' test "$(cd data/feeds && echo *)" = 'bot cloud short'
holds 'lists: as they are' cmp -s site/bot.json data/feeds/bot
holds 'lists: a last line has an end' test -z "$(tail -c 1 data/feeds/short)"
check 'lists: asked again' 0 'short: is up to date' feeds --catalogue catalogue
before=$(sha256sum <data/feeds/cloud)
echo '<html>moved</html>' >site/cloud.txt
check 'lists: a page is refused' 1 'HTML' feeds --catalogue catalogue
echo '404 page not found' >site/cloud.txt
check 'lists: an error message is' 1 'error message' feeds --catalogue catalogue
for ((i = 0; i < 60; i++)); do echo "10.0.$i.0/24"; done >site/cloud.txt
check 'lists: one that lost much is' 1 'drifted' feeds --catalogue catalogue cloud
for ((i = 0; i < 100; i++)); do echo "10.0.$i.0/24"; done >site/cloud.txt
echo '0.0.0.0/0' >>site/cloud.txt
check 'lists: one that swallows all is' 1 'large part' feeds --catalogue catalogue cloud
holds 'lists: the last good one stays' test "$before" = "$(sha256sum <data/feeds/cloud)"
for ((i = 1; i < 100; i++)); do echo "10.0.$i.0/24"; done >site/cloud.txt
check 'lists: a good one is taken' 0 'cloud: updated' feeds --catalogue catalogue cloud
printf '{"prefixes":[' >site/bot.json
check 'lists: JSON that is cut is refused' 1 'not valid JSON' feeds --catalogue catalogue bot
check 'lists: the catalogue is installed with the script' 2 "'nosuch' is not a list of .*feeds.conf" feeds nosuch

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
