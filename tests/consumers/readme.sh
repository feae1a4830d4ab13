#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The README's examples are what they say: they compile as they stand, and print what a comment claims.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sed -n '/^```c$/,/^```$/p' "$SOURCE/README.md" | grep -v '^```' >example.c
cat >main.c <<'C'
#include <string.h>
void show(const void *bytes, size_t len);
int tell_time(const char *path);
int main(void)
{
    unsigned char page[32] = {'V', 'C', 'L', 'K', 32, 0, 0, 0, 1, 0, 255, 0, 2};
    page[16] = 7;
    show(page, sizeof page);
    memset(page, 0, sizeof page);
    show(page, sizeof page);
    return tell_time("/dev/zero") == VMCLOCK_ERR_SYSCALL ? 0 : 1; /* it can be mapped, but is no page */
}
C
{ cat example.c; echo; cat main.c; } >both.c
"$CC" -std=c11 -Wall -Wextra -Werror -I"$SOURCE/src/include" -o example both.c \
    "$SOURCE"/src/*.c "$SOURCE"/src/posix/*.c
./example >out
cat out
[ "$(wc -l <out)" = 3 ]
grep -Fx 'disruption marker 7' out
claimed=$(sed -n 's|.*/\* \(SegmentMalformed: .*\), \.\.\. \*/.*|\1|p' example.c)
[ -n "$claimed" ] && grep -F "$claimed" out
