#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# As a subdirectory of another project the library brings its headers, and neither command, tests nor installation rules.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CMAKE" -S "$SOURCE/tests/consumers/project" -B "$work" -DSUBDIRECTORY="$SOURCE" -DCMAKE_C_COMPILER="$CC" \
    -DTARGET=vmclock::vmclock >/dev/null
"$CMAKE" --build "$work" >/dev/null
"$work/consumer"
[ ! -e "$work/libvmclock/vmclock" ]
