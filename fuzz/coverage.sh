#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the checked-in corpus reaches of the core through the fuzz targets, without an engine: prints a table by file,
# and the functions that no seed enters, of which there may be none; fails too when a .c file of src/ has fewer of its
# lines reached than `least` percent: the rest are NULL and the like, which no input is. HTML in BUILD/corpus.   usage:
# coverage.sh BUILD SOURCE, of the preset "coverage"
set -eu
build=$1 source=$2 least=90
out=$build/corpus
rm -rf "$out"
mkdir -p "$out"
objects=
while read -r target; do
    LLVM_PROFILE_FILE="$out/$target.profraw" "$build/fuzz/$target" "$source/corpus" >"$out/$target.log" 2>&1 || {
        cat "$out/$target.log" >&2
        exit 1
    }
    objects="$objects -object $build/fuzz/$target"
done <"$build/fuzz/targets.txt"
llvm-profdata-19 merge -sparse -o "$out/all.profdata" "$out"/*.profraw
set -- ${objects# -object } "-instr-profile=$out/all.profdata" "$source"/src/*.[ch]
llvm-cov-19 show -format=html -show-branches=count -output-dir="$out/html" "$@"
llvm-cov-19 export "$@" >"$out/all.json"

# A function that several targets compile for themselves, under names of their own, is one: that of its first line.
jq -r --arg source "$source/" '.data[0] as $all |
    ([$all.functions[] | {file: (.filenames[0] | ltrimstr($source)), line: .regions[0][0], name, count}] |
        group_by([.file, .line]) | map({file: .[0].file, name: (map(.name) | min_by(length) | sub("^.*:"; "")), count: (map(.count) | add)})) as $functions |
    ($all.files[] | (.filename | ltrimstr($source)) as $file | .summary | ["file", $file,
        "\([$functions[] | select(.file == $file and .count > 0)] | length)/\([$functions[] | select(.file == $file)] | length)",
        "\(.lines.covered)/\(.lines.count)", "\(.branches.covered)/\(.branches.count)"]),
    ($functions[] | select(.count == 0 and (.file | test("^src/([a-z]+|include/[a-z_]+)\\.[ch]$"))) | ["never", .file, .name]) | @tsv' "$out/all.json" >"$out/rows"
awk -v least=$least '
    BEGIN { printf "%-22s %12s %12s %12s\n", "reached by the corpus", "functions", "lines", "branches" }
    $1 == "file" { printf "%-22s %12s %12s %12s\n", $2, $3, $4, $5; split($4, n, "/"); if ($2 ~ /\.c$/ && 100 * n[1] < least * n[2]) low = low " " $2; rows++ }
    $1 == "never" { never = never "\n  " $2 ": " $3 }
    END {
        if (never != "") print "no seed enters:" never
        if (low != "") print "below " least "% of their lines:" low
        exit rows == 0 || never != "" || low != ""
    }' "$out/rows"
