#!/bin/sh
# Kills and failing system calls while an index is written and while a generation is published: some of the cases of scripts/test-faults.
exec "$(dirname "$0")/../scripts/test-faults" --tools "$PWD" --every 11
