# SPDX-License-Identifier: BSD-2-Clause
# Containers of guest memory: the page's offset and address in each, real and made, whole and broken.
corpus=$(CDPATH='' cd -- "$(dirname -- "$0")/../../corpus" && pwd)
. "$(dirname "$0")/lib.sh"

hits='[.offset,.bytes,.physical_address]'

# Captures. The core's page is at no multiple of 4096 in the file, but at one in its segment.
core=$corpus/fuzz_scan/ok_qemu_11_1_3_core.bin
run scan -fjson "$core"
is "QEMU's core: status" 0 $status
json "QEMU's core: one page, at its offset, of what is left of its segment, with its address" "$hits" \
    '[66520,4096,4278169600]'
json "QEMU's core: its fields" '[.ok,.error,.fields.seq_count,.fields.disruption_marker,.findings]' '[true,null,2,"1",[]]'
json "the keys, in order" keys_unsorted \
    '["path","offset","bytes","physical_address","ok","error","fields","findings"]'
is "nothing is said of a container in which nothing is wrong" "" "$(cat err)"
run scan -fjson --all "$core"
is "candidates of the core" '[[9176,"version-unsupported"],[17368,"size-too-small"],[25560,"version-unsupported"],[66520,null]]' \
    "$(jq -sc 'map([.offset,.error.reason])' out)"
is "addresses of the candidates" '[4273872896,4273881088,4273889280,4278169600]' "$(jq -sc 'map(.physical_address)' out)"
json "a candidate's header is shown" 'select(.offset == 17368) | [.ok,.fields.size,.findings]' '[false,0,[]]'
run scan -fjson --step=8 "$core"
json "the core at a step of 8" "$hits" '[66520,4096,4278169600]'
run scan -fjson --step=1 --all "$core"
is "the core at a step of 1 has the unaligned one, too" '[1244,9176,17368,25560,66520]' "$(jq -sc 'map(.offset)' out)"
mem=$corpus/fuzz_scan/ok_qemu_11_1_3_mem.bin
run scan -fjson "$mem"
json "raw memory has no addresses" "[.offset,.bytes,has(\"physical_address\"),.fields.seq_count]" '[503808,20480,false,8]'
run scan -fjson --step=0x7b000 "$mem"
json "a step of the offset itself" .offset 503808
run scan --step=0x7a000 "$mem"
is "a step that misses it: status" 1 $status
is "a step that misses it: nothing" "" "$(cat out err)"
cat "$core" | "$VMCLOCK" scan -fjson - >out
json "the core through a pipe" "[.path]+$hits" '["-",66520,4096,4278169600]'

# Made ones: the page has 112 bytes, and lies at 0x308, at the start of a segment of 256 bytes at 0xfeffb000.
made() { # NAME WANTED FAULT: offset, bytes, address; what is said to be broken
    run scan -fjson "$corpus/fuzz_image/$1.bin"
    is "$1" "$2" "$(jq -sc "map($hits | map(if . then . + 0 else . end))" out)" # with 0 added every jq writes it alike
    is "$1: status" "$([ "$2" = '[]' ] && echo 1 || echo 0)" $status
    case $1 in
    ok_*) is "$1: nothing is said" "" "$(cat err)" ;;
    *) prints "$1: it is said what is broken" err "$3" ;;
    esac
}
for name in ok_elf64_le ok_elf64_be ok_elf32_le ok_elf32_be ok_elf64_xnum ok_elf32_xnum ok_elf64_long_entries \
    ok_elf64_unsorted ok_elf64_empty_segment ok_lime_le ok_lime_be; do
    made $name '[[776,256,4278169600]]'
done
made ok_elf64_at_address_0 '[[776,256,0]]'
made ok_elf64_of_a_process '[[776,256,null]]'
made ok_elf64_without_address '[[776,256,4096]]'
made ok_elf64_to_the_last_address '[[776,256,18446744073709552000]]'
for name in elf64_past_the_end elf64_outside elf64_endless elf32_endless lime_past_the_end; do
    made cut__$name '[[776,256,4278169600]]' "past the end"
