#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Coverage of src/cmd by the tests of the command, in a build of the preset "coverage": prints a table, leaves HTML in
# BUILD/coverage-cmd, and fails below 95% of all lines or of all branches, or where a file is not reached at all.
# usage: coverage.sh BUILD SOURCE
set -eu
build=$1 source=$2
out=$build/coverage-cmd
rm -rf "$out"
mkdir -p "$out"
# %c: counted in a shared mapping, so that what a killed or forked process did counts as well; %m: one file per program.
LLVM_PROFILE_FILE="$out/%m%c.profraw" ctest --test-dir "$build" -R '^cmd\.' -j2 --output-on-failure --no-tests=error \
    >"$out/ctest.log" || {
    cat "$out/ctest.log"
    exit 1
}
llvm-profdata-19 merge -sparse -o "$out/all.profdata" "$out"/*.profraw
set -- "$build/vmclock" -object "$build/tests/cmd/vmclock_staged" -object "$build/tests/cmd/vmclock_cmd_tests" \
    "-instr-profile=$out/all.profdata" "$source"/src/cmd/*.c
llvm-cov-19 show -format=html -show-branches=count -output-dir="$out/html" "$@"
llvm-cov-19 export -summary-only "$@" >"$out/summary.json"
jq -r '.data[0] | (.files[] | [(.filename | sub(".*/src/"; ""))] + (.summary | [.lines, .branches | "\(.covered)/\(.count)"])),
    (.totals | ["all of it"] + [.lines, .branches | "\(.covered)/\(.count)"]) | @tsv' "$out/summary.json" |
    awk -F '\t' 'BEGIN { printf "%-18s %12s %12s\n", "file", "lines", "branches" } { printf "%-18s %12s %12s\n", $1, $2, $3 }'
jq -e '.data[0] | (.totals | .lines.covered * 100 >= .lines.count * 95 and .lines.count > 2000 and
    .branches.covered * 100 >= .branches.count * 95 and .branches.count > 1200) and
    (.files | length >= 22 and all(.summary.lines.covered > 0))' "$out/summary.json" >/dev/null || {
    echo "below 95% of lines or of branches, see $out/html/index.html" >&2
    exit 1
}
