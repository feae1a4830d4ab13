# SPDX-License-Identifier: BSD-2-Clause
# The text of `vmclock inspect`: columns, words, advice, colours, and that no path can control a terminal.
. "$(dirname "$0")/lib.sh"

page qemu.bin
run inspect qemu.bin
is "a valid page has status 0" 0 $status
is "the verdict comes first, and what the page is good for" \
    "qemu.bin: valid: disruption signals only, as QEMU writes them" "$(head -n 1 out)"
is "how much was read" "  4096 bytes read" "$(tail -n 3 out | head -n 1)"
is "the columns" "  offset  field                              value  meaning" "$(sed -n 2p out)"
is "a field with its name" \
    "    0x0a  counter_id                           255  INVALID: no clock data, only disruption signals" \
    "$(grep counter_id out)"
is "a field whose flag is clear" "    0x24  tai_offset_sec                         0  means nothing: TAI_OFFSET_VALID is clear" \
    "$(grep tai_offset_sec out)"
is "every field has a line, pad too" 23 "$(grep -c '^    0x' out)"
is "no findings, and says so" "  no findings" "$(tail -n 1 out)"

clock_page clock.bin
put clock.bin 12 03
put clock.bin 36 25 00
run inspect clock.bin
is "an odd seq_count takes precedence" "clock.bin: valid: an update was under way, so that the values may be torn" \
    "$(head -n 1 out)"
prints "a frequency is in GHz" out "1.000000000 GHz"
prints "an error rate is in ppm" out " ppm"
prints "an error is in microseconds" out "2.500 us"
prints "the reference time is a date" out "2026-11-22 04:33:52 TAI"
prints "a finding tells severity, id and why" out "  warning  update-in-progress  seq_count is 3: an update was under way"
prints "another" out "  warning  tai-offset-sign     tai_offset_sec is 37"
is "no line is longer than 100" "" "$(awk 'length > 100' out)"

put clock.bin 4 2c 00
run inspect clock.bin
prints "absent fields are told in one line" out \
    "    0x28  counter_value to vm_generation_counter: absent, the page ends at offset 0x2c"
truncate -s 44 clock.bin
run inspect clock.bin
prints "also when the input ends there, too" out "absent, the page ends at offset 0x2c"
truncate -s 42 clock.bin
run inspect --allow-truncated clock.bin
prints "and whose fault it is" out "absent, the input ends at offset 0x2a"

page bad.bin
put bad.bin 0 00
run inspect bad.bin qemu.bin
is "an invalid page has status 1" 1 $status
is "the verdict in words" "bad.bin: invalid: this is not a VMClock page" "$(head -n 1 out)"
prints "kind and reason" out "  error     SegmentMalformed, bad-magic"
prints "what was expected" out "  expected  0x4b4c4356"
prints "what was found" out "  found     0x4b4c4300"
prints "where" out "  where     magic at offset 0x00, of 4096 bytes read"
prints "what to do" out "  advice    Check the path and the offset"
prints "the header as it was found" out "    0x04  size         4096"
prints "the next page follows after an empty line" out "qemu.bin: valid"
: >bad.bin
run inspect bad.bin
prints "no bytes" out "  expected  16 bytes"

run inspect qemu.bin missing.bin qemu.bin
is "blocks are an empty line apart, as fields and findings are" 3 "$(grep -c '^$' out)"

# What cannot be read goes to standard error, with advice.
run inspect missing.bin
is "nothing on standard output" "" "$(cat out)"
is "the path and what failed" "vmclock: missing.bin: cannot be opened: No such file or directory (ENOENT)" "$(head -n 1 err)"
if [ ! -e /dev/vmclock0 ]; then
    run inspect
    is "without a path it is /dev/vmclock0" "vmclock: /dev/vmclock0: cannot be opened: No such file or directory (ENOENT)" "$(head -n 1 err)"
    is "no such device is status 3" 3 $status
    tr -s '\n ' ' ' <err >words
    for word in 6.13 ptp_vmclock QEMU "-device vmclock" Firecracker Nitro; do
        prints "who offers the device: $word" words "$word"
    done
fi

