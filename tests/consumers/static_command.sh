#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command can be linked fully static, to be carried into a guest.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CMAKE" -S "$SOURCE" -B "$work" -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DCMAKE_EXE_LINKER_FLAGS=-static \
    -DCMAKE_C_COMPILER="$CC" >/dev/null
"$CMAKE" --build "$work" --target vmclock_cmd >/dev/null
if readelf -l "$work/vmclock" | grep INTERP; then
    exit 1
fi
"$work/vmclock" --version
