# SPDX-License-Identifier: BSD-2-Clause
# Inputs that are no ordinary files, or that change meanwhile: a clear answer, soon, and never a signal.
. "$(dirname "$0")/lib.sh"

page qemu.bin
clock_page clock.bin

# Two that need their time, in the background meanwhile.
mkfifo silent late
exec 8<>silent # a writer that never writes
("$VMCLOCK" inspect -fjson silent >silent.out 2>&1 8>&-; echo $? >silent.status) &
silent_pid=$!
({ sleep 6; cat qemu.bin; } | "$VMCLOCK" inspect -fjson - >late.out 2>&1 8>&-; echo $? >late.status) &
late_pid=$!

soon() { # run, with at most 20 s
    status=0
    timeout -k 1 20 "$VMCLOCK" "$@" >out 2>err || status=$?
}

soon inspect -fjson .
json "a directory" '[.bytes]+(.error|[.reason,.errno_name])' '[0,"read-failed","EISDIR"]'
is "a directory: status 3" 3 $status
soon inspect .
prints "a directory: advice" err "  Name a file"

mkfifo fifo
soon inspect -fjson fifo
json "a FIFO without a writer is empty" '[.bytes,.error.reason]' '[0,"empty"]'
is "and that is no failure to read" 1 $status

# The writer holds the FIFO open until the reader has it, then all of it is read.
fifo_reader() { # ARGS...: reads fifo, into which descriptor 9 has been written
    exec 9<>fifo
    cat qemu.bin >&9
    "$VMCLOCK" inspect -fjson "$@" fifo >out 2>err 9>&- &
    reader=$!
    for try in $(seq 40); do
        has_open $reader fifo && break
        sleep 0.1
    done
    exec 9>&-
    status=0
    wait $reader || status=$?
}
fifo_reader
json "a FIFO with a writer is read to its end" '[.bytes,.ok]' '[4096,true]'
is "a FIFO with a writer: status 0" 0 $status
fifo_reader --offset=4080
json "an offset into a FIFO skips what comes first" '[.bytes,.error.reason]' '[16,"bad-magic"]'
fifo_reader --offset=1G
json "an offset past a FIFO's end" '[.bytes,.error.reason]' '[0,"empty"]'

soon inspect -fjson /dev/zero
json "/dev/zero is read for 1 MiB" '[.bytes,.error.reason]' '[1048576,"bad-magic"]'
soon inspect -fjson --offset=0x7fffffffffffffff /dev/zero
is "/dev/zero at the last offset" 1 $status
soon inspect -fjson /dev/null
json "/dev/null is empty" '[.bytes,.error.reason]' '[0,"empty"]'
soon inspect -fjson /proc/self/mem
is "memory that cannot be read: status 3" 3 $status
soon inspect /proc/self/status
is "a file of /proc, whose length is not told" 1 $status

truncate -s 10G sparse
dd if=qemu.bin of=sparse bs=1M seek=9000 conv=notrunc status=none
soon inspect -fjson sparse
json "a file of 10 GiB" '[.bytes,.error.reason]' '[1048576,"bad-magic"]'
soon inspect -fjson --offset=9000M sparse
json "a page within it" '[.bytes,.ok]' '[1048576,true]'
rm sparse

ln -s loop loop
soon inspect -fjson loop
json "a link to itself" .error.errno_name '"ELOOP"'
soon inspect -fjson qemu.bin/x
json "a file as a directory" .error.errno_name '"ENOTDIR"'
soon inspect -fjson "$(printf '%05000d' 0)"
json "a path too long" .error.errno_name '"ENAMETOOLONG"'

# Without permission: as root, by becoming nobody.
cp "$VMCLOCK" vmclock
chmod 755 . vmclock
cp qemu.bin secret
chmod 600 secret
if [ "$(id -u)" = 0 ]; then
    status=0
    setpriv --reuid=65534 --regid=65534 --clear-groups ./vmclock inspect -fjson secret >out 2>err || status=$?
    setpriv --reuid=65534 --regid=65534 --clear-groups ./vmclock inspect secret 2>err.text
else
    chmod 000 secret
    run inspect -fjson secret
    "$VMCLOCK" inspect secret 2>err.text
