# SPDX-License-Identifier: BSD-2-Clause
# `vmclock time` on pages at rest: values for a given counter, in JSON and in text. usage: time_values.sh VMCLOCK
. "$(dirname "$0")/lib.sh"

# The page: counter 123456789012345 (0x7048860ddf79) is 1795322032.5 s TAI (0x6b0270b0), 1 GHz, within 2500 ns and
# 99370300000000 / 0x89705f4136b4a597, about 10 ppm, of a tick a tick.
clock_page p
run time --counter=123456789012345 --format=json p
is "a given counter is converted on any machine" 0 "$status"
json "the keys come in the documented order" 'keys_unsorted' \
    '["path","ok","error","counter","time_type","time_type_name","sec","frac_sec","nsec","earliest","latest","utc","utc_earliest","utc_latest","clock_status","clock_status_name","disruption_marker","system_offset_nsec","system_offset_error_nsec"]'
json "at the reference point it is the reference time" '[.sec, .frac_sec, .nsec]' \
    '["1795322032","9223372036854775808",500000000]'
json "bounds there are those of the reference time" '[.earliest, .latest]' \
    '[{"sec":"1795322032","nsec":499997500},{"sec":"1795322032","nsec":500002500}]'
json "UTC is TAI less 37 s" '.utc' '{"sec":"1795321995","nsec":500000000,"leap_second":false}'
json "the bounds as UTC are the same, less 37 s" '[.utc_earliest, .utc_latest]' \
    '[{"sec":"1795321995","nsec":499997500},{"sec":"1795321995","nsec":500002500}]'
json "the rest is as on the page" '[.path, .ok, .error, .counter, .disruption_marker]' \
    '["p",true,null,"123456789012345","7"]'
json "numbers and names" '[.time_type, .time_type_name, .clock_status, .clock_status_name]' '[1,"TAI",2,"SYNCHRONIZED"]'

# 10^9 ticks of 0x89705f4136b4a597 / 2^93 s: the period is below 1 ns by less than 2^-93 s, so a nanosecond is missing.
run time --counter=123457789012345 -f json p
json "a second of ticks later it is a second later, rounded down" '[.sec, .nsec]' '["1795322033",499999999]'
run time --counter=123455789012345 -f json p
json "a second of ticks before it is a second before" '[.sec, .nsec]' '["1795322031",500000000]'
run time --counter=0x7048860ddf79 -f json p
json "a counter may be hexadecimal" '.counter' '"123456789012345"'

json "of a given counter nothing is known about this machine's clock" '[.system_offset_nsec, .system_offset_error_nsec]' \
    '[null,null]'
run time --counter=0x7048860ddf79 p
is "nor in text" 0 "$(grep -c system out)"
prints "text tells the error to the nanosecond" out "at most 2.500 us early, 2.500 us late"

# An inserted second, by the page's leap_indicator, from a reference point in the second before: at 2016-12-31 23:59:60
# UTC TAI counts 1483228836.
put p 36 dc ff
put p 38 01
put p 72 a3 46 68 58
run time --counter=123457789012346 -f json p
json "PRE_POS: during the inserted second UTC counts 23:59:59 again" '.utc' \
    '{"sec":"1483228799","nsec":500000000,"leap_second":true}'
put p 36 24 00
run time --counter=123457789012346 -f json p
json "a positive offset means the same" '.utc' '{"sec":"1483228799","nsec":500000000,"leap_second":true}'
run time --counter=123457289012345 -f json p
json "bounds that hold the beginning of a leap second are none as UTC" '[.utc_earliest, .utc_latest, (.earliest != null)]' \
    '[null,null,true]'
run time --counter=123457789012346 p
prints "text shows the inserted second" out "2016-12-31 23:59:60.500000000"
prints "text tells the time type" out "2017-01-01 00:00:36.500000000 TAI"
prints "text tells the status" out "SYNCHRONIZED"
prints "text tells the age of the calibration" out "1.000000000 s since the calibration"
put p 36 00 00
run time --counter=123456789012345 -f json p
json "an offset that is none gives no UTC" '[.utc, .utc_earliest, .utc_latest]' '[null,null,null]'
run time --counter=123456789012345 p
prints "text says that UTC is unknown" out "unknown, the page does not tell"

clock_page p
put p 24 39
run time --counter=0x7048860ddf79 -f json p
json "without the flag of one maximum error there are no bounds" '[.earliest, .latest, .utc_earliest, .utc_latest, .utc.sec]' \
    '[null,null,null,null,"1795321995"]'
