# SPDX-License-Identifier: BSD-2-Clause
# The JSON of `vmclock diff`: what happened, which fields differ, every transition by two pages that have it, statuses.
. "$(dirname "$0")/lib.sh"

here=$OLDPWD/$(dirname "$0")
case $0 in /*) here=$(dirname "$0") ;; esac
captures=$here/../../corpus/fuzz_parse

# ---- Real pages ----

cp "$captures/ok_qemu_11_1_3_fresh.bin" fresh.bin
cp "$captures/ok_qemu_11_1_3_restored_1.bin" restored.bin
cp "$captures/ok_qemu_11_1_3_migrated_1.bin" migrated.bin
run diff -fjson --expect=disrupted --strict fresh.bin restored.bin
is "a restored VM of QEMU: disrupted" 0 $status
is "the whole object, in one line" '{"before":{"path":"fresh.bin","bytes":4096,"ok":true,"error":null},"after":{"path":"restored.bin","bytes":4096,"ok":true,"error":null},"change":"disrupted","changes":[{"field":"seq_count","offset":12,"before":2,"after":4},{"field":"disruption_marker","offset":16,"before":"1","after":"2"}],"transitions":[]}' "$(cat out)"
is "nothing on standard error" "" "$(cat err)"
run diff -fjson --expect=disrupted --strict restored.bin migrated.bin
is "a migration: disrupted" 0 $status
json "and nothing against it" .transitions '[]'
run diff -fjson --expect=none fresh.bin "$captures/ok_linux_7_3_4_devvmclock0.bin"
is "the device in the guest shows what the host has" 0 $status
json "none" '[.change,.changes,.transitions]' '["none",[],[]]'
run diff -fjson migrated.bin fresh.bin
is "backwards: only notices" 0 $status
json "as an older state that was loaded" '[.transitions[]|[.id,.severity,.field,.offset]]' \
    '[["sequence-backwards","notice","seq_count",12],["marker-backwards","notice","disruption_marker",16]]'
run diff -fjson --strict migrated.bin fresh.bin
is "notices do not count for --strict" 0 $status

# ---- Changes ----

# pair: before.bin, and after.bin as a good writer makes it.
pair() {
    clock_page before.bin
    put before.bin 24 f9 03
    cp before.bin after.bin
    put after.bin 12 04
}

# expects CHANGE: is what the two pages are; the others are refused.
expects() {
    for change in none updated disrupted restored; do
        run diff -fjson --expect=$change before.bin after.bin
        is "expected $change, is $1" "$([ $change = "$1" ] && echo 0 || echo 1)" $status
    done
    json "is $1" .change "\"$1\""
}

pair && expects updated
cp before.bin after.bin && expects none
put after.bin 4000 01 && expects none
pair && put after.bin 16 08 && expects disrupted
pair && put after.bin 104 01 && expects restored
pair && put after.bin 16 08 && put after.bin 104 01 && expects restored
pair && put before.bin 25 02 && put after.bin 16 08 && put after.bin 104 01 && expects disrupted
pair && put after.bin 25 02 && put after.bin 104 01 && expects updated

pair
put after.bin 4 70 00 && put after.bin 11 02 && put after.bin 32 01 00 03 01 25 00 01 20
run diff -fjson before.bin after.bin
json "fields of up to 32 bits are numbers, offsets signed, pad is a field" '[.changes[]|[.field,.offset,.before,.after]]' \
    '[["size",4,4096,112],["time_type",11,1,2],["seq_count",12,2,4],["pad",32,0,1],["clock_status",34,2,3],["leap_second_smearing_hint",35,0,1],["tai_offset_sec",36,-37,37],["leap_indicator",38,0,1],["counter_period_shift",39,29,32]]'
json "the keys, in order" 'keys_unsorted' '["before","after","change","changes","transitions"]'
json "of a page" '.before|keys_unsorted' '["path","bytes","ok","error"]'
json "of a change" '.changes[0]|keys_unsorted' '["field","offset","before","after"]'
json "of a transition" '.transitions[0]|keys_unsorted' '["id","severity","field","offset","message"]'
json "which has words" '.transitions[0].message' '"size was 4096, is 112: it is constant for the life of the page (UAPI.13)"'
pair
put after.bin 24 fb ff ff ff ff ff ff ff
run diff -fjson before.bin after.bin
json "64 bits are strings" '.changes[1]' '{"field":"flags","offset":24,"before":"1017","after":"18446744073709551611"}'

# Fields that one page lacks are null, and no reason for a transition.
pair
put before.bin 4 48 00 && put after.bin 4 69 00
run diff -fjson before.bin after.bin
json "absent before" '[.changes[]|[.field,.before,.after]]' \
    '[["size",72,105],["seq_count",2,4],["time_sec",null,"1795322032"],["time_frac_sec",null,"9223372036854775808"],["time_esterror_nanosec",null,"500"],["time_maxerror_nanosec",null,"2500"]]'
json "the size has changed, and nothing else" '[.transitions[]|.field]' '["size"]'
run diff -fjson after.bin before.bin
json "absent after" '.changes[2]|[.before,.after]' '["1795322032",null]'
pair
cp before.bin after.bin && truncate -s 44 after.bin
run diff -fjson before.bin after.bin
is "cut short: no valid page" 1 $status
json "which is told" '[.after.ok,.after.error.reason,.change,.changes,.transitions]' '[false,"size-exceeds-region",null,[],[]]'
run diff -fjson --allow-truncated --expect=updated before.bin after.bin
is "allowed" 0 $status
json "the rest is absent" '[.changes[]|[.field,.after]]|.[0],length' '["counter_value",null]
9'
run diff -fjson --allow-truncated --expect=none after.bin after.bin
is "a page that is cut in the middle of a field is equal to itself" 0 $status
cp after.bin cut.bin && put cut.bin 43 ff
run diff -fjson --allow-truncated --expect=updated after.bin cut.bin
is "and another one is not, by a byte of a field that is not whole" 0 $status

# ---- Transitions ----

# has ID SEVERITY FIELD OFFSET: the pair has it, alone
has() {
    run diff -fjson before.bin after.bin
    is "$1: both pages are valid" 0 $status
    json "$1" '[.transitions[]|[.id,.severity,.field,.offset]]' "[[\"$1\",\"$2\",\"$3\",$4]]"
    json "$1 has a message with its field" '.transitions[0]|(.field as $f|.message|startswith($f+" was "))' true
    run diff -fjson --strict before.bin after.bin
    is "--strict and $1" "$([ "$2" = warning ] && echo 1 || echo 0)" $status
}

pair && put after.bin 4 70 00 && has fixed-field-changed warning size 4
pair && put after.bin 10 00 && has fixed-field-changed warning counter_id 10
pair && put after.bin 11 00 && has fixed-field-changed warning time_type 11
pair && put after.bin 12 02 && put after.bin 33 80 && has changed-without-sequence warning pad 32
pair && put after.bin 12 01 && has sequence-backwards notice seq_count 12
pair && put after.bin 16 06 && has marker-backwards notice disruption_marker 16
pair && put after.bin 104 01 && has restored-without-disruption warning vm_generation_counter 104
pair && put after.bin 24 f9 02 && has capability-withdrawn notice flags 24
pair && put after.bin 24 f9 01 && has capability-withdrawn notice flags 24
pair && put after.bin 24 79 && has monotonic-withdrawn notice flags 24
pair && put after.bin 36 da && has tai-offset-changed warning tai_offset_sec 36
pair && put after.bin 40 78 && has counter-backwards notice counter_value 40
pair && put after.bin 80 ff ff ff ff ff ff ff 7f && has time-stepped-back warning time_sec 72
pair && put after.bin 72 b1 && has bounds-disjoint warning time_maxerror_nanosec 96

pair && put after.bin 10 00 && put after.bin 11 00 && put after.bin 16 06 && put after.bin 36 da
run diff -fjson before.bin after.bin
json "in the order of the table, fixed fields in page order" '[.transitions[]|[.id,.field]]' \
    '[["fixed-field-changed","counter_id"],["fixed-field-changed","time_type"],["marker-backwards","disruption_marker"],["tai-offset-changed","tai_offset_sec"]]'

# ---- Statuses ----

pair
run diff -fjson --expect=restored --strict before.bin after.bin
is "another change than expected" 1 $status
is "is no error" "" "$(cat err)"
: >empty.bin
run diff -fjson --expect=none before.bin empty.bin
is "not valid" 1 $status
json "told for that page alone" '[.before.ok,.after.error.reason]' '[true,"empty"]'
run diff -fjson empty.bin missing.bin
is "not to be read wins" 3 $status
json "and both are told" '[.before.error.reason,.after.error.reason,.after.error.errno_name,.after.bytes]' \
    '["empty","open-failed","ENOENT",0]'
run diff -fjson missing.bin after.bin
is "the first one" 3 $status
json "the second is read all the same" '[.before.ok,.after.ok,.change]' '[false,true,null]'
run diff -fjson - after.bin <before.bin
is "standard input is a page" 0 $status
json "of that name" '[.before.path,.change]' '["-","updated"]'
(hex 00 00 00 00 00 && cat before.bin) >moved.bin
(hex 01 02 03 04 05 && cat after.bin) >moved2.bin
run diff -fjson --offset=5 moved.bin moved2.bin
json "both at the offset" '[.before.bytes,.after.bytes,.change]' '[4096,4096,"updated"]'
mkfifo pipe
(cat after.bin >pipe) &
run diff -fjson before.bin - <pipe
json "a pipe" .change '"updated"'
wait
