#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Coverage of the core and of posix by the unit tests alone, in a build of the preset "coverage": prints a table, leaves
# HTML in BUILD/coverage, and fails below 100% of the lines, branches and conditions (MC/DC) of any .c file directly in
# src/, of parse.h and of stretch.h, and of the branches and conditions of the other private headers there, whose
# functions are not all in every build; and below 100% of the lines and branches of any .c file in src/posix.
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
set -- "$build/tests/vmclock_tests" "-instr-profile=$out/all.profdata" "$source"/src/*.[ch] "$source"/src/posix/*.c
llvm-cov-19 show -format=html -show-branches=count -show-mcdc -output-dir="$out/html" "$@"
llvm-cov-19 export -summary-only "$@" >"$out/summary.json"
jq -r '.data[0].files[] | [(.filename | sub(".*/src/"; "")),
    (.summary | .lines, .branches, .mcdc | "\(.covered)/\(.count)")] | @tsv' "$out/summary.json" |
    awk 'BEGIN { printf "%-18s %12s %12s %12s\n", "file", "lines", "branches", "mcdc" }
         { printf "%-18s %12s %12s %12s\n", $1, $2, $3, $4 }'
missed=$(jq -r '.data[0].files[] | (.filename | sub(".*/src/"; "")) as $name | ($name | test("^posix/")) as $posix |
    [.summary.branches, (.summary.mcdc | select($posix | not)),
        (.summary.lines | select($posix or ($name | test("\\.c$|^(parse|stretch)\\.h$"))))] |
    select(any(.covered != .count)) | $name' "$out/summary.json")
# There are figures, or nothing would be missed either.
if [ -n "$missed" ] || ! jq -e '([.data[0].files[].summary.mcdc.count] | add > 0) and
        ([.data[0].files[] | select(.filename | test("/posix/"))] | length >= 16)' "$out/summary.json" >/dev/null; then
    echo "below 100%:" $missed "; see $out/html/index.html" >&2
    exit 1
fi
