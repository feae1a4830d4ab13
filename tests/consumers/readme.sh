#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The README's example is what it says: it compiles as it stands, and prints what its comment claims.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sed -n '/^```c$/,/^```$/p' "$SOURCE/README.md" | sed '1d;$d' >example.c
cat >main.c <<'C'
#include <string.h>
void show(const void *bytes, size_t len);
int main(void)
{
    unsigned char page[32] = {'V', 'C', 'L', 'K', 32, 0, 0, 0, 1, 0, 255, 0, 2};
    page[16] = 7;
    show(page, sizeof page);
    memset(page, 0, sizeof page);
    show(page, sizeof page);
    return 0;
}
C
{ cat example.c; echo; cat main.c; } >both.c
"$CC" -std=c11 -Wall -Wextra -Werror -I"$SOURCE/src" -o example both.c "$SOURCE"/src/*.c
./example >out
cat out
grep -Fx 'disruption marker 7' out
claimed=$(sed -n 's|.*/\* \(SegmentMalformed: .*\), \.\.\. \*/.*|\1|p' example.c)
[ -n "$claimed" ] && grep -F "$claimed" out
