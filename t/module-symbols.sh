#!/bin/sh
# The module exports its record and nothing else. Any other symbol could clash with another module's, and a unique one
# (type u) would keep httpd from unloading it between its two readings of the configuration.
symbols=$(nm -D --defined-only "${MODULE:?the path of mod_ip2asn.so}") || exit 99
if [ "$(echo "$symbols" | awk '{ print $NF }')" != ip2asn_module ]; then
    echo "exported by $MODULE, where ip2asn_module alone is expected:"
    echo "$symbols" | c++filt
    exit 1
fi
