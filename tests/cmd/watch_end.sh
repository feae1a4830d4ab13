# SPDX-License-Identifier: BSD-2-Clause
# How `vmclock watch` ends, what it costs meanwhile, and wrong usage.
. "$(dirname "$0")/lib.sh"

# The longest that anything here may take; what should end at once is far from it, even under sanitizers.
start() { # ARGS...: in the background; waits for its first line
    : >w.out
    # A script's jobs in the background are started with SIGINT ignored.
    env --default-signal=INT "$VMCLOCK" watch "$@" >w.out 2>w.err &
    watcher=$!
    for try in $(seq 400); do
        [ -s w.out ] && break
        sleep 0.05
    done
}
ended() { # SENTENCE STATUS: it ends within 10 s
    for try in $(seq 100); do
        kill -0 $watcher 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL $watcher 2>/dev/null
    ended=0
    wait $watcher 2>wait.err || ended=$?
    is "$1: status $2" "$2" $ended
    is "$1: nothing on standard error" "" "$(cat w.err)"
}
page p

run watch --count=1 p
is "--count=1 ends after the first line" "0 1" "$status $(wc -l <out | tr -d ' ')"
run watch --timeout=0 p
is "--timeout=0 ends after the first line" "0 1" "$status $(wc -l <out | tr -d ' ')"
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; } # in 10 ms
begun=$(now)
run watch --timeout=0.75 --interval=100000 p
spent=$((($(now) - begun) * 10))
is "--timeout=0.75 ends with status 0" 0 $status
is "--timeout=0.75 lasts so long" yes "$([ $spent -ge 740 ] && echo yes || echo $spent)"
is "--timeout=0.75 does not wait for the interval" yes "$([ $spent -lt 10000 ] && echo yes || echo $spent)"

for signal in INT TERM; do
    start -fjson --interval=100000000 p
    kill -$signal $watcher
    ended "SIG$signal, in the midst of a long interval" 0
    is "SIG$signal: the line is whole" '["initial"]' "$(jq -c .events w.out)"
done
"$VMCLOCK" publish --stall stalled
start -fjson stalled
kill -INT $watcher
ended "SIGINT while the page is stalled" 0

# What a script starts in the background has SIGINT ignored, and keeps it so.
: >w.out
"$VMCLOCK" watch --timeout=30 --interval=10 p >w.out 2>w.err &
watcher=$!
for try in $(seq 400); do
    [ -s w.out ] && break
    sleep 0.05
done
kill -INT $watcher
"$VMCLOCK" publish --disrupt p
for try in $(seq 100); do
    [ "$(wc -l <w.out)" -ge 2 ] && break
    sleep 0.05
done
is "a SIGINT that was ignored at the start stays so" 2 "$(wc -l <w.out | tr -d ' ')"
kill -TERM $watcher
ended "and SIGTERM still ends it" 0

# The event that is waited for.
run watch --until=initial p
is "--until=initial ends after the first line" "0 1" "$status $(wc -l <out | tr -d ' ')"
run watch --until=disruption --timeout=0.05 p
is "--until, and --timeout comes first: status 1" "1 1" "$status $(wc -l <out | tr -d ' ')"
run watch --until=disruption --count=1 --timeout=30 p
is "--until, and --count comes first: status 0" "0 1" "$status $(wc -l <out | tr -d ' ')"
run watch --until=invalid stalled
is "--until=invalid, when it is so from the start" "0 1" "$status $(wc -l <out | tr -d ' ')"
start --until=disruption p
kill -INT $watcher
ended "--until, and SIGINT comes first" 0

# Standard output.
run watch missing
is "a missing page: status 3" 3 $status
is "a missing page: no output" "" "$(cat out)"
is "a missing page: what failed" "vmclock: missing: cannot be opened: No such file or directory (ENOENT)" "$(head -n 1 err)"
run watch -fjson .
is "a directory: status 3" 3 $status
run watch -fjson missing
is "a missing page, in JSON: status 3" 3 $status
is "a missing page, in JSON: nothing on standard error" "" "$(cat err)"
json "a missing page, in JSON" '[keys_unsorted,.path,.error.kind,.error.reason,.error.errno_name,.error.origin]' \
    '[["path","error"],"missing","SyscallError","open-failed","ENOENT","open"]'
[ -e /dev/vmclock0 ] || {
    run watch
    is "no device: status 3" 3 $status
    prints "no device: advice" err "driver ptp_vmclock"
}
if [ -e /dev/full ]; then
    status=0
    timeout 20 "$VMCLOCK" watch p >/dev/full 2>err || status=$?
    is "a full disk ends it with status 3" 3 $status
    prints "a full disk is told" err "vmclock: standard output: No space left on device"
fi
status=0
timeout 20 "$VMCLOCK" watch p >&- 2>err || status=$?
is "closed output ends it with status 3" 3 $status
mkfifo pipe
"$VMCLOCK" watch p >pipe 2>w.err &
watcher=$!
head -n 1 <pipe >out
ended "a reader that goes away ends it quietly, though nothing changes" 0
is "after its line" 1 "$(wc -l <out | tr -d ' ')"

# At rest it costs next to nothing: less than 5 % of a CPU, on a file and on a stalled one.
for file in p stalled; do
    start --timeout=60 $file
    sleep 1 # to start takes some, under sanitizers
    before=$(awk '{print $14 + $15}' /proc/$watcher/stat)
    sleep 2
    ticks=$(($(awk '{print $14 + $15}' /proc/$watcher/stat) - before))
    kill -INT $watcher
    ended "$file at rest" 0
    is "$file at rest: at most 10 of 200 ticks of CPU time" yes "$([ "$ticks" -le 10 ] && echo yes || echo $ticks)"
done

# Usage.
wrong() { # SENTENCE MESSAGE ARGS...
    sentence=$1 message=$2
    shift 2
    run watch "$@"
    is "$sentence: status 2" 2 $status
    is "$sentence: no output" "" "$(cat out)"
    is "$sentence" "vmclock watch: $message" "$(head -n 1 err)"
}
wrong "two pages" "one page at a time: 'q'" p q
wrong "a format" "the format is neither text nor json: 'xml'" -f xml p
for count in 0 -1 x 1K ''; do
    wrong "count '$count'" "this is no number of lines: '$count'" "--count=$count" p
done
for timeout in '' . -1 x 1s 1.5.2 ' 1' 1e3 0.0000000001 10000000000; do
    wrong "timeout '$timeout'" "the timeout is no number of seconds: '$timeout'" "--timeout=$timeout" p
done
for interval in 0 -1 0.5 '' 2147483648; do
    wrong "interval '$interval'" "the interval is no number of milliseconds from 1 to 2^31 - 1: '$interval'" "--interval=$interval" p
done
for event in '' x Disruption disruption,flags; do
    wrong "event '$event'" "there is no such event: '$event'" "--until=$event" p
done
for timeout in 0 0.0 .0 0. 0.000000001 000; do
    run watch --timeout=$timeout p
    is "timeout $timeout" 0 $status
done
run watch --count=1 --timeout=999999999 --interval=2147483647 p
is "the largest numbers" 0 $status
run watch --help
for option in -f, --format=text --offset=N --count=N --timeout=S --until=EVENT --interval=MS --help --version /dev/vmclock0 "Exit status"; do
    prints "watch --help tells $option" out "$option"
done
is "it fits a terminal of 80 columns" "" "$(awk 'length > 80' out)"
run watch --version
is "the version" "vmclock 0.1.0" "$(cat out)"
