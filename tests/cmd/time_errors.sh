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
prints "but a message" err "clock_status"

for wrong in --counter=x --counter=1K --counter=-1 --counter=18446744073709551616 --counter= --format=xml --bogus; do
    run time "$wrong" p
    is "$wrong is wrong usage" 2 "$status"
done
run time p p
is "two pages are wrong usage" 2 "$status"
run time --help
is "--help is status 0" 0 "$status"
prints "--help tells of --counter" out "--counter=N"
