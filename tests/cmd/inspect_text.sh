# SPDX-License-Identifier: BSD-2-Clause
# The text of `vmclock inspect`: columns, words, advice, colours, and that no path can control a terminal.
. "$(dirname "$0")/lib.sh"

page qemu.bin
run inspect qemu.bin
is "a valid page has status 0" 0 $status
is "the verdict comes first" "qemu.bin: valid VMClock page, 4096 bytes read" "$(head -n 1 out)"
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
escapes() { grep -c "$(printf '\033')" screen; }
screen() { # ENVIRONMENT...: the output on a terminal
    env -u NO_COLOR TERM=xterm "$@" script -qec "'$VMCLOCK' inspect clock.bin" /dev/null </dev/null >screen
}
clock_page clock.bin
put clock.bin 12 03
run inspect clock.bin
cp out screen
is "a file gets no colours" 0 "$(escapes)"
screen
is "a terminal gets colours" yes "$([ "$(escapes)" -gt 0 ] && echo yes)"
prints "a warning is red" screen "$(printf '\033[31mwarning\033[0m')"
screen NO_COLOR=
is "an empty NO_COLOR is none" yes "$([ "$(escapes)" -gt 0 ] && echo yes)"
screen NO_COLOR=1
is "NO_COLOR turns them off" 0 "$(escapes)"
screen TERM=dumb
is "so does a dumb terminal" 0 "$(escapes)"
