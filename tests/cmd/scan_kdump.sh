# SPDX-License-Identifier: BSD-2-Clause
# Compressed dumps, made of literal bytes as makedumpfile writes them, with pages that are stored as they are.
corpus=$(CDPATH='' cd -- "$(dirname -- "$0")/../../corpus" && pwd)
. "$(dirname "$0")/lib.sh"

run scan "$corpus/fuzz_image/ok_kdump.bin"
if grep -q 'built without libkdumpfile' err; then
    echo "not tested: the command was built without libkdumpfile"
    is "without libkdumpfile it is no hit" 3 $status
    exit 0
fi

# le BYTES NUMBER...: each number in so many bytes, the lowest first.
le() {
    le_bytes=$1
    shift
    for le_number; do
        le_left=$le_bytes
        while [ $le_left -gt 0 ]; do
            printf "\\$(printf %03o $((le_number & 255)))"
            le_number=$((le_number >> 8))
            le_left=$((le_left - 1))
        done
    done
}
at() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; } # FILE OFFSET: standard input goes there

# dump FILE "FRAME=CONTENTS"...: a dump of version 6, frames of 4096 bytes in rising order. Contents are files; "bad" is
# a page that is said to be compressed and is not.
dump() {
    dump_file=$1
    shift
    : >"$dump_file"
    truncate -s 16384 "$dump_file"
    dump_count=$#
    dump_data=$((16384 + (24 * dump_count + 4095) / 4096 * 4096))
    printf 'KDUMP   ' | at "$dump_file" 0
    le 4 6 | at "$dump_file" 8
    printf x86_64 | at "$dump_file" $((12 + 4 * 65))
    for dump_pair; do dump_last=${dump_pair%=*}; done
    le 4 0 4096 1 2 $((dump_last + 1)) $((dump_last + 1)) 0 $dump_count 0 1 | at "$dump_file" 424
    le 8 $((dump_last + 1)) | at "$dump_file" $((4096 + 96))
    dump_row=0 dump_bits=0 dump_octet=-1
    for dump_pair; do
        dump_frame=${dump_pair%=*} dump_contents=${dump_pair#*=}
        [ $((dump_frame / 8)) = $dump_octet ] || dump_bits=0
        dump_octet=$((dump_frame / 8)) dump_bits=$((dump_bits | 1 << (dump_frame % 8)))
        le 1 $dump_bits | at "$dump_file" $((8192 + dump_octet))
        le 1 $dump_bits | at "$dump_file" $((12288 + dump_octet))
        dump_where=$((dump_data + 4096 * dump_row))
        { le 8 $dump_where; le 4 4096 $([ "$dump_contents" = bad ] && echo 1 || echo 0); le 8 0; } |
            at "$dump_file" $((16384 + 24 * dump_row))
        [ "$dump_contents" = zeros ] ||
            dd if="$dump_contents" of="$dump_file" bs=4096 seek=$((dump_where / 4096)) conv=notrunc status=none
        dump_row=$((dump_row + 1))
    done
    truncate -s $((dump_data + 4096 * dump_count)) "$dump_file"
}
page qemu
clock_page clock
yes | head -c 4096 >bad
hits='[.offset,.bytes,.physical_address,.ok]'
found() { # SENTENCE WANTED ARGS...
    found_sentence=$1 found_wanted=$2
    shift 2
    run scan -fjson "$@"
    is "$found_sentence" "$found_wanted" "$status $(jq -sc "map($hits)" out) $(cat err)"
}

dump one 5=qemu 6=zeros 8=zeros 300=clock
found "pages of a dump, by their addresses, with what is left of their runs" \
    '0 [[null,8192,20480,true],[null,4096,1228800,true]] ' one
json "their fields" '[.fields.seq_count,.fields.disruption_marker]' '[2,"1"]
[2,"7"]'
json "the keys, in order" keys_unsorted '["path","offset","bytes","physical_address","ok","error","fields","findings"]
["path","offset","bytes","physical_address","ok","error","fields","findings"]'
run scan one
is "as text: no offset, and nothing to be copied" "0 one: physical address 0x5000: valid, size 4096, seq_count 2, \
disruption_marker 1, counter_id INVALID, clock_status UNKNOWN
one: physical address 0x12c000: valid, size 4096, seq_count 2, disruption_marker 7, counter_id X86_TSC, \
clock_status SYNCHRONIZED" "$status $(cat out err)"
found "frame 0 and the last of the first octet" '0 [[null,4096,0,true],[null,4096,28672,true]] ' "$(dump two 0=qemu 7=clock; echo two)"
dump none 5=zeros 9=zeros
found "no page" '1 [] ' none
found "two dumps, one without" '0 [[null,8192,20480,true],[null,4096,1228800,true]] ' none one
run scan -fjson - <one
json "a dump as standard input" .physical_address '20480
1228800'
for how in pipe position; do
    if [ $how = pipe ]; then
        cat one | "$VMCLOCK" scan - >out 2>err
        status=$?
    else
        { dd bs=4096 count=1 of=/dev/null status=none; run scan -; } <one
    fi
    [ $how = position ] || is "a dump through a pipe" "3 vmclock: -: kdump-compressed dump, which cannot be read: it has to be \
a file, and the whole of it" "$status $(head -n 1 err)"
done

# A page ends with its run.
cp qemu long
put long 4 01
dump runs 5=long 7=long 8=zeros
found "a page that goes on behind its run is none" '0 [[null,8192,28672,true]] ' runs
found "unless all is asked for" '0 [[null,4096,20480,false],[null,8192,28672,true]] ' --all runs
json "and why" 'select(.ok|not)|[.error.reason,.error.expected,.error.actual,.fields.size,.findings]' \
    '["size-exceeds-region","4096","4097",4097,[]]'
head -c 4088 /dev/zero >split.1 && head -c 8 qemu >>split.1
tail -c 4088 qemu >split.2 && head -c 8 /dev/zero >>split.2
dump split 5=split.1 6=split.2
found "a page between two frames" '0 [[null,4104,24568,true]] ' --step=8 split
found "which is at no multiple of 4096" '1 [] ' split
found "nor of 16" '1 [] ' --step=16 split
dump gap 5=split.1 7=split.2
found "a page with a hole in it is none" '1 [] ' --step=8 gap
found "its header ends with the run" '1 [[null,8,24568,false]] ' --step=8 --all gap

# More than is read at once, and more than a region holds.
frames=
for frame in $(seq 64 399); do
    case $frame in
    64 | 127 | 128 | 200 | 399) frames="$frames $frame=qemu" ;;
    *) frames="$frames $frame=zeros" ;;
    esac
