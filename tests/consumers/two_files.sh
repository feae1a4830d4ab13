#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The core as two files: they come out the same each time, have every declaration that there is, compile freestanding in
# every standard with every warning of ours, need nothing from outside, and a program needs nothing but them.
. "$(dirname "$0")/lib.sh"
cd "$work"
mkdir here there
sh "$SOURCE/tests/dist/two_files.sh" "$SOURCE" here
(umask 077 && cd there && LC_ALL=C.UTF-8 TZ=Asia/Tokyo sh "$SOURCE/tests/dist/two_files.sh" "$SOURCE" .)
cmp here/vmclock.c there/vmclock.c
cmp here/vmclock.h there/vmclock.h
! grep -n '#include "' here/vmclock.h || fails "vmclock.h includes a file of ours"
[ "$(grep -c '#include "' here/vmclock.c)" = 1 ] || fails "vmclock.c includes more than its header"
for word in 'Copyright (c)' 'Redistributions of source code' 'THIS SOFTWARE IS PROVIDED'; do
    grep -qF "$word" here/vmclock.c && grep -qF "$word" here/vmclock.h || fails "the licence is not in both: $word"
done

# Beside the ordinary header: the same declarations and the same macros.
show() {
    echo '#include "vmclock.h"' | "$CC" -std=c11 -E -P -I"$1" -
    echo '#include "vmclock.h"' | "$CC" -std=c11 -dM -E -I"$1" - | sort
}
show here >one
show "$SOURCE/src/include" >other
grep -q vmclock_unchanged one && cmp one other || fails "the headers differ"

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wformat=2 -Wcast-qual -Wcast-align -Wvla -Wconversion
    -Wsign-conversion -Wdouble-promotion -Wnull-dereference -Wimplicit-fallthrough -Werror"
for options in '-std=c11 -O2' '-std=c17 -O0'; do
    "$CC" $options $warnings -Wstrict-prototypes -Wmissing-prototypes -ffreestanding -fno-stack-protector -fno-pic \
        -c here/vmclock.c -o core.o
done
"$CC" -std=c11 -O2 -ffreestanding -fno-stack-protector -fno-pic -c here/vmclock.c -o core.o
undefined=$(nm -u core.o | awk '$2 !~ /^(memcpy|memmove|memset|memcmp)$/')
[ -z "$undefined" ] || fails "it needs $undefined"
data=$(nm core.o | awk '$2 ~ /^[bBdDcC]$/')
[ -z "$data" ] || fails "it has writable data: $data"

if [ -n "${CXX-}" ]; then
    echo '#include "vmclock.h"' >header.cpp
    for standard in 11 14 17 20; do
        "$CXX" -std=c++$standard $warnings -ffreestanding -fsyntax-only -Ihere header.cpp
    done
fi

cp "$project/main.c" here/
"$CC" -std=c11 -Ihere -o program here/main.c here/vmclock.c
./program
