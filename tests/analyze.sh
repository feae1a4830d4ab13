#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Static analysis of src/: clang-tidy with the clang analyzer (which is what scan-build runs), gcc's analyzer, cppcheck.
# Any finding fails.
# usage: analyze.sh SOURCE
set -eu
cd "$1"
include="-Isrc/include"
failed=0

clang-tidy-19 --quiet src/*.c src/posix/*.c src/cmd/*.c -- -std=c11 $include 2>/dev/null || failed=1
# -fanalyzer wants optimisation. It knows nothing of the preconditions of functions that only other files call, nor that
# a loop makes its last attempt; for uninitialised values there are MSan and the clang analyzer. Descriptors that fill
# the place of closed standard ones stay open.
for file in src/*.c src/posix/*.c src/cmd/*.c; do
    gcc -std=c11 -O2 -fanalyzer -Wno-analyzer-null-dereference -Wno-analyzer-use-of-uninitialized-value \
        -Wno-analyzer-fd-leak -Werror $include -c "$file" -o /dev/null || failed=1
done
# cppcheck takes handing out a pointer to be filled for a use of what it points to: MSan and clang look for the real
# ones.
cppcheck -q --std=c11 --enable=warning,performance,portability --suppress=uninitvar --suppress=ctuuninitvar \
    --suppress=normalCheckLevelMaxBranches --error-exitcode=1 $include \
    src/*.c src/posix/*.c src/cmd/*.c || failed=1
# Functions that may wrap are there.
for function in $(sed -n 's/^fun://p' tests/wraps.txt); do
    grep -qw "$function" src/*.[ch] src/*/*.[ch] || {
        echo "tests/wraps.txt names $function, which is gone"
        failed=1
    }
done
[ $failed = 0 ] && echo "analyzers: nothing found"
exit $failed
