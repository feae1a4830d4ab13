#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks protocol.pml with Spin: all interleavings and reorderings, over fresh memory, an old page and a stalled one;
# and that the model notices when a fence or a check is missing. Needs the Debian packages spin, gcc and libc6-dev.
set -eu
model=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/protocol.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# explore MACRO...: prints Spin's number of errors.
explore() {
    options=
    for macro in "$@"; do options="$options -D$macro"; done
    # Names of our own macros only: unquoted on purpose.
    spin $options -a "$model" >spin.log && ${CC:-cc} -O1 -w -DSAFETY -o pan pan.c && ./pan -m100000 >pan.log || {
        cat spin.log pan.log >&2
        exit 1
    }
    ! grep -qE 'max search depth too small|out of memory|error: ' pan.log && sed -n 's/.*errors: //p' pan.log
}

failed=0
for memory in "0 0" "0 10" "1 10" "1 11"; do
    set -- $memory
    errors=$(explore OLD_MAGIC="$1" OLD_SEQ="$2")
    states=$(sed -n 's/ states, stored$//p' pan.log | tr -d ' ')
    echo "protocol: over magic=$1 seq_count=$2: $errors errors in $states states"
    [ "$errors" = 0 ] || failed=1
done
for missing in NO_BEGIN_FENCE NO_COMMIT_FENCE NO_INIT_FIRST_FENCE NO_INIT_LAST_FENCES NO_FIRST_FENCE NO_SECOND_FENCE \
    NO_COMPARE_FENCE NO_ODD_CHECK NO_SECOND_LOOK; do
    errors=$(explore OLD_MAGIC=1 OLD_SEQ=10 "$missing")
    if [ "$errors" = 0 ] || ! grep -q 'assertion violated' pan.log; then
        echo "protocol: $missing is not noticed: the model shows nothing" >&2
        failed=1
    else
        echo "protocol: $missing is noticed"
    fi
done
errors=$(explore OLD_MAGIC=1 OLD_SEQ=4 RESTART)
if [ "$errors" = 0 ]; then
    echo "protocol: a seq_count that comes round is not noticed: the model shows nothing" >&2
    failed=1
fi
exit $failed
