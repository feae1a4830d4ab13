#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Everything that the assurance case names exists: unit tests, black-box tests, fuzz targets, planted bugs, proofs, jobs
# of ./dev and files.   usage: check.sh SOURCE
set -eu
cd "$1"
page=tests/assurance/README.md
jobs=$(./dev --help)
missing=0

miss() {
    echo "$page names what there is not: $1" >&2
    missing=1
}

grep -o '`[^`]*`' "$page" | tr -d '`' | sort -u >"${TMPDIR-/tmp}/assurance.$$"
trap 'rm -f "${TMPDIR-/tmp}/assurance.$$"' EXIT
[ "$(wc -l <"${TMPDIR-/tmp}/assurance.$$")" -gt 100 ] || miss "hardly anything"
while read -r name; do
    case $name in
    'suite: sentence' | cmd/name | fuzz_name | 'planted name' | 'proof name' | './dev planted name' | \
        './dev fuzz fuzz_name' | './dev prove name' | build/*) ;; # how to read it
    [a-z]*:\ *) grep -qF "{\"${name#*: }\"" "tests/test_${name%%:*}.c" 2>/dev/null || miss "test $name" ;;
    cmd/*) [ -e "tests/$name.sh" ] || miss "$name" ;;
    fuzz_*) [ -e "fuzz/$name.c" ] || miss "$name" ;;
    planted\ *) [ -e "tests/planted/${name#* }.patch" ] || miss "$name" ;;
    proof\ protocol) [ -e tests/proofs/protocol.pml ] || miss "$name" ;;
    proof\ *) grep -q "^${name#* }[ .]" tests/proofs/claims || miss "$name" ;;
    ./dev\ *)
        job=${name#./dev }
        echo "$jobs" | grep -q "^  ${job%% *} " || miss "$name"
        ;;
    */* | *.txt | *.md) [ -e "$name" ] || miss "$name" ;;
    *) grep -rqwF -e "$name" src || miss "$name" ;;
    esac
done <"${TMPDIR-/tmp}/assurance.$$"
exit $missing
