# SPDX-License-Identifier: BSD-2-Clause
# What `vmclock publish` writes: a page as QEMU starts it, updates that count, and every value of --set.
. "$(dirname "$0")/lib.sh"

# state FILE: seq_count, marker, generation, flags
state() {
    "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.seq_count,.disruption_marker,.vm_generation_counter,.flags]'
}
publishes() { # SENTENCE WANTED ARGS...: the last one is the file; WANTED as by state
    sentence=$1 wanted=$2
    shift 2
    run publish "$@"
    is "$sentence: status 0" 0 $status
    is "$sentence: prints nothing" "" "$(cat out err)"
    for file; do :; done
    is "$sentence" "$wanted" "$(state "$file")"
}

page qemu.bin
publishes "a new page" '[2,"1","0","0"]' new.bin
is "a new page is as QEMU's, to the byte" "" "$(cmp new.bin qemu.bin 2>&1)"
publishes "an existing page has an empty update" '[4,"1","0","0"]' new.bin
publishes "a new page with a disruption" '[4,"2","0","0"]' --disrupt disrupted.bin
publishes "a disruption" '[6,"2","0","0"]' --disrupt new.bin
publishes "a restored snapshot" '[8,"3","1","256"]' --snapshot-restored new.bin
publishes "both" '[10,"5","2","256"]' --snapshot-restored --disrupt new.bin
publishes "--force changes no new page" '[2,"1","0","0"]' --force forced.bin
publishes "five updates of a new page" '[12,"6","0","0"]' --repeat=5 --interval=0 --disrupt five.bin
publishes "three empty updates" '[18,"6","0","0"]' --repeat=3 --interval=1 five.bin
publishes "a stalled update" '[3,"2","0","0"]' --stall --disrupt stalled.bin
publishes "a stalled page stays odd" '[3,"3","0","0"]' --stall --disrupt stalled.bin
publishes "the next update ends one above" '[4,"3","0","0"]' stalled.bin
publishes "sets come before bumps" '[4,"0","1","384"]' --disrupt --set disruption_marker=0xfffffffffffffffe \
    --snapshot-restored --set flags=TIME_MONOTONIC order.bin
put order.bin 12 fe ff ff ff
publishes "seq_count goes from 2^32 - 2 to 0" '[0,"0","1","384"]' order.bin