fi
is "no permission: status 3" 3 $status
json "no permission" '.error|[.reason,.errno_name,.origin]' '["open-failed","EACCES","open"]'
prints "no permission: advice" err.text "read permission"

# A file that shrinks and grows while it is read, a hundred times.
cp qemu.bin moving
touch go
(while [ -e go ]; do : >moving; cat qemu.bin >moving; truncate -s 8 moving; done) &
mover=$!
answers=
for i in 1 2 3 4 5 6 7 8 9 10; do
    status=0
    "$VMCLOCK" inspect -fjson moving moving moving moving moving moving moving moving moving moving >out 2>err || status=$?
    case $status in 0 | 1) ;; *) answers="$answers $status" ;; esac
    jq -r '.error.reason // "valid"' out >>reasons
done
rm go
wait $mover
is "a file that shrinks meanwhile is valid or not, never more" "" "$answers"
is "and has one of the reasons that its states have" "" \
    "$(grep -vxE 'valid|empty|truncated|size-exceeds-region|update-too-fast' reasons)"

# Standard input.
run inspect -fjson - <qemu.bin
json "a file as standard input" '[.path,.bytes,.ok]' '["-",4096,true]'
run inspect -fjson - - <qemu.bin
is "it is not used up" '[true,true]' "$(jq -sc 'map(.ok)' out)"
cat qemu.bin | "$VMCLOCK" inspect -fjson - >out
json "a pipe as standard input" '[.bytes,.ok]' '[4096,true]'
{ cat clock.bin; cat qemu.bin; } | "$VMCLOCK" inspect -fjson --offset=4K - >out
json "an offset into a pipe" '[.bytes,.fields.counter_id_name]' '[4096,"INVALID"]'
{ head -c 3M /dev/zero; cat qemu.bin; } | "$VMCLOCK" inspect -fjson --offset=3M - >out
json "an offset into a pipe, beyond what is read at once" '[.bytes,.ok]' '[4096,true]'
{ head -c 4000 qemu.bin; sleep 0.3; tail -c 96 qemu.bin; } | "$VMCLOCK" inspect -fjson - >out
json "a pipe that is filled in two steps" '[.bytes,.ok]' '[4096,true]'
yes | "$VMCLOCK" inspect -fjson - >out
json "a pipe without end" '[.bytes,.error.reason]' '[1048576,"bad-magic"]'
cat clock.bin qemu.bin >both
{
    dd bs=4096 count=1 of=/dev/null status=none
    run inspect -fjson -
} <both
json "a file is read from its present position on" '[.bytes,.fields.counter_id_name]' '[4096,"INVALID"]'
run inspect -fjson - <.
json "a directory as standard input" .error.errno_name '"EISDIR"'
run inspect -fjson - <&-
json "standard input closed" '.error|[.reason,.errno_name]' '["read-failed","EBADF"]'
is "standard input closed: status 3" 3 $status
page ./-
run inspect -fjson ./-
json "a file whose name is a dash" '[.path,.ok]' '["./-",true]'

# Standard output that takes nothing.
for format in text json; do
    status=0
    "$VMCLOCK" inspect -f$format qemu.bin >/dev/full 2>err || status=$?
    is "a full disk: status 3 ($format)" 3 $status
    is "a full disk: message ($format)" "vmclock: standard output: No space left on device" "$(cat err)"
    status=0
    "$VMCLOCK" inspect -f$format qemu.bin >&- 2>err || status=$?
    is "standard output closed: status 3 ($format)" 3 $status
done
status=0
"$VMCLOCK" inspect $(yes qemu.bin | head -n 50) >/dev/full 2>err || status=$?
is "a full disk and much output: status 3" 3 $status
is "a full disk and much output: one message" "vmclock: standard output: No space left on device" "$(cat err)"
status=0
"$VMCLOCK" --help >/dev/full 2>err || status=$?
is "a full disk and --help: status 3" 3 $status
run inspect missing 2>&-
is "standard error closed" 3 $status

wait $silent_pid
cp silent.out out
is "a FIFO whose writer is silent: status 3" 3 "$(cat silent.status)"
json "a FIFO whose writer is silent" '.error|[.reason,.errno_name,.origin]' '["read-failed","ETIMEDOUT","poll"]'
wait $late_pid
cp late.out out
json "standard input is waited for" '[.bytes,.ok]' '[4096,true]'
