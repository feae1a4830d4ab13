# SPDX-License-Identifier: BSD-2-Clause
# `vmclock time`: what it refuses, in which order, with which exit status. usage: time_errors.sh VMCLOCK
. "$(dirname "$0")/lib.sh"

# refused SENTENCE REASON KIND STATUS ARGS...
refused() {
    sentence=$1 reason=$2 kind=$3 want=$4
    shift 4
    run time --format=json "$@"
    is "$sentence: exit status" "$want" "$status"
    json "$sentence: error" '[.ok, .error.reason, .error.kind]' "[false,\"$reason\",\"$kind\"]"
    json "$sentence: no values" '[has("sec"), has("counter"), has("utc")]' '[false,false,false]'
}

# Everything is wrong with this page; one thing after the other is put right.
clock_page p
put p 0 00
put p 12 03
put p 4 57 00 00 00
put p 10 ff
put p 34 00
refused "the page's own errors come first" bad-magic SegmentMalformed 1 p
put p 0 56
refused "then an update in progress" update-stalled SegmentNotInitialized 1 p
put p 12 04
refused "then an absent field" field-absent SegmentMalformed 1 p
json "the absent field is named" '[.error.field, .error.offset, .error.expected, .error.actual]' \
    '["time_frac_sec",80,"88","87"]'
put p 4 58
refused "then no counter" no-counter SegmentNotInitialized 1 p
refused "which does not matter for a given one; then the status" clock-not-ready SegmentNotInitialized 1 --counter=0 p
put p 10 07
refused "the status comes before a foreign counter" clock-not-ready SegmentNotInitialized 1 p
refused "which --force leaves" foreign-counter SegmentNotInitialized 1 --force p
refused "then the range" time-out-of-range SegmentMalformed 1 --force --counter=0x8000704886100000 p
run time --force --counter=123456789012345 -f json p
json "and without a fault there is a time, without bounds" '[.ok, .sec, .earliest, .clock_status_name]' \
    '[true,"1795322032",null,"UNKNOWN"]'

refused "a file that is not there" open-failed SyscallError 3 missing
: >empty
refused "an empty file" empty SegmentNotInitialized 1 empty
run time p
is "in text, an error is status 1 too" 1 "$status"
is "and nothing on standard output" "" "$(cat out)"

# In text: what is wrong, values by name, and what to do about it.
tells() { # SENTENCE FIRST LAST [STATUS] -- ARGS...: the first and the last line on standard error
    sentence=$1 first=$2 last=$3
    shift 3
    run time "$@"
    is "$sentence: nothing on standard output" "" "$(cat out)"
    is "$sentence: what is wrong" "vmclock: $first" "$(head -n 1 err)"
    is "$sentence: what to do" "$last" "$(tail -n 1 err)"
}
page q
tells "no clock data" "q: the page has no clock data: counter_id is INVALID" "      vmclock watch q" q
clock_page q
put q 34 01
tells "a clock that is not ready" \
    "q: the clock data may not be relied on in this status: clock_status is INITIALIZING" "      vmclock time --force q" q
put q 34 02
put q 10 07
tells "a foreign counter" \
    "q: the clock data is about a counter that this machine does not have: counter_id is 7, not $(
        case $(uname -m) in x86_64 | i?86) echo X86_TSC ;; aarch64) echo ARM_VCNT ;; *) echo INVALID ;; esac)" \
    "      vmclock time --counter=N q" q
tells "a time out of range" "q: the time is below 0 or beyond 64 bits of seconds" "      vmclock inspect q" \
    --counter=0x8000704886100000 q
put q 4 57 00
tells "a page without time" "q: the page ends before a field that is needed: time_frac_sec ends at byte 88, the page at 87" \
    "  The page is too short for clock data: its writer does not tell the time." q
put q 12 03
tells "an update in progress" "q: an update was begun and not ended: seq_count is 3" \
    "  The hypervisor has stalled or died in the midst of an update, or is paused. Try again later." --counter=1 q
put q 0 00
tells "no page" "q: this is not a VMClock page: magic is 0x4b4c4300, not 0x4b4c4356" \
    "  Check the path and the offset: every page starts with the bytes V C L K." q
run time missing
is "a missing file: status 3" 3 $status
is "a missing file" "vmclock: missing: cannot be opened: No such file or directory (ENOENT)" "$(cat err)"
run time -fjson missing
is "a missing file, in JSON: status 3" 3 $status
json "a missing file, in JSON" '[keys_unsorted,.path,.error.errno_name,.error.origin]' \
    '[["path","ok","error"],"missing","ENOENT","open"]'
is "a missing file, in JSON: nothing on standard error" "" "$(cat err)"

for wrong in --offset=x --offset= --counter=x --counter=1K --counter=-1 --counter=18446744073709551616 --counter= --format=xml --bogus; do
    run time "$wrong" p
    is "$wrong is wrong usage" 2 "$status"
done
run time p p
is "two pages are wrong usage" 2 "$status"
run time --help
is "--help is status 0" 0 "$status"
for option in --counter=N --force --offset=N -f, --format=text --help --version /dev/vmclock0 "Exit status"; do
    prints "time --help tells $option" out "$option"
done
is "it fits a terminal of 80 columns" "" "$(awk 'length > 80' out)"