# Hostile paths: whatever could control the terminal, or deceive its reader, is escaped.
hostile=$(printf 'a\033]0;x\007\302\233m\342\200\256b\\\377\177')
escaped='a\x1b]0;x\x07\xc2\x9bm\xe2\x80\xaeb\x5c\xff\x7f'
run inspect "$hostile"
prints "on standard error" err "vmclock: $escaped: cannot"
cp qemu.bin "$hostile"
run inspect "$hostile"
prints "on standard output" out "$escaped: valid"
run inspect -- "-$hostile"
prints "after --" err "vmclock: -$escaped: cannot"
run inspect "--$hostile"
prints "as an option" err "'--$escaped'"
is "and nowhere as it came" 0 "$(grep -c "$(printf '\033')" err)"
run "$hostile"
prints "as a command" err "'$escaped'"
cp qemu.bin "$(printf 'h\303\251.bin')"
run inspect "$(printf 'h\303\251.bin')"
prints "other letters are left alone" out "$(printf 'h\303\251.bin: valid')"

# Colours: on a terminal, if wanted.
# What nobody sees, in any locale; and what an 8-bit terminal takes for controls, unless the locale is UTF-8.
shows() { # LOCALE SENTENCE WANTED BYTE...
    locale=$1 sentence=$2 wanted=$3
    shift 3
    LC_ALL=$locale "$VMCLOCK" inspect "$(hex "$@")" 2>err
    is "$sentence, in $locale" "vmclock: $wanted: cannot be opened: No such file or directory (ENOENT)" "$(cat err)"
}
utf8=C.UTF-8
[ "$(LC_ALL=$utf8 locale charmap 2>/dev/null)" = UTF-8 ] || { utf8=; echo "no locale C.UTF-8 here: it is not tested"; }
for locale in C $utf8; do
    shows $locale "U+061C turns the direction" 'a\xd8\x9cb' 61 d8 9c 62
    shows $locale "U+200B has no width" '\xe2\x80\x8bb' e2 80 8b 62
    shows $locale "U+200D joins" 'a\xe2\x80\x8d' 61 e2 80 8d
    shows $locale "U+2060 joins" '\xe2\x81\xa0' e2 81 a0
    shows $locale "U+FEFF marks a byte order" '\xef\xbb\xbfa' ef bb bf 61
    shows $locale "U+00AD is seen at a line's end at best" '\xc2\xad' c2 ad
    shows $locale "U+E0041, a tag" '\xf3\xa0\x81\x81' f3 a0 81 81
    shows $locale "C1" '\xc2\x9b' c2 9b
    shows $locale "a stray continuation byte" '\x9b' 9b
    shows $locale "a letter without such bytes" "$(hex c3 a9)" c3 a9
done
shows C "a letter with a byte that is CSI" '\xc3\x9b' c3 9b
shows C "the first such byte" '\xc3\x80' c3 80
shows C "the last such byte" '\xc3\x9f' c3 9f
shows C "the next one" "$(hex c3 a0)" c3 a0
[ -z "$utf8" ] || shows $utf8 "a letter with a byte that would be CSI" "$(hex c3 9b)" c3 9b

