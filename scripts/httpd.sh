# shellcheck shell=bash
# A httpd of a script's own, on the loopback, run by an ordinary user. To be sourced after lib.sh.
#
# Everything that it reads or writes is in a directory of its own, $run, which goes away with the script, as the server does.
# Who is root has it run as nobody, who may not be able to read the source tree: hence the copies.
run=
httpd_pid=
as_ordinary_user=()

finish_httpd() {
    stop_httpd
    [ -z "$run" ] || rm -rf "$run"
}

# Makes $run, with copies of the files that are named.
prepare_httpd() {
    run=$(mktemp -d "${TMPDIR:-/tmp}/ip2asn-XXXXXX")
    trap finish_httpd EXIT
    mkdir "$run/htdocs" "$run/logs"
    # shellcheck disable=SC2154
    cp "$@" "$build/.libs/mod_ip2asn.so" "$run/"
    chmod -R a+rX "$run"
    if [ "$(id -u)" = 0 ]; then
        as_ordinary_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
        chown -R nobody:nogroup "$run"
        "${as_ordinary_user[@]}" test -r "$run/mod_ip2asn.so" ||
            fail "nobody, as whom httpd runs, cannot read $run; set TMPDIR to a directory that all may enter"
    fi
}

free_port() {
    perl -I"$top/t/lib" -MIP2ASN::Ports=free_port -e 'print free_port()'
}

# Starts httpd with the configuration on standard input, after a head that loads the modules that are named (the first is the
# MPM). Sets $port, $httpd_pid and $httpd_begun, the time of the call. False when it does not start; $run/logs/error_log and $run/output then say why.
start_httpd() {
    local apxs httpd modules module body
    apxs=$(command -v apxs || command -v apxs2) || fail "apxs is missing; run scripts/setup"
    httpd=$("$apxs" -q SBINDIR)/$("$apxs" -q PROGNAME)
    modules=$("$apxs" -q LIBEXECDIR)
    body=$(cat)
    for _ in 1 2 3; do
        port=$(free_port)
        {
            for module in "$@"; do echo "LoadModule ${module}_module $modules/mod_$module.so"; done
            printf '%s\n' "ServerRoot $run" "ServerName 127.0.0.1:$port" "Listen 127.0.0.1:$port" \
                "DocumentRoot $run/htdocs" "PidFile $run/httpd.pid" "DefaultRunTimeDir $run" \
                "ErrorLog $run/logs/error_log" "$body"
        } >"$run/httpd.conf"
        rm -f "$run/httpd.pid"
        # shellcheck disable=SC2034
        httpd_begun=$EPOCHREALTIME
        # In a session of its own, so that Ctrl-C reaches the script alone, which then ends the server in good order.
        setsid "${as_ordinary_user[@]}" "$httpd" -d "$run" -f "$run/httpd.conf" -DFOREGROUND >"$run/output" 2>&1 &
        httpd_pid=$!
        while kill -0 "$httpd_pid" 2>/dev/null; do
            if [ -s "$run/httpd.pid" ]; then return 0; fi
            sleep 0.01
        done
        # Another process may have taken the port in between.
        grep -qs 'Address already in use' "$run/output" "$run/logs/error_log" || break
    done
    httpd_pid=
    return 1
}

stop_httpd() {
    [ -n "$httpd_pid" ] || return 0
    kill "$httpd_pid" 2>/dev/null || true
    wait "$httpd_pid" || true
    httpd_pid=
}
