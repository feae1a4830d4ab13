#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# All files of the core compile as one translation unit, in either order, as embedders and unity builds have it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

printf '#include "%s"\n' "$SOURCE"/src/*.c >forwards.c
sort -r forwards.c >backwards.c
for order in forwards backwards; do
    "$CC" -std=c11 -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror \
        -I"$SOURCE/src/include" -c "$order.c"
done
