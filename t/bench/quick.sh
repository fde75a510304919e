#!/bin/bash
# Runs each benchmark for a moment on made-up data: its engines must give the answers that a binary search gives. Times mean nothing here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/make-source" > "$work/made.tsv"
gzip -k "$work/made.tsv"
rivals=()
if perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null; then
    for family in 4 6; do
        "$here/write-mmdb" "$family" "$work/made.tsv" "$work/made$family.mmdb"
        rivals+=("--mmdb$family" "$work/made$family.mmdb")
    done
fi
t/bench/lookup --quick "${rivals[@]}" --json "$work/lookup.json" "$work/made.tsv.gz"
t/bench/lookup --oracle 200000 "$work/made.tsv.gz"
t/bench/compile --quick --json "$work/compile.json" "$work/made.tsv.gz"
t/bench/start --quick --json "$work/start.json" "$work/made.tsv.gz"
perl -MJSON::PP -0777 -ne 'decode_json($_)' "$work"/*.json
