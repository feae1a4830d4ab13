# SPDX-License-Identifier: BSD-2-Clause
# The text of `vmclock diff`, its colours, its usage errors.
. "$(dirname "$0")/lib.sh"

clock_page before.bin
put before.bin 24 f9 03
cp before.bin after.bin
run diff before.bin after.bin
is "equal pages: one line" "before.bin to after.bin: none: the pages are equal" "$(cat out)"

put after.bin 12 04
put after.bin 34 04
run diff before.bin after.bin
is "the change comes first" "before.bin to after.bin: updated: no disruption is told of" "$(head -n 1 out)"
is "then each field, before and after, with its meaning" \
    "    0x0c  seq_count
          before  2  even: no update in progress
          after   4  even: no update in progress
    0x22  clock_status
          before  2  SYNCHRONIZED: may be relied on
          after   4  UNRELIABLE: not to be relied on" "$(sed -n 3,8p out)"
is "then whether a writer may do that" "  nothing that a writer should not do" "$(tail -n 1 out)"

put after.bin 12 02
put after.bin 104 01
run diff before.bin after.bin
prints "restored" out "before.bin to after.bin: restored: vm_generation_counter changed; the VM was"
put after.bin 4 44 00
run diff before.bin after.bin
prints "a field that is absent" out "          after       absent"
prints "a transition in words" out "  warning  fixed-field-changed       size was 4096, is 68: it is"
prints "the next one" out "  warning  changed-without-sequence  clock_status was 2, is 4: seq_count"
is "no line is longer than 100" "" "$(awk 'length > 100' out)"

run diff --expect=none before.bin after.bin
is "another change than expected" 1 $status
is "is told" "  expected another change: none" "$(tail -n 1 out)"
run diff --expect=updated before.bin after.bin
is "the expected one is not" "" "$(grep expected out)"
run diff --strict before.bin after.bin
is "a warning makes --strict fail" 1 $status

: >empty.bin
run diff before.bin empty.bin
is "a page that is not valid" 1 $status
is "is shown as inspect does" "$("$VMCLOCK" inspect empty.bin)" "$(cat out)"
run diff empty.bin empty.bin
is "two of them" 2 "$(grep -c '^empty.bin: invalid' out)"
run diff missing.bin before.bin
is "one that cannot be read" 3 $status
is "is told on standard error" "vmclock: missing.bin: cannot be opened: No such file or directory (ENOENT)" \
    "$(head -n 1 err)"
is "and nothing else" "" "$(cat out)"
cp before.bin "$(printf 'a\033[31m.bin')"
run diff "$(printf 'a\033[31m.bin')" before.bin
is "no path controls a terminal" 'a\x1b[31m.bin to before.bin: none: the pages are equal' "$(cat out)"

# ---- On a terminal ----

if command -v script >/dev/null 2>&1; then
    for width in 40 60 80 120; do
        TERM=xterm NO_COLOR= script -qec "stty cols $width; $VMCLOCK diff before.bin after.bin" typescript \
            >screen </dev/null || true
        tr -d '\r' <screen | sed "s/$(printf '\033')\[[0-9]*m//g" >plain
        is "no line is wider than a terminal of $width" "" "$(awk -v w=$width 'length > w' plain)"
    done
    prints "a warning is red" screen "$(printf '\033[31mwarning\033[0m')"
fi

# ---- Wrong usage ----

wrong() { # SENTENCE MESSAGE ARGS...
    sentence=$1 message=$2
    shift 2
    run "$@"
    is "$sentence: status 2" 2 $status
    is "$sentence: no output" "" "$(cat out)"
    is "$sentence" "$message" "$(head -n 1 err)"
    prints "$sentence: a hint" err "Try 'vmclock diff --help'."
}
wrong "no page" "vmclock diff: two pages are needed, BEFORE and AFTER" diff
wrong "one page" "vmclock diff: two pages are needed, BEFORE and AFTER" diff before.bin
wrong "three pages" "vmclock diff: two pages are enough: 'c'" diff before.bin after.bin c
wrong "standard input twice" "vmclock diff: only one of the two pages can be standard input" diff - -
wrong "an unknown option" "vmclock diff: unknown or ambiguous option: '--foo'" diff --foo
for change in '' None unsure 'none ' restored,disrupted; do
    wrong "change '$change'" "vmclock diff: the change is none of none, updated, disrupted and restored: '$change'" \
        diff "--expect=$change" before.bin after.bin
done
run diff --expect=none --expect=updated before.bin after.bin
is "the last one counts" 0 $status
run diff before.bin --expect=updated after.bin
is "options may follow" 0 $status
run diff --help
is "help" 0 $status
is "no line of it is wider than 80" "" "$(awk 'length > 80' out)"
prints "names the changes" out "none, updated,"
run help
prints "help lists it" out "  diff        "
