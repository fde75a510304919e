# shellcheck shell=bash
# What the scripts here share. To be sourced by them; sets $top, the top of the source tree, and $build.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034
build=$top/build
# What configure is to be told.
configure_options=()
self=${0##*/}

say() { printf '%s: %s\n' "$self" "$*"; }
fail() {
    printf '%s: %s\n' "$self" "$*" >&2
    exit 1
}

# Prints the comment at the head of the calling script, which is its manual.
usage() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# Configures what is not configured yet, out of tree, and builds.
build_all() {
    if [ ! -x "$top/configure" ]; then
        say "making configure (autoreconf)"
        (cd "$top" && autoreconf -fi) || return
    fi
    if [ ! -e "$build/Makefile" ]; then
        say "configuring in $build"
        (mkdir -p "$build" && cd "$build" && "$top/configure" "${configure_options[@]}") || return
    fi
    say "building with $(nproc) jobs"
    make -C "$build" --no-print-directory -j"$(nproc)"
}

# The database of real networks that Debian's libloc-database gives, full size: made once, and kept in $build.
libloc_database=$build/libloc.tsv.gz
make_libloc_database() {
    if [ -e "$libloc_database" ]; then return; fi
    say "making a database from Debian's libloc-database, once; this takes about a minute"
    "$top/scripts/import-libloc" -o "$build/libloc-part.tsv.gz"
    mv "$build/libloc-part.tsv.gz" "$libloc_database"
}
