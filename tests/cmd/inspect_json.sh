# SPDX-License-Identifier: BSD-2-Clause
# The JSON of `vmclock inspect`: its keys, their order, its values, and the options that change them.
. "$(dirname "$0")/lib.sh"

page qemu.bin
run inspect --format=json qemu.bin
is "a valid page has status 0" 0 $status
is "JSON output leaves standard error alone" "" "$(cat err)"
is "the object of a page as QEMU makes it, to the letter" \
    '{"path":"qemu.bin","bytes":4096,"ok":true,"error":null,"fields":{"magic":1263289174,"size":4096,"version":1,"counter_id":255,"counter_id_name":"INVALID","time_type":0,"time_type_name":"UTC","seq_count":2,"disruption_marker":"1","flags":"0","flag_names":[],"clock_status":0,"clock_status_name":"UNKNOWN","leap_second_smearing_hint":0,"leap_second_smearing_hint_name":"STRICT","tai_offset_sec":0,"leap_indicator":0,"leap_indicator_name":"NONE","counter_period_shift":0,"counter_value":"0","counter_period_frac_sec":"0","counter_period_esterror_rate_frac_sec":"0","counter_period_maxerror_rate_frac_sec":"0","time_sec":"0","time_frac_sec":"0","time_esterror_nanosec":"0","time_maxerror_nanosec":"0","vm_generation_counter":"0"},"findings":[]}' \
    "$(cat out)"

clock_page clock.bin
run inspect -f json clock.bin
json "the fields of a page with clock data" .fields \
    '{"magic":1263289174,"size":4096,"version":1,"counter_id":1,"counter_id_name":"X86_TSC","time_type":1,"time_type_name":"TAI","seq_count":2,"disruption_marker":"7","flags":"121","flag_names":["TAI_OFFSET_VALID","PERIOD_ESTERROR_VALID","PERIOD_MAXERROR_VALID","TIME_ESTERROR_VALID","TIME_MAXERROR_VALID"],"clock_status":2,"clock_status_name":"SYNCHRONIZED","leap_second_smearing_hint":0,"leap_second_smearing_hint_name":"STRICT","tai_offset_sec":-37,"leap_indicator":0,"leap_indicator_name":"NONE","counter_period_shift":29,"counter_value":"123456789012345","counter_period_frac_sec":"9903520314283042199","counter_period_esterror_rate_frac_sec":"1000","counter_period_maxerror_rate_frac_sec":"99035203142830","time_sec":"1795322032","time_frac_sec":"9223372036854775808","time_esterror_nanosec":"500","time_maxerror_nanosec":"2500","vm_generation_counter":"0"}'
json "a page without fault has no findings" .findings '[]'

# Values at the ends of their ranges keep every digit.
page ends.bin
put ends.bin 12 fe ff ff ff
put ends.bin 16 ff ff ff ff ff ff ff ff
put ends.bin 24 ff ff ff ff ff ff ff ff
put ends.bin 36 00 80
put ends.bin 39 ff
put ends.bin 104 ff ff ff ff ff ff ff ff
run inspect -fjson ends.bin
json "numbers keep every digit" \
    '.fields|[.seq_count,.disruption_marker,.flags,.tai_offset_sec,.counter_period_shift,.vm_generation_counter]' \
    '[4294967294,"18446744073709551615","18446744073709551615",-32768,255,"18446744073709551615"]'
json "known flags are named, lowest bit first, unknown ones not" .fields.flag_names \
    '["TAI_OFFSET_VALID","DISRUPTION_SOON","DISRUPTION_IMMINENT","PERIOD_ESTERROR_VALID","PERIOD_MAXERROR_VALID","TIME_ESTERROR_VALID","TIME_MAXERROR_VALID","TIME_MONOTONIC","VM_GEN_COUNTER_PRESENT","NOTIFICATION_PRESENT"]'

# Each family of names, value by value; the first number beyond it has the name null.
names() { # FIELD OFFSET NAME...: values 0, 1, 2, ...
    names_field=$1 names_at=$2 names_value=0
    shift 2
    for name in "$@" null; do
        page names.bin
        put names.bin "$names_at" "$(printf %02x $names_value)"
        run inspect -fjson names.bin
        [ "$name" = null ] || name="\"$name\""
        json "$names_field $names_value is named $name" ".fields|[.$names_field,.${names_field}_name]" "[$names_value,$name]"
        names_value=$((names_value + 1))
    done
}
names counter_id 10 ARM_VCNT X86_TSC
names time_type 11 UTC TAI MONOTONIC INVALID_SMEARED INVALID_MAYBE_SMEARED
names clock_status 34 UNKNOWN INITIALIZING SYNCHRONIZED FREERUNNING UNRELIABLE
names leap_second_smearing_hint 35 STRICT NOON_LINEAR UTC_SLS
names leap_indicator 38 NONE PRE_POS PRE_NEG POS POST_POS POST_NEG

