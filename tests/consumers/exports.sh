#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The shared library exports just what the public headers declare, and nothing else of ours or of others.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
nm -D --defined-only "$BUILD/libvmclock.so" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort -u >exported
for header in vmclock.h vmclock_posix.h; do
    printf '#include "%s"\n' "$SOURCE/src/include/$header"
done | "$CC" -E -P -I"$SOURCE/src/include" - |
    tr '\n' ' ' | tr ';{}' '\n\n\n' | grep -v 'static inline\|typedef' |
    grep -o '\bvmclock_[a-z0-9_]* *(' | tr -d ' (' | grep -v '_$' | sort -u >declared
diff declared exported
[ -s exported ]
readelf -d "$BUILD/libvmclock.so" | grep -q 'SONAME.*\[libvmclock\.so\.[0-9.]*\]'
