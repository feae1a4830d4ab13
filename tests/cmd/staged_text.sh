# SPDX-License-Identifier: BSD-2-Clause
# Text to the letter, on terminals of any width and with colours: see staged.c.
here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)
. "$here/lib.sh"
unset NO_COLOR

# shows SENTENCE WANTED ARGS...: standard output, with escapes as letters
esc=$(printf '\033')
shows() {
    sentence=$1 wanted=$2
    shift 2
    run "$@"
    is "$sentence" "$wanted" "$(sed "s/$esc\[1m/<b>/g; s/$esc\[2m/<d>/g; s/$esc\[31m/<r>/g; s/$esc\[32m/<g>/g; s/$esc\[33m/<y>/g
        s/$esc\[0m/<>/g" out)"
}

# ---- time ----

clock_page c
whole='c:
  time       2026-11-22 04:33:53.499999999 TAI
  UTC        2026-11-22 04:33:16.499999999
  error      at most 12.500 us early, 12.501 us late
  earliest   2026-11-22 04:33:53.499987499 TAI
  latest     2026-11-22 04:33:53.500012500 TAI
  status     SYNCHRONIZED
  age        999.999999 ms since the calibration
  counter    123457789012345
  marker     7'
shows "time: the whole text" "$whole" time --counter=123457789012345 c
# A terminal has no colours here; what does not fit goes on below its column, from 47 columns on, else below the row.
export STAGE_COLUMNS=120 TERM=xterm
shows "time on a wide terminal" "$whole" time --counter=123457789012345 c
STAGE_COLUMNS=47 shows "time in 47 columns" "$(printf '%s\n' "$whole" | sed 's/early, /early,\n             /; s/since the /since the\n             /')" \
    time --counter=123457789012345 c
STAGE_COLUMNS=46 shows "time in 46 columns" "$(printf '%s\n' "$whole" | sed 's/early, /early,\n    /; s/since the /since the\n    /')" \
    time --counter=123457789012345 c
unset STAGE_COLUMNS

# row SENTENCE LABEL WANTED ARGS...: one row of page r
row() {
    sentence=$1 label=$2 wanted=$3
    shift 3
    run time "$@" r
    is "$sentence" "$wanted" "$(sed -n "s/^  $label  *//p" out)"
}
# Spans: at the reference point the error is time_maxerror_nanosec alone.
while read -r ns words; do
    clock_page r
    "$VMCLOCK" publish --set time_maxerror_nanosec=$ns r
    row "an error of $ns ns" error "at most $words early, $words late" --counter=123456789012345
done <<'TXT'
0 0 ns
1 1 ns
999 999 ns
1000 1.000 us
1001 1.001 us
999999 999.999 us
1000000 1.000000 ms
1000001 1.000001 ms
999999999 999.999999 ms
1000000000 1.000000000 s
1000000001 1.000000001 s
12345678901 12.345678901 s
1700000000123456789 1700000000.123456789 s
TXT
# Bounds that borrow from the second: 0.5 s less 0.6 s, and more.
clock_page r
"$VMCLOCK" publish --set time_maxerror_nanosec=600000001 r
row "earliest, in the second before" earliest "2026-11-22 04:33:51.899999999 TAI" --counter=123456789012345
row "latest, in the second after" latest "2026-11-22 04:33:53.100000001 TAI" --counter=123456789012345
row "and the error is as long on either side" error "at most 600.000001 ms early, 600.000001 ms late" --counter=123456789012345
# Ages, in ticks that are longer than a nanosecond by 16 parts in 10^12, and shorter by 38: times are rounded down.
clock_page r
"$VMCLOCK" publish --set counter_period_shift=0 --set counter_period_frac_sec=18446744074 --set counter_value=1000000000000 r
row "at the calibration" age "0 ns since the calibration" --counter=1000000000000
row "a tick later" age "1 ns since the calibration" --counter=1000000000001
row "a microsecond later" age "1.000 us since the calibration" --counter=1000000001000
row "a second later" age "1.000000000 s since the calibration" --counter=1001000000000
row "a second and a half later" age "1.500000000 s since the calibration" --counter=1001500000000
"$VMCLOCK" publish --set counter_period_frac_sec=18446744073 r
row "a tick before" age "1 ns before the calibration" --counter=999999999999
row "half a second before" age "500.000000 ms before the calibration" --counter=999500000000
row "a second and a half before" age "1.500000000 s before the calibration" --counter=998500000000
# Kinds of time, status, counter, marker.
while read -r type words; do
    clock_page r
    "$VMCLOCK" publish --set time_type=$type r
    row "time type $type" time "$words" --counter=123456789012345
done <<'TXT'
0 2026-11-22 04:33:52.500000000 UTC
1 2026-11-22 04:33:52.500000000 TAI
2 1795322032.500000000 s, MONOTONIC
3 1795322032.500000000 s, INVALID_SMEARED
4 1795322032.500000000 s, INVALID_MAYBE_SMEARED
5 1795322032.500000000 s, of an unknown type
TXT
row "of a type without UTC" UTC "unknown, the page does not tell" --counter=123456789012345
while read -r status words; do
    clock_page r
    "$VMCLOCK" publish --set clock_status=$status r
    row "status $status" status "$words" --force --counter=0
done <<'TXT'
0 UNKNOWN
1 INITIALIZING
2 SYNCHRONIZED
3 FREERUNNING
4 UNRELIABLE
5 unknown
TXT
clock_page r
"$VMCLOCK" publish --set flags=TAI_OFFSET_VALID --set disruption_marker=0xffffffffffffffff --set counter_period_frac_sec=0 r
row "the largest counter" counter 18446744073709551615 --counter=0xffffffffffffffff
row "the largest marker" marker 18446744073709551615 --counter=0
row "no bounds" error "unknown, the page does not tell" --counter=0
is "no rows for them" "0 0" "$(grep -c earliest out) $(grep -c latest out)"
cp r "r$(printf '\033')"
run time --counter=0 "r$esc"
is "no path controls a terminal" 'r\x1b:' "$(head -n 1 out)"

# ---- time: this machine's clock beside the page ----

# beside OFFSET:ERROR:SIGNS WANTED-OFFSET WANTED-ERROR TEXT: of page c, by standard input, which is no live page
beside() {
    STAGE_OFFSET=$1 run time -fjson - <c
    json "a clock at $1" '[.system_offset_nsec,.system_offset_error_nsec]' "[$2,$3]"
    STAGE_OFFSET=$1 run time - <c
    is "a clock at $1, in text" "$4" "$(sed -n 's/^  system  *//p' out)"
}
export STAGE_COLUMNS=120
bounds="the page's bounds"
beside 0.0:0.0:i '"0"' '"0"' "0 ns ahead of the page's UTC, give or take 0 ns: within $bounds"
beside 0.0:0.1:-i '"0"' '"1"' "0 ns behind the page's UTC, give or take 1 ns: within $bounds"
beside 0.1:0.999:- '"-1"' '"999"' "1 ns behind the page's UTC, give or take 999 ns: outside $bounds"
beside 0.999999999:0.2:+ '"999999999"' '"2"' "999.999999 ms ahead of the page's UTC, give or take 2 ns: outside $bounds"
beside 1.0:1.5:-i '"-1000000000"' '"1000000005"' \
    "1.000000000 s behind the page's UTC, give or take 1.000000005 s: within $bounds"
beside 7.000000012:0.1000:+ '"7000000012"' '"1000"' \
    "7.000000012 s ahead of the page's UTC, give or take 1.000 us: outside $bounds"
beside 18446744073709551615.999999999:18446744073709551615.999999999:- '"-18446744073709551615999999999"' \
    '"18446744073709551615999999999"' \
    "18446744073709551615.999999999 s behind the page's UTC, give or take 18446744073709551615.999999999 s:"
beside '' null null ""
cp c bounds
put c 24 39
beside 0.5:0.6:- '"-5"' '"6"' "5 ns behind the page's UTC, give or take 6 ns: the page tells no bounds"
mv bounds c
unset STAGE_COLUMNS

# ---- inspect and diff, whole ----

# The files text/WIDTH.txt were read line by line when they were made: no line is wider, the next word would not have
# fitted, and each value is that of the bytes below. "none" is no terminal: 100 columns, no colours.
clock_page whole
put whole 12 03
put whole 24 39
page notices
put notices 4 70 00
put notices 24 02
put notices 32 01
clock_page short
put short 4 2c 00
clock_page other
put other 0 00
page long
put long 4 01
: >empty
clock_page before
put before 24 f9 03
cp before after
put after 12 04
put after 16 06
put after 34 04
put after 104 01
cp after shrunk
put shrunk 4 48 00
put shrunk 12 02
cp before disrupted
put disrupted 12 04
put disrupted 16 08
cp before updated
put updated 12 04
cp "$here/../../corpus/fuzz_image/ok_flattened.bin" flattened
cp "$here/../../corpus/fuzz_image/ok_migration.bin" './-mi gration'
all() {
    "$VMCLOCK" inspect whole notices short other long empty flattened -- '-mi gration'
    "$VMCLOCK" inspect --allow-truncated long
    for page in before after shrunk disrupted updated; do "$VMCLOCK" diff before $page; done
    "$VMCLOCK" diff --strict --expect=none shrunk before
    "$VMCLOCK" diff --expect=updated before disrupted
    "$VMCLOCK" diff empty other
    "$VMCLOCK" inspect missing
    "$VMCLOCK" publish --set clock_status=x new
}
for columns in none 40 51 52 66 80 120; do
    (
        [ $columns = none ] || export STAGE_COLUMNS=$columns TERM=xterm
        all >screen 2>&1
    )
    sed "s/$esc\[1m/<b>/g; s/$esc\[2m/<d>/g; s/$esc\[31m/<r>/g; s/$esc\[32m/<g>/g; s/$esc\[33m/<y>/g; s/$esc\[0m/<>/g" \
        screen >$columns.txt
    is "inspect and diff in $columns columns" "" "$(diff "$here/text/$columns.txt" $columns.txt)"
    [ -z "${VMCLOCK_KEEP-}" ] || cp $columns.txt "$VMCLOCK_KEEP/"
done
