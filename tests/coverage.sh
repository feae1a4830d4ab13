#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Coverage of the core by the unit tests alone, in a build of the preset "coverage": prints a table, leaves HTML in
# BUILD/coverage, and fails below 100% of the lines and branches of any .c file directly in src/, and of
# parse.h and stretch.h.
# usage: coverage.sh BUILD SOURCE
set -eu
build=$1 source=$2
out=$build/coverage
rm -rf "$out"
mkdir -p "$out"
LLVM_PROFILE_FILE="$out/%p.profraw" ctest --test-dir "$build" -R '^unit\.' -j2 --output-on-failure --no-tests=error \
    >"$out/ctest.log" || {
    cat "$out/ctest.log"
    exit 1
}
llvm-profdata-19 merge -sparse -o "$out/all.profdata" "$out"/*.profraw
set -- "$build/tests/vmclock_tests" "-instr-profile=$out/all.profdata" "$source"/src/*.c "$source/src/parse.h" \
    "$source/src/stretch.h"
llvm-cov-19 show -format=html -show-branches=count -show-mcdc -output-dir="$out/html" "$@"
llvm-cov-19 export -summary-only "$@" >"$out/summary.json"
jq -r '.data[0].files[] | [(.filename | split("/") | last),
    (.summary | .lines, .branches, .mcdc | "\(.covered)/\(.count)")] | @tsv' "$out/summary.json" |
    awk 'BEGIN { printf "%-14s %12s %12s %12s\n", "file", "lines", "branches", "mcdc" }
         { printf "%-14s %12s %12s %12s\n", $1, $2, $3, $4 }'
jq -e '[.data[0].files[].summary | .lines, .branches | .covered == .count] | length > 0 and all' \
    "$out/summary.json" >/dev/null || {
    echo "below 100% of lines and branches; see $out/html/index.html, or the lines below" >&2
    llvm-cov-19 show -show-branches=count "$@" | grep -B2 -E 'Branch.*(True: 0|False: 0)|^ +[0-9]+\| +0\|' >&2
    exit 1
}
