# SPDX-License-Identifier: BSD-2-Clause
# Character devices: those that hold no page, which are never touched, and a stand-in for one that does.
# usage: devices.sh COMMAND PRELOADED-LIBRARY
. "$(dirname "$0")/lib.sh"
library=$2

mkfifo fifo
page page
for command in "watch --timeout=1" time; do
    for path in /dev/zero /dev/null /dev/full /dev/urandom; do
        run $command -fjson $path
        is "$command $path: status 3" 3 $status
        json "$command $path" '.error|[.reason,.errno_name]' '["map-failed","ENODEV"]'
    done
done
for path in fifo .; do
    run watch -fjson --timeout=1 $path
    json "watch $path" '.error|[.reason,.errno_name]' '["map-failed","ENODEV"]'
done
run watch --timeout=1 /dev/zero
prints "it says how to look at it" err "vmclock inspect /dev/zero"

if [ -n "${VMCLOCK_SANITIZE-}" ]; then
    echo "nothing can be loaded before a sanitizer: the stand-in is not tested"
    exit 0
fi

device() { # OPTIONS...: the command, for which "device" is one
    status=0
    VMCLOCK_TEST_DEVICE=device LD_PRELOAD="$library" "$VMCLOCK" "$@" >out 2>err || status=$?
}

# Two pages of memory: nothing, and a page of 3840 bytes 256 bytes into the second.
clock_page clock
put clock 4 00 0f
truncate -s 8192 device
dd if=clock of=device bs=1 seek=4352 count=112 conv=notrunc status=none
device watch -fjson --count=1 --offset=4352 device
json "a device is mapped at an offset inside a page" '[.events,.seq_count,.disruption_marker]' '[["initial"],2,"7"]'
device time -fjson --offset=4352 --force device
json "time reads it there, too" '.error.reason // "ok"' "$(device time -fjson clock; jq -c '.error.reason // "ok"' out)"
device watch -fjson --count=1 --offset=0x1104 device
json "what is no page there is refused" '.error|[.reason,.errno_name]' '["map-failed","ENODEV"]'
put device 4356 01 0f
device watch -fjson --count=1 --offset=4352 device
json "the region ends with its page of memory" '[.events,.error.reason,.error.expected]' \
    '[["initial","invalid"],"size-exceeds-region","3840"]'
dd if=clock of=device bs=1 seek=4100 count=112 conv=notrunc status=none
device watch -fjson --count=1 --offset=4100 device
json "a page that is not aligned to 8 bytes" '[.events,.error.reason,.error.actual]' \
    '[["initial","invalid"],"region-misaligned","4"]'
