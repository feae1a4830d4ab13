# SPDX-License-Identifier: BSD-2-Clause
# What is the same for every subcommand: which options it has, that they can be shortened, what they take, help and
# version; the texts of help, to the letter.
here=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)
. "$here/lib.sh"

page p
cp p q

# wrong COMMAND MESSAGE ARGS...: status 2, nothing but two lines on standard error
wrong() {
    wrong_command=$1 wrong_message=$2
    shift 2
    run $wrong_command "$@"
    is "$wrong_command $*" "2 vmclock $wrong_command: $wrong_message
Try 'vmclock $wrong_command --help'." "$status $(cat out err)"
}

# flags COMMAND OPTION...: options without a value; value: with one. Each by its whole name, without what it needs, and
# with what it does not take; operands: as many as there can be, and one more.
flags() {
    command=$1
    shift
    for option in "$@" --help --version; do
        wrong $command "this option takes no value: '$option=1'" $option=1
        wrong $command "this option takes no value: '$option='" $option=
    done
}
values() {
    command=$1
    shift
    for option in "$@"; do
        wrong $command "this option needs a value: '$option'" $option
        wrong $command "this option needs a value: '$option'" p $option
    done
    case " $* " in
    *" --format "*)
        wrong $command "this option needs a value: '-f'" -f
        for format in xml Text JSON jso jsonn ''; do
            wrong $command "the format is neither text nor json: '$format'" --format=$format
        done
        ;;
    *) wrong $command "unknown or ambiguous option: '-f'" -f text p ;;
    esac
    case " $* " in
    *" --offset "*)
        for offset in -1 1k 0x 18446744073709551616 ''; do
            wrong $command "the offset is no number, or one above 64 bits: '$offset'" --offset=$offset
        done
        ;;
    *) wrong $command "unknown or ambiguous option: '--offset=1'" --offset=1 p ;;
    esac
}
flags inspect --allow-truncated --strict
values inspect --format --offset
flags time --force
values time --format --offset --counter
flags diff --strict --allow-truncated
values diff --format --offset --expect
flags scan --all
values scan --format --step
flags watch
values watch --format --offset --count --until --timeout --interval
flags publish --disrupt --snapshot-restored --calibrate --stall --force
values publish --set --repeat --interval

# What is short for two options is none; what is short for one is that one.
for short in f fo for; do wrong time "unknown or ambiguous option: '--$short'" --$short p; done
for short in s; do wrong publish "unknown or ambiguous option: '--$short'" --$short p; done
for short in = =1; do wrong inspect "unknown or ambiguous option: '--$short'" --$short p; done
works() { # STATUS ARGS...
    works_status=$1
    shift
    run "$@"
    is "$*" "$works_status " "$status $(cat err)"
}
works 0 inspect --a --s --f=json --o=0 p
works 0 inspect --al --st --fo json --of 0x0 p
works 0 time --c=1 --forc --form=json --o 0 q
works 0 time --counter 1 --force q
works 0 diff --a --s --e=none --f=text --o=0 p q
works 0 scan --a --s=1 --f=json p
works 0 watch --c=1 --u=valid --t=9 --i=10 --o=0 --f=json p
works 0 publish --se pad=1 --d --sn --st --r=2 --i=0 --fo new

# Operands.
wrong time "one page at a time: 'q'" p q
wrong time "one page at a time: 'q'" -- p q
wrong watch "one page at a time: 'q'" p q
wrong diff "two pages are needed, BEFORE and AFTER"
wrong diff "two pages are needed, BEFORE and AFTER" p
wrong diff "two pages are enough: 'x'" p q x
wrong diff "only one of the two pages can be standard input" - -
wrong scan "a FILE is missing"
wrong scan "a FILE is missing" --
wrong publish "the file to publish in is missing"
wrong publish "one file at a time: 'q'" p q

# Numbers at the ends of their ranges, and beyond them.
for number in 0 00 0x0 18446744073709551615 0xffffffffffffffff; do works 0 time --force --counter=$number q; done
for number in '' -1 +1 1K 0x 18446744073709551616 1.0; do
    wrong time "the counter is no number, or one above 64 bits: '$number'" --counter=$number q
done
for number in 1 0x1 4K 1G 18446744073709551615; do works 0 scan --step=$number p; done
for number in '' 0 -1 0x0 0K 1k 18446744073709551616 17179869184G; do
    wrong scan "the step is no number from 1 up, or one above 64 bits: '$number'" --step=$number p