# The width of the terminal: no line is wider, nothing is cut, and no column is narrower than words need.
has_pty=yes
script -qec true /dev/null </dev/null >screen 2>&1 || has_pty=
[ -n "$has_pty" ] || echo "no pseudoterminal here: widths and colours are not tested"
wide() { # COLUMNS ARGS...: the output on a terminal of that width
    wide_columns=$1
    shift
    NO_COLOR=1 TERM=xterm script -qec "stty cols $wide_columns; '$VMCLOCK' $*" /dev/null </dev/null | tr -d '\r' >screen
}
if [ -n "$has_pty" ]; then
    clock_page clock.bin
    put clock.bin 4 70 00
    put clock.bin 24 ff ff ff ff ff ff ff ff
    put clock.bin 34 04
    put clock.bin 40 ff ff ff ff ff ff ff ff
    put clock.bin 48 ff ff ff ff ff ff ff ff
    put clock.bin 56 ff ff ff ff ff ff ff ff
    put clock.bin 64 ff ff ff ff ff ff ff ff
    cp clock.bin short.bin
    put short.bin 4 20
    page b.bin
    put b.bin 4 01
    for columns in 40 51 52 60 66 67 79 80 100 120; do
        wide $columns inspect clock.bin short.bin b.bin qemu.bin missing.bin
        is "$columns columns: no line is wider" "" "$(awk "length > $columns" screen)"
        is "$columns columns: no spaces at an end" "" "$(grep ' $' screen)"
        is "$columns columns: every flag is whole" "$(printf '%s\n' DISRUPTION_IMMINENT DISRUPTION_SOON NOTIFICATION_PRESENT \
            PERIOD_ESTERROR_VALID PERIOD_MAXERROR_VALID TAI_OFFSET_VALID TIME_ESTERROR_VALID TIME_MAXERROR_VALID \
            TIME_MONOTONIC VM_GEN_COUNTER_PRESENT)" \
            "$(sed '/^short/q' screen | grep -oE '[A-Z_]+_(SOON|IMMINENT|VALID|PRESENT|MONOTONIC)' | sort)"
        is "$columns columns: every field has its offset" 23 \
            "$(sed '/^short/q' screen | grep -c '^    0x[0-9a-f][0-9a-f]  ')"
    done
    clock_page clock.bin
    wide 80 inspect clock.bin
    is "80 columns: a page with clock data is 35 lines at most" yes "$([ "$(wc -l <screen)" -le 35 ] && echo yes)"
    wide 80 inspect qemu.bin
    is "80 columns: a meaning has its line with the value where it fits" \
        "    0x0c  seq_count                  2  even: no update in progress" "$(grep seq_count screen)"
    is "80 columns: and goes on below it where it does not" "    0x0a  counter_id                 255  INVALID: no clock data, only
                                     disruption signals" "$(grep -A 1 counter_id screen)"
    wide 80 inspect b.bin
    is "a command line to be copied has a line of its own" 1 \
        "$(grep -c '^ *vmclock inspect --allow-truncated b.bin$' screen)"
    wide 40 inspect b.bin
    is "and starts at its beginning where there is no room" 1 "$(grep -c '^vmclock inspect --allow-truncated b.bin$' screen)"
    wide 40 inspect qemu.bin
    is "40 columns: the value stands below the field" "  counter_id
    0x0a  255  INVALID: no clock data,
    only disruption signals" "$(grep -A 2 counter_id screen)"
    wide 20 inspect qemu.bin
    cp screen narrow
    wide 40 inspect qemu.bin
    is "below 40 columns it is as at 40" "" "$(cmp screen narrow 2>&1)"
    wide 200 inspect qemu.bin
    cp screen broad
    wide 120 inspect qemu.bin
    is "beyond 120 columns it is as at 120" "" "$(cmp screen broad 2>&1)"
fi

escapes() { grep -c "$(printf '\033')" screen; }
screen() { # ENVIRONMENT...: the output on a terminal
    env -u NO_COLOR TERM=xterm "$@" script -qec "'$VMCLOCK' inspect clock.bin" /dev/null </dev/null >screen
}
clock_page clock.bin
put clock.bin 12 03
run inspect clock.bin
cp out screen
is "a file gets no colours" 0 "$(escapes)"
[ -n "$has_pty" ] || exit 0
screen
is "a terminal gets colours" yes "$([ "$(escapes)" -gt 0 ] && echo yes)"
prints "a warning is red" screen "$(printf '\033[31mwarning\033[0m')"
screen NO_COLOR=
is "an empty NO_COLOR is none" yes "$([ "$(escapes)" -gt 0 ] && echo yes)"
screen NO_COLOR=1
is "NO_COLOR turns them off" 0 "$(escapes)"
screen TERM=dumb
is "so does a dumb terminal" 0 "$(escapes)"
screen TERM=
is "and one that TERM says nothing of" 0 "$(escapes)"
env -u NO_COLOR -u TERM script -qec "'$VMCLOCK' inspect clock.bin" /dev/null </dev/null >screen
is "or that is not named at all" 0 "$(escapes)"