done
dump large $frames
found "a long run" '0 [[null,1048576,262144,true],[null,1048576,520192,true],[null,1048576,524288,true],[null,819200,819200,true],[null,4096,1634304,true]] ' \
    large

# What is broken is told, and the rest is searched.
told="kdump-compressed dump, which cannot be read: "
dump broken 5=qemu 6=bad 7=clock 9=bad 11=qemu
run scan -fjson broken
is "a dump with broken pages: status" 3 $status
is "a dump with broken pages: what there is besides, then what failed" \
    '[[20480,true],[28672,true],[45056,true],[null,false]]' "$(jq -sc 'map([.physical_address,.ok])' out)"
is "a dump with broken pages: it is told once" 1 "$(grep -cF "vmclock: broken: $told" err)"
json "a dump with broken pages: in JSON" 'select(.ok|not)|[.offset,.bytes,.error.reason,.error.errno_name,.error.origin]' \
    '[null,0,"read-failed","EOPNOTSUPP","kdump_read"]'
run scan broken
is "a dump with broken pages, as text: status" 3 $status
is "a dump with broken pages, as text" "3 1" "$(wc -l <out | tr -d ' ') $(wc -l <err | tr -d ' ')"

# The process that reads the dump: see staged.c. What it does not read is searched as it lies there.
one() { # HOW WANTED
    STAGE_KDUMP=$1 run scan one
    is "$1" "3 0x5000 0x8000 $2" "$status $(sed 's/one: offset \([^:]*\): .*/\1/' out | tr '\n' ' ')$(sed 's/^vmclock: one: kdump-compressed dump, which cannot be read: //' err)"
}
one pipe "Too many open files"
one fork "Resource temporarily unavailable"
one new "libkdumpfile broke down on it"
one crash "libkdumpfile broke down on it"
status=0
STAGE_KDUMP=signal env --default-signal "$VMCLOCK" scan large none >out 2>err || status=$?
is "^C while it reads: status" 130 $status
is "^C while it reads: no more is searched" "yes " "$([ "$(wc -l <out)" -le 4 ] && echo yes) $(cat err)"
