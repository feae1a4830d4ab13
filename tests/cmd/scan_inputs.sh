# SPDX-License-Identifier: BSD-2-Clause
# Inputs of every kind and length, ends of every kind, names that a shell would misread.
. "$(dirname "$0")/lib.sh"

page qemu.bin
clock_page clock.bin

# Files.
run scan -fjson qemu.bin
json "a page alone" '[.path,.offset,.bytes,has("physical_address"),.ok]' '["qemu.bin",0,4096,false,true]'
is "a page alone: status" 0 $status
: >empty
run scan empty
is "an empty file: status" 1 $status
is "an empty file: nothing" "" "$(cat out err)"
head -c 4095 qemu.bin >cut
run scan cut
is "a page that is cut is none" 1 $status
run scan --all -fjson cut
json "unless all is asked for" '[.offset,.bytes,.ok,.error.reason,.error.expected,.error.actual,.fields.size]' \
    '[0,4095,false,"size-exceeds-region","4095","4096",4096]'
is "which is no hit" 1 $status
run scan --all cut
prints "and is said in words" out "offset 0x0: invalid: "
head -c 15 qemu.bin >15
run scan --all -fjson 15
json "a header that is cut" '[.bytes,.error.reason,.fields]' '[15,"truncated",{}]'
head -c 3 qemu.bin >3
run scan --all 3
is "3 bytes of a magic are none" "" "$(cat out)"

# Steps.
{ head -c 100 /dev/zero; cat qemu.bin; } >at100
for step in 1 2 4 5 20 50 100 0x64; do
    run scan -fjson --step=$step at100
    json "offset 100 at a step of $step" '[.offset,.bytes]' '[100,4096]'
done
for step in 3 8 96 99 200 4096 1K 4G 18446744073709551615; do
    run scan --step=$step at100
    is "offset 100 is no multiple of $step" "1 " "$status $(cat out err)"
done

# A region counts as 1 MiB, also for a page that claims more.
truncate -s 3M large
dd if=clock.bin of=large bs=4096 seek=10 conv=notrunc status=none
run scan -fjson large
json "bytes of a hit in a large file" '[.offset,.bytes,.fields.time_sec]' '[40960,1048576,"1795322032"]'
put large $((40960 + 4)) 00 00 10 00
run scan large
is "a page of 1 MiB" 0 $status
put large $((40960 + 4)) 01 00 10 00
run scan large
is "a page of more is none" 1 $status
put large $((40960 + 4)) 00 00 10 00
put large $((40960 + 1048575)) 01
run scan -fjson large
json "a byte at the page's end is found" '[.findings[]|[.id,.offset]]|last' '["data-past-structure",1048575]'
cat large | "$VMCLOCK" scan -fjson - >out
json "through a pipe as well" '[.offset,.bytes,(.findings|last|.offset)]' '[40960,1048576,1048575]'

# Many pages, in order, through every kind of input, over the edges of what is read at once.
truncate -s 9M many
for at in 0 63 64 255 256 1023 1024 1279 1280 2047 2300; do
    dd if=qemu.bin of=many bs=4096 seek=$at conv=notrunc status=none
done
wanted='[0,258048,262144,1044480,1048576,4190208,4194304,5238784,5242880,8384512]'
run scan -fjson many
is "pages of a file" '[0,258048,262144,1044480,1048576,4190208,4194304,5238784,5242880,8384512,9420800]' \
    "$(jq -sc 'map(.offset)' out)"
cp out file.out
cat many | "$VMCLOCK" scan -fjson - | sed 's/"path":"-"/"path":"many"/' >out
is "the same pages through a pipe" "" "$(diff file.out out)"
"$VMCLOCK" scan -fjson - <many | sed 's/"path":"-"/"path":"many"/' >out
is "the same pages of a file as standard input" "" "$(diff file.out out)"
for step in 1 2 4 7 16 64; do
    run scan -fjson --step=$step many
    cat many | "$VMCLOCK" scan -fjson --step=$step - | sed 's/"path":"-"/"path":"many"/' >piped
    is "pipe and file agree at a step of $step" "" "$(diff out piped)"
done
{
    dd bs=4096 count=63 of=/dev/null status=none
    run scan -fjson -
} <many
is "a file as standard input is searched from its position on" '[0,4096,786432]' "$(jq -sc 'map(.offset)[:3]' out)"
{ cat qemu.bin; sleep 0.3; cat qemu.bin; } | "$VMCLOCK" scan -fjson - >out
is "a pipe that is filled in steps" '[[0,8192],[4096,4096]]' "$(jq -sc 'map([.offset,.bytes])' out)"
mkfifo fifo
exec 9<>fifo # the writer comes first: a FIFO without one is empty
"$VMCLOCK" scan -fjson fifo >out 2>err 9>&- &
scan=$!
for try in $(seq 40); do
    has_open $scan fifo && break
    sleep 0.1
