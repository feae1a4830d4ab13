# SPDX-License-Identifier: BSD-2-Clause
# Standard output and memory that fail, wherever they fail: see staged.c. Closed standard descriptors.
. "$(dirname "$0")/lib.sh"

page qemu.bin
clock_page clock.bin
cp clock.bin later.bin
put later.bin 4 70 00
put later.bin 12 04
put later.bin 16 06
: >empty.bin

# ---- Memory ----

step=1 # a sanitizer makes each call ten times slower
[ -z "${VMCLOCK_SANITIZE-}" ] || step=11
# starves SENTENCE ARGS...: at each allocation in turn; then there is enough
starves() {
    sentence=$1
    shift
    number=$((1 - step)) wrong= enough=
    while [ -z "$enough" ] && [ $number -lt 1000 ]; do
        number=$((number + step))
        STAGE_MEMORY=$number run "$@"
        case "$status $(cat err)" in
        "3 vmclock: out of memory") ;;
        [01]" "*" allocations") enough=$(sed 's/ .*//' err) ;;
        *) wrong="$wrong $number: $status $(cat err)" ;;
        esac
    done
    is "$sentence: without memory for each of ${enough:-too many} allocations" "" "$wrong"
    is "$sentence: some were tried" yes "$([ "${enough:-0}" -gt 5 ] && echo yes)"
}
hex 56 43 4c 4b 20 00 00 00 01 00 01 01 03 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 >small.bin
cp small.bin smaller.bin
put smaller.bin 12 02
put smaller.bin 24 00
starves "inspect, a page with findings" inspect -fjson small.bin
starves "inspect, no page" inspect -fjson empty.bin
starves "diff, with transitions" diff -fjson small.bin smaller.bin
starves "time" time -fjson --counter=1 clock.bin
starves "watch" watch -fjson --count=1 small.bin
starves "scan" scan -fjson small.bin

# ---- Writing ----

# fails SENTENCE WORDS ARGS...: after STAGE_... as the environment has it
fails() {
    sentence=$1 words=$2
    shift 2
    run "$@"
    is "$sentence" "3 vmclock: standard output: $words" "$status $(cat err)"
}
STAGE_FLUSH=5 fails "fflush() fails" "Input/output error" --version
STAGE_FLUSH=28 fails "fflush() fails as on a full disk" "No space left on device" inspect qemu.bin
STAGE_FLUSH=0 fails "fflush() fails and does not say why" "Input/output error" --help
STAGE_CLOSE=5 fails "fclose() fails" "Input/output error" inspect qemu.bin
STAGE_CLOSE=122 fails "fclose() fails as above a quota" "Disk quota exceeded" inspect empty.bin qemu.bin
STAGE_FLUSH=28 STAGE_CLOSE=5 fails "the first failure is told" "No space left on device" inspect qemu.bin
STAGE_FLUSH=28 fails "of several inputs, once" "No space left on device" inspect qemu.bin empty.bin qemu.bin
STAGE_FLUSH=28 fails "scan" "No space left on device" scan qemu.bin qemu.bin
STAGE_FLUSH=28 fails "watch ends with it" "No space left on device" watch --timeout=20 qemu.bin
STAGE_FLUSH=28 fails "diff" "No space left on device" diff qemu.bin qemu.bin
STAGE_FLUSH=28 fails "time" "No space left on device" time --counter=1 clock.bin
STAGE_FLUSH=28 run inspect --foo
is "wrong usage is told as well" "3 3" "$status $(grep -c . err)"

# A pipe that nobody reads, where the signal for that is ignored.
for command in "inspect qemu.bin" "inspect -fjson qemu.bin" "diff qemu.bin later.bin" "time --counter=1 clock.bin" \
    "scan qemu.bin" --help --version; do
    { (
        trap '' PIPE
        sleep 0.05 # until nobody reads
        status=0
        "$VMCLOCK" $command 2>err || status=$?
        echo $status >status
    ); } | :
    for try in $(seq 100); do
        [ -s status ] && break
        sleep 0.02
    done
    is "a pipe that nobody reads: $command" "3 vmclock: standard output: Broken pipe" "$(cat status) $(cat err)"
    rm status
done
is_full() { # SENTENCE ARGS...
    sentence=$1
    shift
    status=0
    "$VMCLOCK" "$@" >/dev/full 2>err || status=$?
    is "a full disk, $sentence" "3 vmclock: standard output: No space left on device" "$status $(tail -n 1 err)"
}
for command in inspect scan time diff watch publish; do
    is_full "$command --help" $command --help
    is_full "$command --version" $command --version
