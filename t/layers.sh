#!/bin/sh
# The floors of the house: a file includes files of its own room and of rooms below, never of one above.
#
# From the ground up; rooms on one line stand beside each other and do not include one another.
floors='base
net
index
sources
compile
store
serve
answer
resolve client
registry
cli module lib'
cd "$(dirname "$0")/../src" || exit 1
# shellcheck disable=SC2016
find . -name '*.cc' -o -name '*.hh' -o -name '*.c' | sort | xargs awk -v floors="$floors" '
    BEGIN {
        count = split(floors, lines, "\n")
        for (i = 1; i <= count; i++) {
            rooms = split(lines[i], names, " ")
            for (j = 1; j <= rooms; j++) floor[names[j]] = i
        }
    }
    FNR == 1 { split(FILENAME, path, "/"); room = path[2]; if (!(room in floor)) fail(room " is on no floor; add it to t/layers.sh") }
    /^#include ".*\// {
        split($2, part, /["\/]/); target = part[2]
        if (!(target in floor)) fail($2 " names no room")
        else if (target != room && floor[target] >= floor[room]) fail(room " must not include " $2)
    }
    function fail(reason) { printf "%s:%d: %s\n", FILENAME, FNR, reason; bad = 1 }
    END { exit bad }'
