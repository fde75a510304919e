#!/bin/sh
# The short tier of scripts/soak: data that changes and breaks, restarts and kills, under each MPM, with every answer checked.
exec "$(dirname "$0")/../scripts/soak" --short --tools "$PWD"