done
for number in 1 0x1 0001; do works 0 watch --count=$number p; done
for number in '' 0 0x0 -1 1K 18446744073709551616; do
    wrong watch "this is no number of lines: '$number'" --count=$number p
done
works 0 watch --count=18446744073709551615 --timeout=0 p
for number in '' 0 2147483648 -1 1.5 1K; do
    wrong watch "the interval is no number of milliseconds from 1 to 2^31 - 1: '$number'" --interval=$number p
done
for number in 1 2147483647; do works 0 watch --interval=$number --count=1 p; done
for number in '' 0 -1 1K 18446744073709551616; do
    wrong publish "this is no number of updates: '$number'" --repeat=$number p
done
for number in '' 2147483648 -1 0.5 1K; do
    wrong publish "the interval is no number of milliseconds below 2^31: '$number'" --interval=$number p
done
for number in 0 2147483647 0x7fffffff; do works 0 publish --interval=$number p; done
for event in initial valid invalid replaced disruption generation flags status calibration other; do
    works $([ $event = initial ] && echo 0 || echo 1) watch --timeout=0 --until=$event p
done
for event in '' Initial init none disrupted; do wrong watch "there is no such event: '$event'" --until=$event p; done
for change in none updated disrupted restored; do
    works $([ $change = none ] && echo 0 || echo 1) diff --expect=$change p p
done

# The last of equal options counts, those that add up do so, and a wrong one is wrong wherever it stands.
works 0 watch --count=2 --count=1 p
works 0 diff --expect=restored --expect=none p p
wrong time "the counter is no number, or one above 64 bits: 'x'" --counter=1 --counter=x q
wrong time "the counter is no number, or one above 64 bits: 'x'" --counter=x --counter=1 q
rm -f new
works 0 publish --set pad=1 --set clock_status=1 --set pad=2 --disrupt --disrupt new
run inspect -fjson new
is "settings add up, flags do not" '[1,"2",2]' \
    "$(jq -c '[.fields.clock_status,.fields.disruption_marker]' out | jq -c ". + [$(od -An -tu2 -j32 -N2 new)]")"

# ---- help and version ----

for command in inspect scan time diff watch publish; do
    run $command --version
    is "$command --version" "0 vmclock 0.1.0" "$status $(cat out err)"
    run $command --help
    is "$command --help: status" "0 " "$status $(cat err)"
    cp out help
    for line in "$command -h" "help $command" "$command --he" "$command p -h --foo" "$command a b c --help"; do
        run $line
        is "$line" "0 $(cat help)" "$status $(cat out err)"
    done
done
run --help
cp out help
for line in -h help "help help" "help --help" "help -h"; do
    run $line
    is "$line" "0 $(cat help)" "$status $(cat out err)"
done
for line in "--version x" "--version --foo"; do
    run $line
    is "$line" "0 vmclock 0.1.0" "$status $(cat out err)"
done
none() { # MESSAGE ARGS...
    none_message=$1
    shift
    run "$@"
    is "$*" "2 $none_message" "$status $(cat out err)"
}
hint="
Try 'vmclock --help'."
none "vmclock: a command is missing$hint"
none "vmclock: unknown command: 'x'$hint" x
none "vmclock: unknown command: 'inspec'$hint" inspec p
none "vmclock: unknown command: 'inspectx'$hint" inspectx p
none "vmclock: unknown command: ''$hint" ''
none "vmclock: unknown option: '-x'$hint" -x
none "vmclock: unknown option: '--help=1'$hint" --help=1
none "vmclock: unknown option: '--helpx'$hint" --helpx
none "vmclock: unknown option: '-'$hint" -
none "vmclock: unknown option: '--'$hint" -- inspect p
none "vmclock: unknown command: 'x'$hint" help x
none "vmclock: unknown command: '+x'$hint" help +x
none "vmclock: unknown command: ''$hint" help ''
none "vmclock: unknown option: '--x'$hint" help --x
none "vmclock: unknown option: '-x'$hint" help -x
none "vmclock: unknown option: '-'$hint" help -
none "vmclock help: one command at a time: 'x'
Try 'vmclock help --help'." help inspect x
none "vmclock help: one command at a time: 'help'
Try 'vmclock help --help'." help help help
{
    "$VMCLOCK" --help
    for command in inspect scan time diff watch publish; do "$VMCLOCK" $command --help; done
} >help
is "the texts of help" "" "$(diff "$here/text/help.txt" help)"
is "fit a terminal of 80 columns" "" "$(awk 'length > 80' help)"
[ -z "${VMCLOCK_KEEP-}" ] || cp help "$VMCLOCK_KEEP/help.txt"
