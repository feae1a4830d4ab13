# SPDX-License-Identifier: BSD-2-Clause
# Which files `vmclock publish` makes, refuses and takes over; that publishers wait for each other; wrong usage.
. "$(dirname "$0")/lib.sh"

fields() { "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.seq_count,.disruption_marker]'; }

refuses() { # SENTENCE STATUS TEXT ARGS...
    sentence=$1 wanted=$2 text=$3
    shift 3
    run publish "$@"
    is "$sentence: status $wanted" "$wanted" $status
    is "$sentence: no output" "" "$(cat out)"
    prints "$sentence" err "$text"
}

# Files that hold no page.
left() { # SENTENCE TEXT [SEQ_COUNT]: refuses file bad.bin and leaves it; takes it with --force
    cp bad.bin before.bin
    refuses "$1" 1 "$2" --disrupt bad.bin
    prints "$1: what to do" err "add --force"
    is "$1: left as it was" "" "$(cmp bad.bin before.bin 2>&1)"
    run publish --force bad.bin
    is "$1, forced: status 0" 0 $status
    is "$1, forced: a page, then an update" "[${3:-4},\"1\"]" "$(fields bad.bin)"
    is "$1, forced: 4096 bytes" 4096 "$(wc -c <bad.bin | tr -d ' ')"
}
: >bad.bin
left "an empty file" "the region has no bytes"
echo text >bad.bin
left "a short file" "the region ends"
yes | head -c 4096 >bad.bin
# seq_count goes on from the four bytes that lie there: "y\ny\n", which is odd, then 2 more.
left "a file of text" "this is not a VMClock page" $((0x0a790a7a + 2))
is "forced: what lies past the structure is kept" y "$(tail -c 2 bad.bin | head -c 1)"
# A new page does not start with the seq_count that readers may have seen there: 2, and so it is 4.
page bad.bin
put bad.bin 8 02
left "a page of version 2" "the layout of this version is not known" 6
page bad.bin
put bad.bin 5 20
left "a page that claims more than there is" "the page claims more bytes than the region has" 6

clock_page clock.bin
cp clock.bin before.bin
run publish --force clock.bin
is "--force changes nothing but seq_count in a valid page" "13 2 4" "$(cmp -l before.bin clock.bin | tr -s ' ' | sed 's/^ //')"
put clock.bin 12 03
run publish --disrupt clock.bin
is "a page left odd by a writer that died is no invalid page" '0 [4,"8"]' "$status $(fields clock.bin)"
page large.bin
truncate -s 8192 large.bin
put large.bin 4 00 20
run publish --disrupt large.bin
is "a page of 8192 bytes" '0 [4,"2"]' "$status $(fields large.bin)"

# What cannot be opened or made.
mkdir folder
refuses "a directory" 3 "Is a directory" folder
refuses "a device" 3 "Only a regular file can hold a page to publish" /dev/null
mkfifo fifo
refuses "a FIFO" 3 "Only a regular file" fifo
refuses "a missing directory" 3 "cannot be written" missing/page.bin
prints "a missing directory: what to do" err "The directory that it would be made in does not exist"
is "a missing directory is not made" no "$([ -e missing ] && echo yes || echo no)"
ln -s missing/page.bin dangling
refuses "a link that leads nowhere" 3 "No such file" dangling
refuses "an empty name" 3 "cannot be written" ""
long=$(printf '%0255d' 1)
run publish "$long"
is "a name as long as names can be" '0 [2,"1"]' "$status $(fields "$long")"
refuses "a longer name" 3 "ENAMETOOLONG" "${long}1"
(umask 027 && "$VMCLOCK" publish masked.bin)
is "the umask counts" 640 "$(stat -c %a masked.bin)"
run publish "$PWD/folder/absolute.bin"
is "an absolute path" '0 [2,"1"]' "$status $(fields folder/absolute.bin)"
ln -s real.bin link
page real.bin
run publish link
is "a link is followed" '[4,"1"] link' "$(fields real.bin) $([ -L link ] && echo link)"
is "no temporary file stays behind" "" "$(find . -name '.vmclock*')"

# Publishers at once.
for each in $(seq 20); do
    "$VMCLOCK" publish --disrupt race.bin &
    pids="${pids:-} $!"
done
failed=0
for each in $pids; do wait "$each" || failed=$((failed + 1)); done
is "20 at once on a new file: none fails" 0 $failed
is "20 at once on a new file: one page, 20 updates" '[42,"21"]' "$(fields race.bin)"
is "and no temporary file" "" "$(find . -name '.vmclock*')"
"$VMCLOCK" publish --repeat=2000 --interval=0 --disrupt race.bin &
one=$!
"$VMCLOCK" publish --repeat=2000 --interval=0 --disrupt race.bin
wait $one
is "two that repeat lose no update" '[8042,"4021"]' "$(fields race.bin)"

exec 9<race.bin
flock 9
"$VMCLOCK" publish --disrupt race.bin 9<&- &
one=$!
sleep 0.5
is "one waits while another has the lock" '[8042,"4021"]' "$(fields race.bin)"
mv race.bin away.bin
page race.bin
flock -u 9
wait $one
is "one whose file was replaced meanwhile takes what the path names by then" '[4,"2"] [8042,"4021"]' \
    "$(fields race.bin) $(fields away.bin)"
exec 9<&-

# A lock that is not released, by whoever can read the file.
page locked.bin
flock -F locked.bin sleep 60 &
one=$!
for try in $(seq 100); do flock -n locked.bin true || break; sleep 0.05; done
before=$(date +%s%N)
refuses "a file that stays locked" 3 "cannot be opened: Resource temporarily unavailable (EAGAIN)" --disrupt locked.bin
after=$(date +%s%N)
prints "who holds the lock" err "Process $one (sleep) holds its lock, and did not release it within 5 s"
is "the lock is waited for 5 s" 5 $(((after - before) / 1000000000))
is "and the page is as it was" '[2,"1"]' "$(fields locked.bin)"
kill $one

# A limit for the size of files: what the command prints goes to a pipe, which has none; a profile
# of its coverage would.
limited() { # SENTENCE ARGS...: below 512 (dash) or 1024 bytes (bash)
    sentence=$1
    shift
    found=$( (ulimit -f 1 && LLVM_PROFILE_FILE=/dev/null "$VMCLOCK" publish "$@"; echo "status $?") 2>&1)
    printf '%s\n' "$found" >err
    prints "$sentence" err "cannot be written: File too large (EFBIG)"
    prints "$sentence" err "the limit for the size of a file"
    is "$sentence: status 3" "status 3" "$(tail -n 1 err)"
}
limited "a new file above the limit" limited.bin
is "it is not made" no "$([ -e limited.bin ] && echo yes || echo no)"
printf 'no page' >bad.bin
limited "a short file above the limit" --force bad.bin
is "it is left as it was" "no page" "$(cat bad.bin)"
is "and no temporary file" "" "$(find . -name '.vmclock*')"

# What is said of the file is true.
run publish --set size=100 --set vm_generation_counter=1 size.bin
run publish --set vm_generation_counter=1 size.bin
prints "a field that it has not" err "The file was left as it was."
page bad.bin
put bad.bin 0 00
put bad.bin 4 68 00
run publish bad.bin
prints "no page" err "The file was left as it was. To make a page of it all the same, add --force."
run publish --force --set vm_generation_counter=1 size.bin
prints "a field that it has not, forced" err "It holds a page, which was not updated."

# Usage.
refuses "no file" 2 "the file to publish in is missing" --disrupt
refuses "two files" 2 "one file at a time: 'b'" a b
refuses "no update" 2 "this is no number of updates: '0'" --repeat=0 a
refuses "an interval that is no number" 2 "the interval is no number of milliseconds below 2^31: '1.5'" --interval=1.5 a
refuses "an interval that is too long" 2 "below 2^31: '2147483648'" --interval=2147483648 a
refuses "an unknown option" 2 "unknown or ambiguous option: '--foo'" --foo a
is "wrong usage makes no file" no "$([ -e a ] && echo yes || echo no)"
run publish --help
for option in "--set FIELD=VALUE" --disrupt --snapshot-restored --stall --repeat=N --interval=MS --force \
    --help --version "Exit status"; do
    prints "publish --help tells $option" out "$option"
done
is "it fits a terminal of 100 columns" "" "$(awk 'length > 100' out)"
run publish --version
is "the version" "vmclock 0.1.0" "$(cat out)"