# Fields beyond size, or beyond the input, are left out.
clock_page short.bin
put short.bin 4 68
put short.bin 5 00
run inspect -fjson short.bin
json "a page of 104 bytes ends with time_maxerror_nanosec" '.fields|keys_unsorted[-1]' '"time_maxerror_nanosec"'
put short.bin 4 2f
run inspect -fjson short.bin
json "a field that size cuts in two is left out" '.fields|keys_unsorted[-1]' '"counter_period_shift"'
put short.bin 4 30
run inspect -fjson short.bin
json "a field that ends where size ends is there" '.fields|keys_unsorted[-1]' '"counter_value"'

clock_page cut.bin
truncate -s 60 cut.bin
run inspect -fjson cut.bin
is "a cut page is invalid" 1 $status
json "and says why" '[.bytes,.ok,.error.reason]' '[60,false,"size-exceeds-region"]'
run inspect -fjson --allow-truncated cut.bin
is "a cut page is valid with --allow-truncated" 0 $status
json "the input's end hides fields" '[.bytes,.ok,.error,(.fields|keys_unsorted[-1])]' \
    '[60,true,null,"counter_period_frac_sec"]'

# The offset, in all its forms.
{ head -c 65536 /dev/zero && cat qemu.bin; } >image.bin
for offset in 65536 0x10000 64K 0x40K; do
    run inspect -fjson --offset=$offset image.bin
    json "--offset=$offset finds the page" '[.ok,.bytes]' '[true,4096]'
done
run inspect -fjson --offset 65537 image.bin
json "a byte further there is none; offsets are relative to the page" '[.bytes,.error.reason,.error.offset]' \
    '[4095,"bad-magic",0]'
run inspect -fjson --offset=69632 image.bin
json "at the end there are no bytes" '[.bytes,.error.reason]' '[0,"empty"]'
for offset in 1M 1G 0x7fffffffffffffff 0x8000000000000000 0xffffffffffffffff 17179869183G; do
    run inspect -fjson --offset=$offset image.bin
    json "past the end, at $offset, there are no bytes" '[.bytes,.error.reason]' '[0,"empty"]'
done
truncate -s 3M sparse.bin
dd if=qemu.bin of=sparse.bin bs=1M seek=2 conv=notrunc status=none
run inspect -fjson --offset=2M sparse.bin
json "--offset=2M finds the page, and 1 MiB is read of what follows" '[.ok,.bytes]' '[true,1048576]'
run inspect -fjson --offset=0x1fffff sparse.bin
json "a region larger than 1 MiB counts as 1 MiB" .bytes 1048576
page huge.bin
put huge.bin 4 01 00 10 00
truncate -s 2M huge.bin
run inspect -fjson huge.bin
json "a size of 1 MiB and a byte exceeds it" '.error|[.reason,.expected,.actual]' \
    '["size-exceeds-region","1048576","1048577"]'
put huge.bin 4 00
run inspect -fjson huge.bin
json "a size of 1 MiB does not" .ok true

# Several inputs: one line each, in order, whatever is wrong with one of them.
: >empty.bin
run inspect -fjson empty.bin missing.bin qemu.bin - <clock.bin
is "unreadable wins over invalid" 3 $status
is "one line per path" 4 "$(wc -l <out | tr -d ' ')"
is "in order" '["empty.bin","missing.bin","qemu.bin","-"]' "$(jq -sc 'map(.path)' out)"
is "each judged by itself" '[false,false,true,true]' "$(jq -sc 'map(.ok)' out)"
run inspect -fjson empty.bin qemu.bin
is "invalid wins over valid" 1 $status

# Paths are shown as they are; what is not UTF-8 becomes U+FFFD, one for each maximal ill-formed part.
path_shows() { # SENTENCE BYTES... -- WANTED
    sentence=$1 bytes=
    shift
    while [ "$1" != -- ]; do
        bytes="$bytes $1"
        shift
    done
    run inspect -fjson "$(hex $bytes)"
    json "a path with $sentence" .path "$2"
}
path_shows "UTF-8 of each length" c3 a9 e2 82 ac f0 9f 95 92 -- '"é€🕒"'
path_shows "the ends of UTF-8's ranges" c2 80 df bf e0 a0 80 ed 9f bf ee 80 80 f0 90 80 80 f4 8f bf bf -- \
    "$(printf '"\302\200\337\277\340\240\200\355\237\277\356\200\200\360\220\200\200\364\217\277\277"')"
path_shows "a stray byte" 61 ff 62 -- '"a�b"'
path_shows "a stray continuation" 61 80 62 -- '"a�b"'
path_shows "overlong forms" c0 af e0 80 af f0 80 80 af -- '"���������"'
path_shows "a surrogate" ed a0 80 -- '"���"'
path_shows "a number above U+10FFFF" f4 90 80 80 f5 -- '"�����"'
path_shows "sequences cut short" e2 82 f0 9f 95 c3 -- '"���"'
run inspect -fjson "$(hex 7f)"
is "DEL is escaped, whatever reads it" '{"path":"\u007f"' "$(cut -d , -f 1 out)"
path_shows "quotes and controls" 22 5c 0a 1b -- '"\"\\\n\u001b"'
