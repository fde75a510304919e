#!/bin/sh
# Recorded answers, as their shapes are at the registries, are read as answers.expected says.
cd "$(dirname "$0")" || exit 1
replay=$OLDPWD/t/registry/replay
test -x "$replay" || { echo "answers.sh: run 'make check' in the build directory"; exit 1; }
"$replay" answers | diff -u answers.expected -