done
made overlap__elf64_the_same '[[776,256,4096]]' overlap
made overlap__elf64 '[]' overlap
made malformed__elf64_addresses_wrap '[[776,256,null]]' contradicts
made unread__elf64_endless_table '[[776,256,4278169600]]' "cannot be read to the end"
for name in ok_kdump ok_flattened; do
    run scan "$corpus/fuzz_image/$name.bin"
    is "$name: status" 3 $status
done
prints "a flattened dump: what helps" err "makedumpfile -R"
is "a flattened dump: once" 1 "$(wc -l <err)"
run scan -fjson "$corpus/fuzz_image/ok_flattened.bin"
json "a flattened dump" '[.offset,.bytes,.ok,.error.reason,.error.errno_name,.error.origin]' \
    '[null,0,false,"read-failed","EOPNOTSUPP","kdump_read"]'
run scan "$corpus/fuzz_image/ok_migration.bin"
prints "a migration stream: what helps" err "try --step=1"
is "a migration stream: status" 1 $status
run scan --step=1 "$corpus/fuzz_image/ok_migration.bin"
is "a migration stream at every offset" "0 " "$status $(cat err)"

# Whatever is broken, the bytes are searched: at a step that the page's offset is a multiple of.
for file in "$corpus"/fuzz_image/*; do
    name=$(basename "$file" .bin)
    case $name in *_cut | ok_empty | ok_kdump | ok_flattened) continue ;; esac
    run scan -fjson --step=8 "$file"
    is "$name as raw bytes" '[776,0]' "[$(jq -c .offset out),$status]"
done

# A page lies in one segment: what claims to go on behind its end is none, also at a multiple from the file's start.
cp "$corpus/fuzz_image/ok_elf64_le.bin" short.bin
put short.bin $((0x308 + 4)) 01 01
run scan --step=8 short.bin
is "a page longer than its segment is none" 1 $status
put short.bin $((0x308 + 4)) 00 01
run scan --step=8 short.bin
is "a page as long as its segment is one" 0 $status

# inspect takes what scan prints.
run scan "$core"
is "one line per hit" 1 "$(wc -l <out)"
prints "the line has the offset" out "offset 0x103d8"
prints "the line has the address" out "physical address 0xfeffb000"
prints "the line has a summary" out "valid, size 4096, seq_count 2, disruption_marker 1, counter_id INVALID, clock_status UNKNOWN"
line=$(sed -n 's/.*: vmclock inspect/inspect/p' out)
run $line -fjson
json "inspect reads what the line says" '[.ok,.fields.disruption_marker]' '[true,"1"]'

# inspect tells what it was given instead of a page.
advice() { # NAME WORDS COMMAND [ARGS...]
    words=$2 command=$3 file=$1.bin # where the tree lies could be too long for a line
    cp "$corpus/fuzz_image/$file" .
    shift 3
    run inspect "$@" "$file"
    is "inspect of $words: status" 1 $status
    prints "inspect knows $words" out "This starts like $words."
    prints "inspect of $words points to scan" out "    vmclock $command $file"
}
for order in le be; do
    advice ok_elf64_$order "an ELF core" scan
    advice ok_elf32_$order "an ELF core" scan
    advice ok_lime_$order "a LiME capture" scan
done
advice ok_kdump "a kdump-compressed dump" scan
advice ok_flattened "a flattened dump of makedumpfile" scan
prints "and to what makes one of it that can be read" out "makedumpfile -R DUMP <"
advice ok_migration "a QEMU migration stream" "scan --step=1"
advice ok_elf64_le "an ELF core" scan --offset=8
run inspect "$corpus/fuzz_image/ok_raw.bin"
is "inspect of raw memory does not" 0 "$(grep -c 'starts like' out)"
run inspect --offset=0x308 "$corpus/fuzz_image/ok_elf64_le.bin"
is "nor does inspect of a page in a core" "0 0" "$status $(grep -c 'starts like' out)"
