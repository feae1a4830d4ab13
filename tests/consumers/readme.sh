#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The README's examples are what they say: they compile as they stand, and print what a comment claims; its commands
# run.
. "$(dirname "$0")/lib.sh"
cd "$work"
sed -n '/^```c$/,/^```$/p' "$SOURCE/README.md" | grep -v '^```' >example.c
cat >main.c <<'C'
#include <stdlib.h>
#include <string.h>

static void publish(const char *option)
{
    char command[4096];

    snprintf(command, sizeof command, "\"%s/vmclock\" publish %s page.bin", getenv("BUILD"), option);
    if (system(command) != 0)
        exit(1);
}

int main(int argc, char **argv)
{
    unsigned char page[40] = {'V', 'C', 'L', 'K', 40, 0, 0, 0, 1, 0, 255, 0, 2};
    struct vmclock_snapshot since = {{0}, 0, 0, 0};
    struct vmclock_device device;

    if (argc > 1)
        return tell_time(argv[1]);
    page[16] = 7;
    show(page, sizeof page); /* no flag is set: no offset */
    page[24] = 1;
    page[36] = (unsigned char)-37;
    page[37] = 255;
    show(page, sizeof page);
    memset(page, 0, sizeof page);
    show(page, sizeof page);

    if (vmclock_device_open(&device, "page.bin", 0, NULL) != VMCLOCK_OK)
        return 1;
    printf("guard: %d", undisturbed(&device, &since));
    printf(" %d", undisturbed(&device, &since));
    publish("--set clock_status=UNRELIABLE");
    printf(" %d", undisturbed(&device, &since));
    publish("--disrupt");
    printf(" %d", undisturbed(&device, &since));
    printf(" %d\n", undisturbed(&device, &since));
    vmclock_device_close(&device);
    return 0;
}
C
{ cat example.c; echo; cat main.c; } >both.c
"$CC" -std=c11 -Wall -Wextra -Werror -I"$SOURCE/src/include" -o example both.c \
    "$SOURCE"/src/*.c "$SOURCE"/src/posix/*.c
[ -x "$BUILD/vmclock" ] || exit 0 # built without the command

# claimed START: the comment that starts so, without its dots.
claimed() { sed -n "s|.*/\* \($1.*\) \*/.*|\1|p" example.c | sed 's/, \.\.\.$//' | grep .; }
publish() { "$BUILD/vmclock" publish "$@" page.bin; }

publish
./example >out
cat out
[ "$(wc -l <out)" = 5 ]
[ "$(grep -cFx 'disruption marker 7' out)" = 2 ] && [ "$(grep -c 'UTC is TAI' out)" = 1 ]
grep -Fx 'UTC is TAI -37 s' out
grep -F "$(claimed 'SegmentMalformed: ')" out
grep -Fx 'guard: 0 1 1 0 1' out

# A page without clock data, one with maximum errors, and one without them, as the kernel's own writer makes.
rm page.bin
publish
! ./example page.bin >out || fails "a page without clock data has a time"
grep -F "$(claimed 'SegmentNotInitialized: ')" out
publish --calibrate
seconds=$(date +%s)
./example page.bin >out
cat out
sed -n 's/^\([0-9: -]*\)\.[0-9]\{9\} UTC, not before \([0-9]*\)\.[0-9]\{9\} nor after \([0-9]*\)\.[0-9]\{9\}; disruption marker 1$/\1,\2,\3/p' \
    out >fields
IFS=, read -r shown earliest latest <fields
[ $((earliest - seconds)) -le 5 ] && [ $((latest - seconds)) -ge -5 ]
shown=$(date -u -d "$shown" +%s)
[ "$earliest" -le "$shown" ] && [ "$shown" -le "$latest" ]
publish --calibrate --set 'flags=TAI_OFFSET_VALID|TIME_MONOTONIC'
./example page.bin >out
cat out
grep -x '[0-9: -]*\.[0-9]\{9\} UTC; disruption marker 1' out
publish --calibrate --set time_type=MONOTONIC
./example page.bin >out
grep -x '[0-9]* s by a clock that does not tell UTC' out

# The commands, those that follow a page for half a second.
rm page.bin
grep '^    vmclock publish ' "$SOURCE/README.md" >commands
[ "$(wc -l <commands)" -ge 2 ]
while read -r line; do
    echo "$line" | sed 's/vmclock watch/vmclock watch --timeout=0.5/' >command
    grep -q '\[' command && continue # a synopsis
    PATH=$BUILD:$PATH sh -eu command >out
    cat out
done <commands

# The lines for a VMM's test suite: each is right for its own case, and for no other.
rm page.bin
publish --set flags=VM_GEN_COUNTER_PRESENT
cp page.bin before.bin
for event in restored:--snapshot-restored disrupted:--disrupt; do
    cp before.bin page.bin
    publish "${event#*:}"
    cp page.bin after.bin
    grep '^    vmclock diff .*--expect=[a-z]' "$SOURCE/README.md" >commands
    [ "$(wc -l <commands)" = 2 ]
    while read -r line; do
        status=0
        echo "$line" >command
        PATH=$BUILD:$PATH sh -eu command >out || status=$?
        case $line in *"=${event%:*} "*) [ $status = 0 ] ;; *) [ $status = 1 ] ;; esac || fails "$line: $status"
    done <commands
done