done
is_full "help" help
is_full "--version" --version
is_full "diff" diff qemu.bin later.bin
is_full "time" time --counter=1 clock.bin
is_full "an invalid page" inspect empty.bin
is_full "an unreadable page, told on standard error, and a good one" inspect missing qemu.bin
status=0
"$VMCLOCK" publish new.bin >/dev/full 2>err || status=$?
is "who prints nothing need not be heard" "0 " "$status $(cat err)"

# ---- Closed descriptors ----

# What is opened does not take the place of a standard descriptor: nothing is written into it, nor read from it.
cp clock.bin kept.bin
closed() { # SENTENCE WANTED: of $status, what was printed, and the page
    is "$1" "$2" "$status $(cat out err)"
    is "$1: the page is as it was" "" "$(cmp clock.bin kept.bin 2>&1)"
}
: >out
: >err
status=0; "$VMCLOCK" --version >&- 2>err || status=$?
closed "standard output closed" "3 vmclock: standard output: Bad file descriptor"
status=0; "$VMCLOCK" inspect clock.bin >&- 2>err || status=$?
closed "standard output closed, inspect" "3 vmclock: standard output: Bad file descriptor"
status=0; "$VMCLOCK" watch --timeout=20 clock.bin >&- 2>err || status=$?
closed "standard output closed, watch" "3 vmclock: standard output: Bad file descriptor"
status=0; "$VMCLOCK" inspect clock.bin <&- >&- 2>err || status=$?
closed "standard input and output closed" "3 vmclock: standard output: Bad file descriptor"
: >err
status=0; "$VMCLOCK" publish --set magic=1 --set pad=x clock.bin 2>&- >out || status=$?
closed "standard error closed, wrong usage" "2 "
put clock.bin 4 68 00
cp clock.bin kept.bin
status=0; "$VMCLOCK" publish --snapshot-restored clock.bin 2>&- >out || status=$?
closed "standard error closed, a complaint about the page that is open" "1 "
status=0; "$VMCLOCK" publish --snapshot-restored clock.bin <&- 2>&- >out || status=$?
closed "standard input and error closed" "1 "
status=0; "$VMCLOCK" publish --snapshot-restored clock.bin <&- >&- 2>&- || status=$?
closed "all three closed: nothing was to be printed on the one that counts" "1 "
status=0; "$VMCLOCK" inspect clock.bin >&- 2>&- || status=$?
closed "standard output and error closed" "3 "
cp qemu.bin clock.bin
cp qemu.bin kept.bin
for command in inspect time scan; do
    status=0; "$VMCLOCK" $command -fjson - <&- >out 2>err || status=$?
    is "standard input closed, $command" '3 ["read-failed","EBADF"]' \
        "$status $(jq -c '.error|[.reason,.errno_name]' out)"
done
status=0; "$VMCLOCK" diff -fjson clock.bin - <&- >out 2>err || status=$?
is "standard input closed, diff" '3 [null,"EBADF"]' "$status $(jq -c '[.before.error,.after.error.errno_name]' out)"
status=0; "$VMCLOCK" inspect -fjson - <&- >&- 2>err || status=$?
is "standard input closed, and output" "3 vmclock: standard output: Bad file descriptor" "$status $(cat err)"
status=0
"$VMCLOCK" publish --disrupt clock.bin <&- >&- 2>&- || status=$?
is "publish with all three closed: the update is made" '[4,"2"]' "$("$VMCLOCK" inspect -fjson clock.bin | jq -c '.fields|[.seq_count,.disruption_marker]')"
is "its status: it has nothing to print" 0 $status
"$VMCLOCK" publish --disrupt clock.bin >&- || status=$?
is "publish with standard output closed" 0 $status

# They are filled before anything is opened, so that nothing else takes its place.
for descriptor in 0 2; do
    case $descriptor in
    0) "$VMCLOCK" watch --timeout=20 clock.bin <&- >out & ;;
    2) "$VMCLOCK" watch --timeout=20 clock.bin 2>&- >out & ;;
    esac
    watcher=$!
    for try in $(seq 300); do
        has_open $watcher clock.bin && break
        sleep 0.02
    done
    found=$(readlink /proc/$watcher/fd/$descriptor)
    kill $watcher 2>/dev/null
    wait $watcher 2>/dev/null
    is "descriptor $descriptor is filled when it is closed" /dev/null "$found"
done