put p 11 02
run time --counter=0x7048860ddf79 -f json p
json "MONOTONIC converts, without UTC" '[.time_type_name, .sec, .utc]' '["MONOTONIC","1795322032",null]'
run time --counter=0x7048860ddf79 p
prints "what has no date is a count of seconds" out "1795322032.500000000 s, MONOTONIC"
put p 11 c8
run time --counter=0x7048860ddf79 -f json p
json "an unknown time type converts, without a name" '[.time_type, .time_type_name, .sec]' '[200,null,"1795322032"]'

# A page further on.
clock_page p
{ head -c 4096 /dev/zero && cat p; } >image
for offset in 4096 0x1000 4K; do
    run time --counter=0x7048860ddf79 --offset=$offset -f json image
    json "--offset=$offset" '[.ok, .sec]' '[true,"1795322032"]'
done
cat image | "$VMCLOCK" time --counter=0x7048860ddf79 --offset=4K -f json - >out
json "--offset into a pipe" '[.ok, .sec]' '[true,"1795322032"]'
run time --counter=0 --offset=4097 -f json image
json "a byte further there is none" '[.ok, .error.reason]' '[false,"bad-magic"]'

clock_page p
run time --counter=0x7048860ddf79 -f json - <p
json "- is standard input" '[.path, .sec]' '["-","1795322032"]'

# This machine's own counter.
clock_page p
case $(uname -m) in
x86_64 | i?86) ours=01 ours_number=1 other=00 ;;
aarch64) ours=00 ours_number=0 other=01 ;;
*) ours= other=00 ;;
esac
if [ -n "$ours" ]; then
    put p 10 "$ours"
    put p 40 00 00 00 00 00 00 00 00
    run time -f json p
    first=$(jq -r .counter out)
    run time -f json p
    json "without --counter the CPU's own is read, and it advances" "(.counter | tonumber) > $first" 'true'
    { head -c 4100 /dev/zero && cat p; } >image
    run time -f json --offset=4100 image
    json "--offset without --counter, on a page that is not aligned" '[.ok, .disruption_marker]' '[true,"7"]'
    put p 12 03
    run time -f json p
    json "an update in progress" '[.ok, .error.reason, .error.actual]' '[false,"update-stalled","3"]'
    put p 12 02

    # This machine's clock beside the page. The page's time is off by a whole number of seconds.
    "$VMCLOCK" publish --calibrate now
    second=$("$VMCLOCK" inspect -fjson now | jq -r .fields.time_sec)
    beside() { # SENTENCE SECONDS VERDICT: the page's time is that much more than it was
        "$VMCLOCK" publish --set time_sec=$((second + $2)) now
        for input in now -; do
            run time -f json $input <now
            json "$1, from $input" "(.system_offset_nsec|tonumber) as \$o|(.system_offset_error_nsec|tonumber) as \$e|
                [\$e > 0, \$e < 100000000, (\$o + $2 * 1000000000 | fabs) <= \$e]" '[true,true,true]'
            json "$1, from $input: strings" '[.system_offset_nsec, .system_offset_error_nsec]|map(type)' '["string","string"]'
            run time $input <now
            is "$1, from $input, in text" 1 "$(tr -s '\n ' ' ' <out | grep -cE "system [0-9.]+ [num]?s $3 counter")"
        done
    }
    beside "a clock that agrees" 0 "(ahead of|behind) the page's UTC, give or take [0-9.]+ [num]?s: within the page's bounds"
    beside "a clock that is ahead" -7 "ahead of the page's UTC, give or take [0-9.]+ [num]?s: outside the page's bounds"
    beside "a clock that is behind" 3 "behind the page's UTC, give or take [0-9.]+ [num]?s: outside the page's bounds"
    "$VMCLOCK" publish --set flags=TAI_OFFSET_VALID now
    run time -f json now
    json "without the page's bounds there is an offset, with a smaller error" \
        '[(.system_offset_nsec|tonumber) < -2000000000, (.system_offset_error_nsec|tonumber) < 1000000]' '[true,true]'
    run time now
    prints "without the page's bounds, in text" out "the page tells no bounds"
    "$VMCLOCK" publish --set flags=0 now
    run time -f json now
    json "without UTC there is no offset" '[.ok, .utc, .system_offset_nsec, .system_offset_error_nsec]' '[true,null,null,null]'
fi
put p 10 "$other"
run time -f json p
is "a page about another counter is refused" 1 "$status"
json "it is foreign" '[.ok, .error.reason, .error.field, .error.offset, .error.actual, has("sec")]' \
    "[false,\"foreign-counter\",\"counter_id\",10,\"$((0x$other))\",false]"
