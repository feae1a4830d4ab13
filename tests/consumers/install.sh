#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is installed can be used through the CMake package and through pkg-config, statically and dynamically.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
consumer=$SOURCE/tests/consumers/project
"$CMAKE" --install "$BUILD" --prefix "$work/prefix" >/dev/null

for target in vmclock::vmclock vmclock::static; do
    "$CMAKE" -S "$consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$CC" \
        -DTARGET=$target >/dev/null
    "$CMAKE" --build "$work/build" >/dev/null
    "$work/build/consumer"
done

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name vmclock.pc)")
export PKG_CONFIG_PATH
flags() { pkg-config "$@" vmclock; }
"$CC" -std=c11 $(flags --cflags) -o "$work/consumer" "$consumer/main.c" $(flags --libs)
LD_LIBRARY_PATH=$(flags --variable=libdir) "$work/consumer"
[ "$(flags --modversion)" = "$("$work/prefix/bin/vmclock" --version | sed 's/vmclock //')" ]
