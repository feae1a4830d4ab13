# SPDX-License-Identifier: BSD-2-Clause
# `vmclock watch` at moments that a script cannot hit: see staged.c. Signals right before it sleeps, a file that is
# replaced twice between two looks, and the time to the digit.
. "$(dirname "$0")/lib.sh"

page p

# ---- A signal after the look at it and before the sleep ----

# signalled WANTED NUMBER ARGS...: status and lines; what is not woken sleeps on, and is ended with status 124
signalled() {
    wanted=$1 number=$2
    shift 2
    status=0
    STAGE_SIGNAL=$number STAGE_AT=wait timeout -k 1 25 env --default-signal "$VMCLOCK" watch -fjson --until=flags --timeout=100 \
        --interval=100000000 "$@" p >out 2>err || status=$?
    [ $status -lt 128 ] || : >err # where the shell says how it ended
    is "signal $number ${STAGE_TIMES:+$STAGE_TIMES times }${STAGE_PAUSE:+and $STAGE_PAUSE waits }right before the sleep" \
        "$wanted" "$status $(jq -c .events out) $(cat err)"
}
signalled '0 ["initial"] ' 15
signalled '0 ["initial"] ' 2
signalled '0 ["initial"] ' 14
STAGE_TIMES=2 signalled '143 ["initial"] ' 15
STAGE_TIMES=2 signalled '130 ["initial"] ' 2
STAGE_PAUSE=1 signalled '0 ["initial"] ' 15 # the alarm rings on, whatever becomes of the first
signalled '129 ["initial"] ' 1
for number in 2 15; do
    status=0
    (
        trap '' $number
        STAGE_SIGNAL=$number STAGE_AT=wait exec "$VMCLOCK" watch -fjson --until=flags --timeout=0.02 p
    ) >out 2>err || status=$?
    is "signal $number, ignored from the start" '1 ["initial"] ' "$status $(jq -c .events out) $(cat err)"
done

# A signal while standard output takes nothing: the line is finished.
mkfifo full
exec 9<>full
head -c 65536 /dev/zero >&9
env --default-signal "$VMCLOCK" watch -fjson --timeout=20 p >full 2>err 9<&- &
watcher=$!
for try in $(seq 200); do
    has_open $watcher p && grep -q pipe_write /proc/$watcher/wchan 2>/dev/null && break
    [ "$try" -lt 20 ] || ! has_open $watcher p || break
    sleep 0.05
done
kill -INT $watcher
sleep 0.2
dd bs=4096 count=16 <&9 of=/dev/null status=none
status=0
wait $watcher || status=$?
dd bs=4096 count=1 <&9 of=out status=none
exec 9<&-
is "a signal in the midst of a line" '0 ["initial"] ' "$status $(jq -c .events out) $(cat err)"

# ---- A file that is replaced, and put back before it is opened ----

# start NAMES: for STAGE_OPEN; waits for the first line
start() {
    : >out
    STAGE_OPEN=$1 "$VMCLOCK" watch -fjson --timeout=10 --interval=20 --count=2 q >out 2>err &
    watcher=$!
    for try in $(seq 200); do
        [ -s out ] && break
        sleep 0.05
    done
    page other
}
page q
ln q kept
start kept:q
mv other q # kept takes its place again before it is opened
for try in $(seq 200); do
    [ -e kept ] || break
    sleep 0.05
done
sleep 0.1
put q 16 05
status=0
wait $watcher || status=$?
is "a file that is there again is the same" '0 [["initial"],["disruption"]]' "$status $(jq -sc 'map(.events)' out)"
start none:none
mv other q
status=0
wait $watcher || status=$?
is "another one is another one" '0 [["initial"],["replaced","disruption"]]' "$status $(jq -sc 'map(.events)' out)"

# ---- The time of a line ----

# at S.NANOSECONDS ZONE WANTED-JSON WANTED-TEXT
at() {
    STAGE_CLOCK=$1 TZ=$2 run watch -fjson --count=1 p
    json "observed at $1, in JSON" .observed "\"$3\""
    STAGE_CLOCK=$1 TZ=$2 run watch --count=1 p
    is "observed at $1 in $2, in text" "$4  watching" "$(sed 's/watching.*/watching/' out)"
}
at 0.000000000 UTC0 1970-01-01T00:00:00.000000Z "1970-01-01 00:00:00.000 +0000"
at 1795582690.870123999 UTC0 2026-11-25T04:58:10.870123Z "2026-11-25 04:58:10.870 +0000"
at 1795582690.000999999 XXX-5:30 2026-11-25T04:58:10.000999Z "2026-11-25 10:28:10.000 +0530"
at 1795582690.999999999 XXX+8 2026-11-25T04:58:10.999999Z "2026-11-24 20:58:10.999 -0800"
at 1795582690.000001000 UTC0 2026-11-25T04:58:10.000001Z "2026-11-25 04:58:10.000 +0000"
at 1795582690.001000000 UTC0 2026-11-25T04:58:10.001000Z "2026-11-25 04:58:10.001 +0000"
