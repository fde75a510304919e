# shellcheck shell=bash
# shellcheck disable=SC2154
# A fresh Debian in a directory, for the scripts that try packages in one. To be sourced after lib.sh; takes root.

# The host's release.
# shellcheck disable=SC1091,SC2034
host_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

# make_root DIRECTORY SUITE: makes DIRECTORY such a system, of the mirror that the host's apt uses. What debootstrap makes is kept
# in $build. apt works in there as on the host, and services that packages bring are not started (allow_services).
make_root() {
    local root=$1 suite=$2 base=$build/chroot-$2.tar sources mirror more part
    # shellcheck disable=SC2016
    sources=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' | sort -u)
    if [ ! -e "$base" ]; then
        # A release that the host's apt does not know is where the others are.
        mirror=$(awk -v suite="$suite" '$2 == suite { print $1; exit }' <<<"$sources")
        [ -n "$mirror" ] || mirror=$(awk '$2 !~ /-/ { print $1; exit }' <<<"$sources")
        [ -n "$mirror" ] || fail "the host's apt names no mirror"
        say "making a Debian of $suite, once"
        mkdir -p "$build"
        part=$(mktemp -d "${TMPDIR:-/tmp}/ip2asn-debian-XXXXXX")
        if ! debootstrap --variant=minbase "$suite" "$part/root" "$mirror" >"$part/log" 2>&1; then
            tail -n 20 "$part/log"
            rm -rf --one-file-system "$part"
            fail "debootstrap failed"
        fi
        tar -C "$part/root" --one-file-system -cf "$base.part-$$" .
        mv "$base.part-$$" "$base"
        rm -rf --one-file-system "$part"
    fi
    mkdir -p "$root"
    tar -C "$root" -xf "$base"
    more=$(awk -v suite="$suite" '$2 == suite || index($2, suite "-") == 1 { print "deb", $1, $2, $3 }' <<<"$sources")
    [ -z "$more" ] || printf '%s\n' "$more" >"$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(http|https)::Proxy |^Acquire::Check-' >"$root/etc/apt/apt.conf.d/90host" || true
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
}

# allow_services DIRECTORY: as in a system that has booted, which is what invoke-rc.d asks before it reloads one.
allow_services() {
    rm -f "$1/usr/sbin/policy-rc.d"
    [ -e "$1/sbin/runlevel" ] || { printf '#!/bin/sh\necho N 2\n' >"$1/sbin/runlevel" && chmod 755 "$1/sbin/runlevel"; }
}

# inside [--net] DIRECTORY COMMAND...: runs it in there, with processes that end with it; with --net, on a network of its
# own that has nothing but the loopback.
inside() {
    local options=(--mount --pid --fork --kill-child) network=:
    if [ "$1" = --net ]; then options+=(--net) network='ip link set lo up'; shift; fi
    unshare "${options[@]}" --mount-proc="$1/proc" sh -c "$network; exec chroot \"\$@\"" sh "$1" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${@:2}"
}
