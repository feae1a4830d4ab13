# SPDX-License-Identifier: BSD-2-Clause
# Wrong usage, help.
. "$(dirname "$0")/lib.sh"

usage() { # SENTENCE ARGS...
    usage_sentence=$1
    shift
    run scan "$@"
    is "$usage_sentence: status" 2 $status
    is "$usage_sentence: nothing on standard output" "" "$(cat out)"
    prints "$usage_sentence: a hint" err "Try 'vmclock scan --help'."
}
page p
usage "no FILE"
usage "a step of 0" --step=0 p
usage "a step of nothing" --step= p
usage "a step that is no number" --step=x p
usage "a negative step" --step=-1 p
usage "a step above 64 bits" --step=18446744073709551616 p
usage "a format that there is not" --format=xml p
usage "an option that there is not" --offset=1 p
usage "a value for what takes none" --all=1 p
for step in 1 0x1 1K 1M 1G 18446744073709551615; do
    run scan --step=$step p
    is "a step of $step" 0 $status
done
run scan --help
is "help: status" 0 $status
for word in "Usage: vmclock scan" --format --step --all "Exit status"; do
    prints "help tells of $word" out "$word"
done
is "no line of help is above 80 columns" "" "$(grep -E '.{81}' out)"
run scan --version
prints "version" out "vmclock "
run --help
prints "the overview has it" out "scan"
