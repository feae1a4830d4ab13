# SPDX-License-Identifier: BSD-2-Clause
# `vmclock publish` by a command to which SIGTERM comes in the midst of each update: see signalled.c.
. "$(dirname "$0")/lib.sh"

fields() { "$VMCLOCK" inspect -fjson "$1" | jq -c '.fields|[.seq_count,.disruption_marker]'; }

run publish --disrupt new.bin
is "it dies of the signal" 143 $status
is "but ends its update first" '[4,"2"]' "$(fields new.bin)"
run publish --repeat=5 --interval=0 --disrupt new.bin
is "and it dies of it while it repeats" 143 $status
is "after one whole update" '[6,"3"]' "$(fields new.bin)"
run publish --stall --disrupt new.bin
is "an update that is not ended on purpose" '0 [7,"4"]' "$status $(fields new.bin)"
run publish --disrupt new.bin
is "is ended by the next" '143 [8,"5"]' "$status $(fields new.bin)"
is "no other file is there" new.bin "$(find . -type f ! -name out ! -name err -printf %f)"
