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
    echo '#include "vmclock.h"' | "$CC" -std=c11 -E -P -I"$1" - | tr -d ' \t' | grep .
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

# A program without any C library, of its own start and its own mem* functions.
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || exit 0
cat >here/bare.c <<'C'
#include "vmclock.h"

void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = ((const volatile char *)from)[i];
    return to;
}
void *memset(void *to, int c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((volatile char *)to)[i] = (char)c;
    return to;
}
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memmove(void *to, const void *from, size_t n) { return memcpy(to, from, n); }
int memcmp(const void *a, const void *b, size_t n) { return n == 0 || *(const char *)a == *(const char *)b ? 0 : 1; }

static int run(void)
{
    static const struct vmclock_page values = {.size = 112, .counter_id = 1, .disruption_marker = 41};
    static uint64_t region[14];
    struct vmclock_snapshot since;

    if (vmclock_publish_init(region, sizeof region, &values, NULL) != VMCLOCK_OK ||
        vmclock_snapshot_take(region, sizeof region, 1, &since, NULL) != VMCLOCK_OK ||
        !vmclock_unchanged(region, sizeof region, &since) ||
        vmclock_publish_disrupted(region, sizeof region, NULL) != VMCLOCK_OK)
        return 1;
    return vmclock_snapshot_compare(region, sizeof region, &since, 1) == VMCLOCK_DISRUPTED ? 42 : 2;
}

__attribute__((force_align_arg_pointer)) void _start(void)
{
    __asm__ volatile("syscall" : : "a"(231L), "D"((long)run()) : "rcx", "r11", "memory"); /* exit_group */
    __builtin_unreachable();
}
C
"$CC" -std=gnu11 -O1 -ffreestanding -fno-stack-protector -fno-builtin -nostdlib -static -Ihere -o bare here/bare.c \
    here/vmclock.c
status=0
./bare || status=$?
[ $status = 42 ] || fails "without a C library it ends with $status"
