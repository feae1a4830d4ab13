#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The core, compiled freestanding and linked into one object, needs nothing but the compiler's own mem* functions, and
# has no data that it writes to.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$CC" -std=c11 -O2 -ffreestanding -nostdlib -fno-stack-protector -fno-pic -I"$SOURCE/src/include" -c "$SOURCE"/src/*.c
"$CC" -r -nostdlib -o core.o ./*.o
undefined=$(nm -u core.o | awk '$2 !~ /^(memcpy|memmove|memset|memcmp)$/')
if [ -n "$undefined" ]; then
    echo "the core needs:" "$undefined"
    exit 1
fi
data=$(nm core.o | awk '$2 ~ /^[bBdDcC]$/')
if [ -n "$data" ]; then
    echo "the core has writable data:" "$data"
    exit 1
fi
