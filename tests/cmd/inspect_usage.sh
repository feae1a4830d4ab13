# SPDX-License-Identifier: BSD-2-Clause
# Options, help, version, and wrong usage: status 2, a hint on standard error, nothing on standard output.
. "$(dirname "$0")/lib.sh"

page qemu.bin
page ./-strict.bin

wrong() { # SENTENCE MESSAGE ARGS...
    sentence=$1 message=$2
    shift 2
    run "$@"
    is "$sentence: status 2" 2 $status
    is "$sentence: no output" "" "$(cat out)"
    is "$sentence" "$message" "$(head -n 1 err)"
    prints "$sentence: a hint" err "--help'."
}
wrong "no command" "vmclock: a command is missing"
wrong "an unknown command" "vmclock: unknown command: 'inspekt'" inspekt
wrong "an empty command" "vmclock: unknown command: ''" ""
wrong "an unknown option" "vmclock: unknown option: '--foo'" --foo
wrong "an unknown option of inspect" "vmclock inspect: unknown or ambiguous option: '--foo'" inspect --foo qemu.bin
wrong "an unknown letter" "vmclock inspect: unknown or ambiguous option: '-x'" inspect -x
wrong "an unknown letter after an option" "vmclock inspect: unknown or ambiguous option: '-x'" inspect --strict -xf text
wrong "an option that could be two" "vmclock inspect: unknown or ambiguous option: '--=3'" inspect --=3
wrong "a missing value" "vmclock inspect: this option needs a value: '--offset'" inspect --offset
wrong "a missing format" "vmclock inspect: this option needs a value: '-f'" inspect -f
wrong "a value too many" "vmclock inspect: this option takes no value: '--strict=1'" inspect --strict=1
wrong "a value for help" "vmclock inspect: this option takes no value: '--help=1'" inspect --help=1
for format in xml JSON '' json,text; do
    wrong "format '$format'" "vmclock inspect: the format is neither text nor json: '$format'" inspect "--format=$format"
done
for offset in '' x 0x K -1 +1 ' 1' '1 ' 1k 1T 1KK 1.5 0x1g 1_000 18446744073709551616 0x10000000000000000 \
    18014398509481984K 17592186044416M 17179869184G; do
    wrong "offset '$offset'" "vmclock inspect: the offset is no number, or one above 64 bits: '$offset'" \
        inspect "--offset=$offset" qemu.bin
done
for offset in 0 00 0x0 0K 000000000000000000000000; do
    run inspect --offset=$offset qemu.bin
    is "offset $offset is 0" 0 $status
done

run --help
is "--help: status 0" 0 $status
prints "--help lists the commands" out "  inspect "
is "--help leaves standard error alone" "" "$(cat err)"
cp out help
run -h
is "-h is --help" "$(cat help)" "$(cat out)"
run help
is "help is --help" "0 $(cat help)" "$status $(cat out)"
for command in inspect time watch publish; do
    run $command --help
    cp out help
    run help $command
    is "help $command is $command --help" "0 $(cat help)" "$status $(cat out)"
done
wrong "help for what is no command" "vmclock: unknown command: 'inspekt'" help inspekt
wrong "help with an unknown option" "vmclock: unknown option: '--foo'" help --foo
wrong "help for two commands" "vmclock help: one command at a time: 'watch'" help inspect watch
run --version
is "the version" "vmclock 0.1.0" "$(cat out)"
run inspect --help
is "inspect --help: status 0" 0 $status
for option in -f, --format=text --offset=N --allow-truncated --strict --help --version /dev/vmclock0 "Exit status"; do
    prints "inspect --help tells $option" out "$option"
done
for command in '' inspect scan time diff watch publish; do
    "$VMCLOCK" help ${command:+"$command"} >screen
    is "help $command fits a terminal of 80 columns" "" "$(awk 'length > 80' screen)"
    is "help $command is a help" 1 "$(grep -c '^Usage: vmclock ' screen)"
done
cp out help
run inspect -h
is "inspect -h is inspect --help" "$(cat help)" "$(cat out)"
run inspect --version
is "inspect --version" "vmclock 0.1.0" "$(cat out)"

# Options and paths in any order; -- ends the options.
run inspect qemu.bin --format=json
json "an option after the path" .path '"qemu.bin"'
run inspect -f text --format json qemu.bin
json "the last format counts" .path '"qemu.bin"'
run inspect -fjson -- -strict.bin
json "a path that starts with a dash, after --" '[.path,.ok]' '["-strict.bin",true]'
run inspect -fjson ./-strict.bin --strict
json "or with ./" '[.path,.ok]' '["./-strict.bin",true]'
run inspect --form=json --off=0x0 --allow --str qemu.bin
json "options may be shortened" .ok true
run inspect ''
is "an empty path is a missing file, not wrong usage" 3 $status