done
cat many >&9
exec 9>&-
wait $scan
is "a FIFO with a writer" 11 "$(wc -l <out)"
status=0
timeout 20 "$VMCLOCK" scan fifo >out 2>err || status=$?
is "a FIFO without a writer is empty" "1 " "$status $(cat out err)"

# A sparse file is not read where it is empty.
truncate -s 64G sparse
dd if=qemu.bin of=sparse bs=1M seek=60000 conv=notrunc status=none
status=0
timeout 5 "$VMCLOCK" scan -fjson sparse >out 2>err || status=$?
json "a page in 64 GiB of nothing" '[.offset,.bytes]' '[62914560000,1048576]'
is "which is soon found" 0 $status
# A header whose last bytes are in a hole.
truncate -s 1M edge
hex 56 43 4c 4b 20 00 00 00 01 | dd of=edge bs=1 seek=$((65536 - 9)) conv=notrunc status=none
run scan -fjson --step=1 edge
json "a page that begins at the end of data" .offset 65527
rm sparse

# Several, and what cannot be read among them.
run scan -fjson empty qemu.bin missing clock.bin
is "several files: status" 3 $status
is "several files: in order" '[["qemu.bin",0,null],["missing",null,"open-failed"],["clock.bin",0,null]]' \
    "$(jq -sc 'map([.path,.offset,.error.reason])' out)"
jq -c 'select(.path == "missing")' out >one && mv one out
json "what cannot be opened is an object as inspect prints it" \
    '[.bytes,.ok,.error.kind,.error.errno_name,.error.origin,.fields,.findings]' \
    '[0,false,"SyscallError","ENOENT","open",{},[]]'
run scan empty qemu.bin
is "one with a page is enough" 0 $status
run scan missing qemu.bin
is "a message about the one" "vmclock: missing: cannot be opened: No such file or directory (ENOENT)" "$(head -n 1 err)"
is "and the other's page" 1 "$(wc -l <out)"
run scan .
is "a directory: status" 3 $status
prints "a directory" err EISDIR
run scan -fjson - <&-
json "standard input closed" '.error|[.reason,.errno_name]' '["read-failed","EBADF"]'
for name in "a b" "it's" "\$HOME" "-x" "new
line" ; do
    cp qemu.bin "./$name"
    run scan -- "$name"
    is "one line, whatever the name" 1 "$(wc -l <out)"
    sed -n 's/.*: vmclock inspect --offset/"$VMCLOCK" inspect -fjson --offset/p' out >command
    command -v bash >/dev/null && is "a shell reads that name ($name)" 0 "$(VMCLOCK=$VMCLOCK bash ./command >out 2>&1; echo $?)"
done

# What cannot be read.
run scan -fjson /proc/self/mem
json "memory that cannot be read" .error.reason '"read-failed"'
is "memory that cannot be read: status" 3 $status
{ cat qemu.bin; head -c 1M /dev/zero; } >file.then
(cat file.then; exec 1>&-; sleep 0.2) | "$VMCLOCK" scan -fjson - ./missing >out
is "what was found stands before what failed" '[0,null]' "$(jq -sc 'map(.offset)' out)"

# ^C: what was found so far, and 130. A script's jobs in the background are started with SIGINT ignored.
mkfifo slow
exec 8<>slow
cat qemu.bin >&8
env --default-signal=INT "$VMCLOCK" scan -fjson slow missing >s.out 2>s.err 8>&- &
scan=$!
for try in $(seq 40); do
    has_open $scan slow && break
    sleep 0.1
done
sleep 0.5
kill -INT $scan
status=0
wait $scan || status=$?
exec 8>&-
is "^C: status" 130 $status
cp s.out out
json "^C: what was found so far" '[.path,.offset,.ok]' '["slow",0,true]'
is "^C: nothing else" "" "$(cat s.err)"
env --default-signal=INT "$VMCLOCK" scan -fjson /dev/zero >s.out 2>s.err &
scan=$!
sleep 0.5
kill -INT $scan
status=0
wait $scan || status=$?
is "^C in what never ends" "130 " "$status $(cat s.out s.err)"

# Standard output that takes nothing.
status=0
"$VMCLOCK" scan qemu.bin >/dev/full 2>err || status=$?
is "a full disk" "3 vmclock: standard output: No space left on device" "$status $(cat err)"
