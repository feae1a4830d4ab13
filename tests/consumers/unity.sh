#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# All files of the core compile as one translation unit, in either order, as embedders have it; and all of the project
# in CMake's unity builds.
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

# So does the whole project, each room as one unit.
"$CMAKE" -S "$SOURCE" -B build -DCMAKE_C_COMPILER="$CC" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 \
    -DVMCLOCK_DEVELOPER=ON -DBUILD_SHARED_LIBS=ON -DBUILD_TESTING=OFF >log 2>&1 &&
    "$CMAKE" --build build -j2 >log 2>&1 || {
    cat log
    exit 1
}
