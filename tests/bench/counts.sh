#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The instructions that the hot functions take, counted by callgrind: the same on every run, so that one more shows.
# Fails when a count is more than 2% and 2 above the one of counts.txt, which is of the compiler that it names: with
# another one the counts are printed and not judged.   usage: counts.sh BUILD FOLDER_OF_COUNTS [--update]
set -eu
export LC_ALL=C
build=$1 known=$2/counts.txt update=${3-}
compiler=$(cat "$build/compiler.txt")
out=$build/callgrind.out
valgrind --tool=callgrind --callgrind-out-file="$out" --toggle-collect='counted_*' "$build/vmclock_counts" \
    >"$build/callgrind.log" 2>&1 || {
    cat "$build/callgrind.log" >&2
    exit 1
}
callgrind_annotate --inclusive=yes --threshold=100 "$out" |
    sed -n 's/^ *\([0-9,]*\) .*:counted_\([a-z_]*\).*/\1 \2/p' | tr -d , | sort -u -k2,2 >"$build/counts.now"
[ "$(wc -l <"$build/counts.now")" -eq "$(grep -c '^    counted_' "$2/counts.c")" ] || {
    echo "counts: not all functions were counted" >&2
    exit 1
}
if [ -n "$update" ]; then
    { echo "# $compiler; made by ./dev bench --counts --update"; cat "$build/counts.now"; } >"$known"
fi
awk -v compiler="$compiler" '
    FNR == NR { if (/^#/) { of = $0; sub(/^# /, "", of); sub(/;.*/, "", of) } else was[$2] = $1; next }
    FNR == 1 { judged = of == compiler; printf "%-24s %12s %12s\n", "instructions", "now", judged ? "checked in" : "(" of ")" }
    {
        grown = judged && ($1 > was[$2] * 1.02 + 2 || !($2 in was))
        printf "%-24s %12d %12s%s\n", $2, $1, was[$2], grown ? "  more than before" : ""
        failed = failed || grown
    }
    END {
        if (!judged) print "compiled by " compiler ": not judged"
        exit failed
    }' "$known" "$build/counts.now"
