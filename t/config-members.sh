#!/bin/sh
# Every setting of a section is inherited: each member of DirConfig is written by ip2asn_merge_dir_config, by its own name.
# A member that merging forgets is a setting that an inner section silently switches off.
cd "$(dirname "$0")/../src/module" || exit 1
awk '
    FILENAME ~ /dir_config\.hh$/ && /^struct DirConfig/ { inside = 1; next }
    FILENAME ~ /dir_config\.hh$/ && inside && /^};/ { inside = 0 }
    # A member: a type, a name, perhaps a value, and no parentheses.
    FILENAME ~ /dir_config\.hh$/ && inside && /^  [a-zA-Z].*;/ && !/\(/ {
        line = $0
        sub(/;.*/, "", line); sub(/ *= .*/, "", line); sub(/.*[ *]/, "", line)
        members[line] = 1; count++
    }
    FILENAME ~ /dir_config\.cc$/ && match($0, /merged->[a-z_]+ = /) {
        name = substr($0, RSTART + 8, RLENGTH - 11)
        merged[name] = 1
        if ($0 !~ "base\\." name || $0 !~ "add\\." name) { print "dir_config.cc:" FNR ": " name " is not merged from both sides"; bad = 1 }
    }
    END {
        if (count < 5) { print "the members of DirConfig were not found"; exit 1 }
        for (name in members) if (!(name in merged)) { print "DirConfig::" name " is not merged"; bad = 1 }
        exit bad
    }' dir_config.hh dir_config.cc
