# SPDX-License-Identifier: BSD-2-Clause
# `vmclock publish` where a script cannot get: see staged.c. Sleeps between updates, what a calibration fills, what is
# said of each failure.
. "$(dirname "$0")/lib.sh"

# ---- Between updates, and only there ----

sleeps() { # WANTED ARGS...
    wanted=$1
    shift
    STAGE_SLEEPS=1 run publish "$@" p
    is "$*: status" 0 $status
    is "$*: sleeps" "$wanted" "$(cat err)"
}
sleeps "" --disrupt
sleeps "" --repeat=1 --interval=5000
sleeps "sleep 0.100000000" --repeat=2
sleeps "sleep 0.007000000
sleep 0.007000000" --repeat=3 --interval=7
sleeps "sleep 0.000000000" --repeat=2 --interval=0
sleeps "sleep 0.999000000" --repeat=2 --interval=999
sleeps "sleep 1.000000000" --repeat=2 --interval=1000
sleeps "sleep 61.234000000" --repeat=2 --interval=61234
sleeps "sleep 2147483.647000000" --repeat=2 --interval=2147483647

# ---- What a calibration fills, and what it leaves ----

values() {
    "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.counter_id,.time_type,.clock_status,.tai_offset_sec,.counter_period_shift,
        .counter_value,.counter_period_frac_sec,.counter_period_esterror_rate_frac_sec,.counter_period_maxerror_rate_frac_sec,
        .time_sec,.time_frac_sec,.time_esterror_nanosec,.time_maxerror_nanosec,.flags,
        .disruption_marker,.leap_second_smearing_hint,.leap_indicator,.vm_generation_counter,.seq_count]'
}
export STAGE_CALIBRATE=0
run publish --calibrate new
is "a calibration: status" "0 " "$status $(cat out err)"
is "a calibration fills what it measures and nothing else" \
    '[1,2,3,-4,5,"6","7","8","9","10","11","12","13","121","1",0,0,"0",4]' "$(values new)"
page old
put old 24 84 03
put old 32 01 00 04 02 f7 ff 03 09
put old 104 05
cp old kept
run publish --calibrate old
is "the other fields stay, flags are added" \
    '[1,2,3,-4,5,"6","7","8","9","10","11","12","13","1021","1",2,3,"5",4]' "$(values old)"
is "pad stays, too" 1 "$(od -An -tu2 -j32 -N2 old | tr -d ' ')"
for setting in counter_id=77 time_type=77 clock_status=77 tai_offset_sec=77 counter_period_shift=77 counter_value=77 \
    counter_period_frac_sec=77 counter_period_esterror_rate_frac_sec=77 counter_period_maxerror_rate_frac_sec=77 time_sec=77 \
    time_frac_sec=77 time_esterror_nanosec=77 time_maxerror_nanosec=77; do
    rm -f new
    run publish --calibrate --set $setting new
    is "--set wins over --calibrate: ${setting%=*}" 77 \
        "$("$VMCLOCK" inspect -fjson new | jq -r ".fields.${setting%=*}")"
    is "and the other twelve are measured: ${setting%=*}" 12 "$(values new | jq -r '.[:13]|map(tostring)|map(select(. != "77"))|length')"
done
rm -f new
run publish --calibrate --set flags=TIME_MONOTONIC new
is "--set flags: none is added" '"128"' "$("$VMCLOCK" inspect -fjson new | jq .fields.flags)"
cp kept old
STAGE_CALIBRATE=5 run publish --calibrate --disrupt old
is "one that fails: status" 3 $status
is "one that fails: nothing is stored" "" "$(cmp old kept 2>&1)"
unset STAGE_CALIBRATE

# ---- What is said of each failure ----

says() { # SENTENCE ERRNO:PROCESS WANTED
    STAGE_WRITER=$2 STAGE_COLUMNS=120 STAGE_TERMINAL=2 TERM=dumb run publish p
    is "$1: status" 3 $status
    is "$1" "$3" "$(sed 1d err | tr -s ' \n' ' ')"
}
says "no directory" 2:0 " The directory that it would be made in does not exist, or the path is a link that leads nowhere. "
says "a lock, of one who is not known" 11:0 " Another process holds its lock, and did not release it within 5 s. "
says "a lock, of one who is gone" 11:4194305 " Process 4194305 (?) holds its lock, and did not release it within 5 s: \
another publisher, or whoever else can read the file. "
says "a limit" 27:0 " A page takes 4096 bytes, and the limit for the size of a file is below that: see ulimit -f "
case $(uname -m) in
x86_64 | i?86 | aarch64)
    says "no regular file" 95:0 " Only a regular file can hold a page to publish. "
    says "a file that is replaced again and again" 116:0 " Others keep putting another file in its place. "
    ;;
esac
STAGE_WRITER=13:0 run publish p
is "what the library says of the others" "3 yes" "$status $([ "$(wc -l <err)" -gt 1 ] && echo yes)"

# The name of who holds the lock may be anything.
# names SENTENCE NAME WANTED
names() {
    cp "$(command -v sleep)" "$2"
    "./$2" 60 &
    holder=$!
    for try in $(seq 100); do
        [ "$(cat /proc/$holder/comm)" = "$2" ] && break
        sleep 0.02
    done
    STAGE_COLUMNS=120 says "$1" "11:$holder" " Process $holder ($3) holds its lock, and did not release it within 5 s: another \
publisher, or whoever else can read the file. "
    kill $holder
    wait $holder 2>/dev/null || true
    rm "$2"
}
names "a plain name" 'Plain~!.1' 'Plain~!.1'
names "a name with what would break the line" 'a b`c' 'a?b?c'
names "a name that would control the terminal" "$(printf 'x\033[1m\177\303\251')" 'x?[1m???'

# What is left of the file.
"$VMCLOCK" publish --set size=100 short
run publish --repeat=2 --interval=0 --set vm_generation_counter=1 --force short
is "a page that is there, with --force" "  It holds a page, which was not updated." "$(tail -n 1 err)"
run publish --set vm_generation_counter=1 short
is "without it" "  The file was left as it was." "$(tail -n 1 err)"
STAGE_CALIBRATE=5 run publish --calibrate made
is "a file that was made: status" 3 $status
is "is there" 4096 "$(wc -c <made | tr -d ' ')"
# Of several fields that the page leaves out the first is told.
"$VMCLOCK" publish --set size=72 cut
run publish --set time_frac_sec=1 --set vm_generation_counter=1 --set time_sec=1 --set counter_value=1 cut
is "the first field that is not there" "1 vmclock: cut: the page ends before a field that is needed: time_sec ends at byte \
80, the page at 72" "$status $(head -n 1 err)"

# state STAGE_BEGIN WANTED ARGS...: that update fails
state() {
    begin=$1 wanted=$2
    shift 2
    STAGE_BEGIN=$begin run publish --interval=0 "$@"
    is "update $begin of '$*' fails: status" 1 $status
    is "update $begin of '$*' fails: what is left" "  $wanted" "$(tail -n 1 err)"
}
state 1 "The file was made, with a page without clock data, but not updated." --disrupt fresh
state 1 "The file was left as it was." --disrupt fresh
state 1 "It holds a page, which was not updated." --disrupt --force fresh
state 2 "The updates before this one were made." --repeat=3 --disrupt fresh
is "which is so" '[4,"2"]' "$("$VMCLOCK" inspect -fjson fresh | jq -c '.fields|[.seq_count,.disruption_marker]')"
state 2 "The updates before this one were made." --repeat=3 --force fresh
state 2 "The updates before this one were made." --repeat=3 fresher
