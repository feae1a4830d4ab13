#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The unit suites under valgrind: a build as users have it, without a sanitizer's instructions. Left out are suites that
# valgrind stands in the way of (device has seccomp filters, writer has alarms, counter traps accesses) and long ones
# (scan, images, lock); the sanitizers have them all.
# usage: memcheck.sh BUILD
set -eu
cd "$1/tests"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
suites=0
for suite in $(./vmclock_tests); do
    case $suite in
    device | writer | counter | scan | images | lock) continue ;;
    esac
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        ./vmclock_tests "$suite" >"$out" 2>&1 || {
        cat "$out"
        echo "memcheck: $suite failed"
        exit 1
    }
    suites=$((suites + 1))
done
[ "$suites" -ge 15 ]
echo "memcheck: nothing found in $suites suites"