# What a dead writer stored in half is not vouched for: the first who ends its update says so, unless it stores it all.
clock() { "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.seq_count,.clock_status,.counter_value]'; }
ends() { # WANTED ARGS...: after an update that died with a new counter_value and the time of the old one
    wanted=$1
    shift
    clock_page half.bin
    "$VMCLOCK" publish --stall --set counter_value=1 half.bin
    is "half an update" '[3,2,"1"]' "$(clock half.bin)"
    run publish "$@" half.bin
    is "half an update, ended by $*" "$wanted" "$(clock half.bin)"
}
ends '[4,0,"1"]'
ends '[4,0,"1"]' --disrupt
ends '[4,0,"1"]' --snapshot-restored
ends '[4,0,"2"]' --set counter_value=2
ends '[4,0,"1"]' --set time_sec=7 --set time_frac_sec=0
ends '[3,0,"1"]' --stall
ends '[4,3,"1"]' --set clock_status=FREERUNNING
ends '[3,3,"1"]' --stall --set clock_status=FREERUNNING
run publish half.bin
is "half an update, then another half" '[4,0,"1"]' "$(clock half.bin)"
run publish half.bin
is "and one that finds nothing to mend" '[6,0,"1"]' "$(clock half.bin)"
clock_page half.bin
publishes "an update of what is whole leaves clock_status alone" '[4,"8","0","121"]' --disrupt half.bin
is "it stays SYNCHRONIZED" 2 "$("$VMCLOCK" inspect -fjson half.bin | jq .fields.clock_status)"
truncate -s 34 half.bin
put half.bin 4 22 00
put half.bin 12 05
publishes "a page that ends before clock_status" '[6,"9",null,"121"]' --disrupt half.bin

# Bytes on disk, from the uapi header's offsets; a number of its own for each field.
publishes "all fields" '[4,"1284","72340172838076673","1541"]' \
    --set version=1 --set size=4096 --set magic=0x4b4c4356 --set counter_id=ARM_VCNT --set time_type=MONOTONIC \
    --set disruption_marker=0x504 --set flags=0x605 --set pad=0x2120 --set clock_status=FREERUNNING \
    --set leap_second_smearing_hint=UTC_SLS --set tai_offset_sec=-37 --set leap_indicator=POST_NEG \
    --set counter_period_shift=29 --set counter_value=0x2f2e2d2c2b2a2928 \
    --set counter_period_frac_sec=0x3736353433323130 --set counter_period_esterror_rate_frac_sec=0x3f3e3d3c3b3a3938 \
    --set counter_period_maxerror_rate_frac_sec=0x4746454443424140 --set time_sec=0x4f4e4d4c4b4a4948 \
    --set time_frac_sec=0x5756555453525150 --set time_esterror_nanosec=0x5f5e5d5c5b5a5958 \
    --set time_maxerror_nanosec=0x6766656463626160 --set vm_generation_counter=0x101010101010101 all.bin
{
    hex 56 43 4c 4b 00 10 00 00 01 00 00 02 04 00 00 00 04 05 00 00 00 00 00 00 05 06 00 00 00 00 00 00
    hex 20 21 03 02 db ff 05 1d
    for byte in $(seq 40 103); do hex $(printf %02x "$byte"); done
    hex 01 01 01 01 01 01 01 01
} >all.wanted
is "each field lies where the uapi header says, little-endian" "" "$(cmp -n 112 all.bin all.wanted 2>&1)"

sets() { # SETTING FILTER WANTED
    rm -f set.bin
    run publish --set "$1" set.bin
    is "$1: status 0" 0 $status
    run inspect -fjson set.bin
    json "$1" "$2" "$3"
}
sets clock_status=SYNCHRONIZED .fields.clock_status 2
sets clock_status=0xff .fields.clock_status 255
sets counter_id=INVALID .fields.counter_id 255
sets tai_offset_sec=32767 .fields.tai_offset_sec 32767
sets tai_offset_sec=-32768 .fields.tai_offset_sec -32768
sets tai_offset_sec=-0 .fields.tai_offset_sec 0
sets version=1 .fields.version 1
sets time_sec=18446744073709551615 .fields.time_sec '"18446744073709551615"'
sets 'flags=TAI_OFFSET_VALID|NOTIFICATION_PRESENT' .fields.flags '"513"'
sets 'flags=0x400|TAI_OFFSET_VALID|1' .fields.flags '"1025"'
sets flags=0 .fields.flags '"0"'
sets magic=0 .error.reason '"bad-magic"'
sets version=65535 .error.reason '"version-unsupported"'
sets size=4294967295 .error.reason '"size-exceeds-region"'
sets size=31 .error.reason '"size-too-small"'

wrong() { # SETTING MESSAGE
    run publish --set "$1" never.bin
    is "$1: status 2" 2 $status
    is "$1: no output" "" "$(cat out)"
    is "$1" "vmclock publish: $2: '$1'" "$(head -n 1 err)"
    is "$1: no file" no "$([ -e never.bin ] && echo yes || echo no)"
}
for setting in '' flags magic; do
    wrong "$setting" "this sets nothing, it is not FIELD=VALUE"
done
for setting in =1 foo=1 MAGIC=1 ' magic=1' 'magic =1'; do
    wrong "$setting" "the page has no such field"
done
for setting in seq_count=2 seq_count=; do
    wrong "$setting" "seq_count cannot be set, it counts the updates"
done
for setting in flags= clock_status=256 clock_status=-1 clock_status=synchronized clock_status=X86_TSC \
    'clock_status=UNKNOWN|SYNCHRONIZED' counter_id=2x tai_offset_sec=-32769 tai_offset_sec=32768 tai_offset_sec=- \
    tai_offset_sec=--1 version=65536 size=4294967296 size=-4096 time_sec=18446744073709551616 time_sec=-1 \
    time_sec=1K 'flags=|' 'flags=TAI_OFFSET_VALID|' 'flags=|1' 'flags=SYNCHRONIZED' 'flags= 1' 'flags=1,2'; do
    wrong "$setting" "the value is no number or name that the field can hold"
done

# What there is instead.
known() { # SETTING TEXT
    run publish --set "$1" never.bin
    checks=$((checks + 1))
    sed '1d;$d' err | tr -s ' \n' ' ' | grep -qxF " $2 " && return
    failures=$((failures + 1))
    printf 'FAILED: %s\n  wanted: %s\n  found:\n' "$1" "$2"
    cat err
}
known foo=1 "The fields are magic, size, version, counter_id, time_type, disruption_marker, flags, pad, clock_status, \
leap_second_smearing_hint, tai_offset_sec, leap_indicator, counter_period_shift, counter_value, counter_period_frac_sec, \
counter_period_esterror_rate_frac_sec, counter_period_maxerror_rate_frac_sec, time_sec, time_frac_sec, \
time_esterror_nanosec, time_maxerror_nanosec, vm_generation_counter."
known counter_id=x "counter_id can be ARM_VCNT, X86_TSC, INVALID, or a number from 0 to 255."
known clock_status=x "clock_status can be UNKNOWN, INITIALIZING, SYNCHRONIZED, FREERUNNING, UNRELIABLE, or \
a number from 0 to 255."
known flags=x "flags can be TAI_OFFSET_VALID, DISRUPTION_SOON, DISRUPTION_IMMINENT, PERIOD_ESTERROR_VALID, \
PERIOD_MAXERROR_VALID, TIME_ESTERROR_VALID, TIME_MAXERROR_VALID, TIME_MONOTONIC, VM_GEN_COUNTER_PRESENT, \
NOTIFICATION_PRESENT, several of them with | between them, or a number from 0 to 18446744073709551615."
known tai_offset_sec=x "tai_offset_sec can be a number from -32768 to 32767."
known size=x "size can be a number from 0 to 4294967295."
run publish --set foo never.bin
is "what is no setting at all: nothing to choose from" 2 "$(wc -l <err | tr -d ' ')"
run publish --set seq_count=2 never.bin
is "seq_count: nothing to choose from" 2 "$(wc -l <err | tr -d ' ')"

# Fields that the page does not reach: an error before anything is written.
publishes "a page of 104 bytes" '[4,"1",null,"0"]' --set size=104 short.bin
cp short.bin before.bin
for change in --snapshot-restored '--set=vm_generation_counter=0'; do
    run publish --disrupt "$change" short.bin
    is "$change where there is no generation counter: status 1" 1 $status
    prints "$change: which field" err "vm_generation_counter ends at byte 112, the page at 104"
    is "$change: left as it was" "" "$(cmp short.bin before.bin 2>&1)"
done
publishes "the last field that it has" '[6,"1",null,"0"]' --set time_maxerror_nanosec=1 short.bin
truncate -s 32 short.bin
put short.bin 4 20
publishes "the smallest page there is" '[8,"2",null,"1"]' --set flags=1 --disrupt short.bin
is "which stays that small" 32 "$(wc -c <short.bin | tr -d ' ')"

# Longer than any name or number.
zeros=$(printf '%060d' 0)
sets "time_sec=${zeros}123" .fields.time_sec '"123"'
wrong "time_sec=${zeros}1234" "the value is no number or name that the field can hold"
wrong "${zeros}${zeros}=1" "the page has no such field"
