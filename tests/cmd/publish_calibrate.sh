# SPDX-License-Identifier: BSD-2-Clause
# `vmclock publish --calibrate`: what it fills, what it leaves, and that the page tells the time.
. "$(dirname "$0")/lib.sh"

case $(uname -m) in
x86_64 | i?86) counter=X86_TSC ;;
aarch64) counter=ARM_VCNT ;;
*)
    run publish --calibrate p
    is "a machine without a known counter: status 1" 1 $status
    prints "a machine without a known counter" err "a counter that this machine does not have"
    exit 0
    ;;
esac
fields() { # SENTENCE FILTER WANTED: of page p
    "$VMCLOCK" inspect -fjson p >out
    json "$@"
}

before=$(date +%s)
run publish --calibrate p
after=$(date +%s)
is "status 0" 0 $status
is "prints nothing" "" "$(cat out err)"
fields "a new page, then an update" '.fields|[.seq_count,.disruption_marker]' '[4,"1"]'
fields "the kind of clock" '.fields|[.counter_id_name,.time_type_name,.clock_status_name]' "[\"$counter\",\"TAI\",\"SYNCHRONIZED\"]"
fields "the flags" .fields.flag_names \
    '["TAI_OFFSET_VALID","PERIOD_ESTERROR_VALID","PERIOD_MAXERROR_VALID","TIME_ESTERROR_VALID","TIME_MAXERROR_VALID"]'
fields "nothing about it is suspicious" .findings '[]'
fields "the reference time is now" \
    "(.fields.time_sec|tonumber)+.fields.tai_offset_sec|[. >= $before, . <= $after]" '[true,true]'

run publish --disrupt --snapshot-restored --set pad=1 --set leap_indicator=PRE_POS --set flags=DISRUPTION_SOON p
run publish --calibrate --disrupt p
fields "the other fields stay, bumps come with it" \
    '.fields|[.seq_count,.disruption_marker,.vm_generation_counter,.leap_indicator,.flags]' '[8,"4","1",1,"379"]'
run publish --calibrate --set clock_status=UNRELIABLE --set flags=NOTIFICATION_PRESENT --set time_maxerror_nanosec=7 p
fields "what --set sets stays as set, flags too" '.fields|[.clock_status,.flags,.time_maxerror_nanosec]' '[4,"512","7"]'
run publish --calibrate --set flags=NOTIFICATION_PRESENT --snapshot-restored p
fields "a restore raises its flag all the same" .fields.flags '"768"'

clock_page half
"$VMCLOCK" publish --stall --set counter_value=1 half
run publish --calibrate half
is "half an update, ended by all clock data: it is SYNCHRONIZED" '[4,2]' \
    "$("$VMCLOCK" inspect -fjson half | jq -c '.fields|[.seq_count,.clock_status]')"

"$VMCLOCK" publish q
"$VMCLOCK" watch -fjson --count=4 --interval=10 --timeout=30 q >w.out &
watcher=$!
for try in $(seq 400); do
    [ -s w.out ] && break
    sleep 0.05
done
run publish --calibrate --repeat=3 --interval=1000 q
wait $watcher
is "three updates, each measured anew" \
    '["initial"]["flags","status","calibration"]["calibration"]["calibration"]' "$(jq -cj .events w.out)"

# A page that is too short for it stays as it is.
"$VMCLOCK" publish --set size=100 short
cp short short.before
run publish --calibrate short
is "a page without time_maxerror_nanosec: status 1" 1 $status
prints "and says so" err "time_maxerror_nanosec ends at byte 104, the page at 100"
is "and it is left as it was" "" "$(cmp short short.before 2>&1)"

# The page tells the time, to within what it promises, for seconds and across a calibration.
rm p
for round in 1 2; do
    "$VMCLOCK" publish --calibrate p
    for look in 1 2 3 4; do
        sleep 0.4
        before=$(date +%s%N)
        run time -fjson p
        after=$(date +%s%N)
        json "round $round, look $look: the true time is within the bounds" \
            "(.time_type_name==\"TAI\"), (.earliest|(.sec|tonumber-37)*1000+.nsec/1000000|floor) <= ($after/1000000|ceil),
             (.latest|(.sec|tonumber-37)*1000+.nsec/1000000|ceil) >= ($before/1000000|floor)" 'true
true
true'
        json "round $round, look $look: the bounds are less than 100 ms apart" \
            '((.latest.sec|tonumber)-(.earliest.sec|tonumber))*1000000000+.latest.nsec-.earliest.nsec < 100000000' true
    done
done
