#!/bin/sh
# libip2asn from outside: the header and the example compile as C and as C++ without a warning, run with the shared
# library, and the library exports what the header declares, and nothing else.
set -eu
top=${top_srcdir:-$(dirname "$0")/..}
library=$PWD/.libs/libip2asn.so
work=$(mktemp -d "${TMPDIR:-/tmp}/ip2asn-lib-XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }

nm -D --defined-only "$library" | awk '$2 == "T" || $2 == "D" || $2 == "B" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
sed -n 's/^[a-z].*[ *]\(ip2asn_[a-z0-9_]*\)(.*/\1/p' "$top/include/ip2asn.h" | sort >"$work/declared"
diff "$work/declared" "$work/exported" || fail "the header (<) and the library (>) differ"
readelf -d "$library" | grep -q 'SONAME.*\[libip2asn\.so\.0\]' || fail "another soname"

for compiler in "${CC:-cc} -std=c99" "${CXX:-c++} -std=c++11 -x c++"; do
    # The words of the compiler are meant to be split.
    # shellcheck disable=SC2086
    $compiler -Wall -Wextra -Wpedantic -Werror ${SANITIZER_FLAGS-} -I"$top/include" "$top/examples/c/lookup.c" -x none "$library" \
        -Wl,-rpath,"$PWD/.libs" -o "$work/lookup" || fail "$compiler does not compile the example"
    got=$("$work/lookup" "$top/t/data/small-v4.tsv" 8.8.8.8 9.9.9.9)
    [ "$got" = "8.8.8.8: AS15169 US GOOGLE
9.9.9.9: not announced" ] || fail "the example says: $got"
    [ "$("$work/lookup" "$top/t/data/small-v4.tsv" -p 15169)" = 8.8.8.0/23 ] || fail "the example names other prefixes"
    ! "$work/lookup" "$top/t/data/small-v4.tsv" nonsense 2>/dev/null || fail "nonsense is an address"
    ! "$work/lookup" "$work/none" 8.8.8.8 2>"$work/said" || fail "a missing file was opened"
    grep -q 'cannot be opened' "$work/said" || fail "the reason is not said"
done
