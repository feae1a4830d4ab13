#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Has QEMU make dumps of a machine with a vmclock device, and searches them: ELF, kdump-compressed, flattened,
# migration.
# usage: dumps.sh ROOT VMCLOCK   ROOT: a system with QEMU 10 or later, for chroot
set -eu
root=$1 vmclock=$2
at=$root/run-dumps
rm -rf "$at"
mkdir -p "$at"
mkfifo "$at/qmp"
chroot "$root" timeout 120 qemu-system-x86_64 -accel tcg -m 64 -nodefaults -no-user-config -display none \
    -device vmclock -qmp stdio <>"$at/qmp" >"$at/answers" 2>&1 &
qemu=$!
exec 8<>"$at/qmp"
ask() { # COMMAND [ARGUMENTS]: waits for its answer
    before=$(grep -c '^{"return"\|^{"error"' "$at/answers" || true)
    echo "{\"execute\":\"$1\"${2:+,\"arguments\":$2}}" >&8
    for _ in $(seq 300); do
        [ "$(grep -c '^{"return"\|^{"error"' "$at/answers" || true)" -gt "$before" ] && return
        sleep 0.2
    done
    cat "$at/answers"
    exit 1
}
sleep 2
ask qmp_capabilities
for format in elf kdump-zlib kdump-raw-zlib; do
    ask dump-guest-memory "{\"paging\":false,\"protocol\":\"file:/run-dumps/$format\",\"format\":\"$format\"}"
done
ask migrate '{"uri":"file:/run-dumps/migration"}'
sleep 3
ask quit
wait $qemu || true

# found FILE STEP FILTER WANTED
found() {
    "$vmclock" scan -fjson --step="$2" "$at/$1" >"$at/found" 2>"$at/said" || true
    answer=$(jq -c "$3" "$at/found")
    [ "$answer" = "$4" ] || {
        echo "dumps: $1: wanted $4, found $answer"
        cat "$at/said"
        exit 1
    }
    echo "dumps: $1: $answer"
}
page='.ok,.fields.size,.fields.seq_count,.fields.disruption_marker'
found elf 4096 "[.physical_address,.bytes,$page]" '[4278169600,4096,true,4096,2,"1"]'
found migration 1 "[has(\"physical_address\"),$page]" '[false,true,4096,2,"1"]'
if ldd "$vmclock" | grep -q kdumpfile; then
    found kdump-raw-zlib 4096 "[.offset,.physical_address,.bytes,$page]" '[null,4278169600,4096,true,4096,2,"1"]'
else
    echo "dumps: kdump-raw-zlib: SKIPPED: the command was built without libkdumpfile"
fi
# Newer libkdumpfile reads it as it is; else it is said what helps.
"$vmclock" scan "$at/kdump-zlib" >"$at/found" 2>"$at/said" || grep -q 'makedumpfile -R' "$at/said"
echo "dumps: kdump-zlib: $(cat "$at/found" "$at/said")"
rm -rf "$at"
