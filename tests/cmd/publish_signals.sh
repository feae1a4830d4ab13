# SPDX-License-Identifier: BSD-2-Clause
# `vmclock publish` by a command to which a signal comes in the midst of each update: see staged.c.
. "$(dirname "$0")/lib.sh"

fields() { "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.seq_count,.disruption_marker]'; }
signalled() { # NUMBER PLACE ARGS...: that signal comes at that place
    number=$1 place=$2
    shift 2
    status=0
    # What a script starts may have signals ignored.
    STAGE_SIGNAL=$number STAGE_AT=$place env --default-signal "$VMCLOCK" "$@" >out 2>err || status=$?
}

signalled 15 commit publish --disrupt new.bin
is "it dies of the signal" 143 $status
is "but ends its update first" '[4,"2"]' "$(fields new.bin)"
signalled 15 commit publish --repeat=5 --interval=0 --disrupt new.bin
is "and it dies of it while it repeats" 143 $status
is "after one whole update" '[6,"3"]' "$(fields new.bin)"
signalled 15 commit publish --stall --disrupt new.bin
is "an update that is not ended on purpose" '0 [7,"4"]' "$status $(fields new.bin)"
signalled 15 commit publish --disrupt new.bin
is "is ended by the next" '143 [8,"5"]' "$status $(fields new.bin)"
signalled 15 begin publish --stall --disrupt new.bin
is "also that one is stored whole" '143 [9,"6"]' "$status $(fields new.bin)"
is "no other file is there" new.bin "$(find . -type f ! -name out ! -name err -printf %f)"

# Every signal that can be blocked, but those that only stop.
ulimit -c 0
for number in 1 2 3 4 6 7 8 10 11 12 13 14 15 16 23 24 25 26 27 29 30 31 34 64; do
    case $number in 4 | 7 | 8 | 11) [ -z "${VMCLOCK_SANITIZE-}" ] || continue ;; esac # the sanitizers' own
    rm -f each.bin
    signalled $number begin publish --disrupt each.bin
    is "signal $number behind the first store: the update is whole" '[4,"2"]' "$(fields each.bin)"
done
