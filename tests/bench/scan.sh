#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How fast the command searches an image that is in the page cache, beside cat and grep on the same: the least time of
# some rounds, in which they take turns. With --check it fails when a target is missed by more than noise. The table is
# left in FOLDER/scan.json as well, in vmclock_bench's form.
# usage: scan.sh VMCLOCK FOLDER [--check]
set -eu
export LC_ALL=C
vmclock=$1 folder=$2 check=${3-}
gib=2 rounds=7
mkdir -p "$folder"
image=$folder/image sparse=$folder/sparse
trap 'rm -f "$image" "$image.part" "$sparse"' EXIT
trap 'exit 1' INT TERM
free=$(df -Pk "$folder" | awk 'NR == 2 {print int($4 / 1048576)}')
memory=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
if [ "$free" -le $gib ] || [ "$memory" -le $gib ]; then
    echo "scan: SKIPPED: it takes $gib GiB on the disk and as much memory"
    exit 0
fi

# Bytes of all kinds: what is hard for a search. No page among them.
head -c 64M /dev/urandom >"$image.part"
for _ in $(seq $((gib * 16))); do cat "$image.part"; done >"$image"
truncate -s 64G "$sparse"
printf 'VCLK\0\20\0\0\1\0\377\0\2\0\0\0\1' | dd of="$sparse" bs=1M seek=60000 conv=notrunc status=none

# least FILE COMMAND...: keeps the least nanoseconds in FILE.
least() {
    file=$folder/$1.ns
    shift
    start=$(date +%s%N)
    "$@" >/dev/null || true
    spent=$(($(date +%s%N) - start))
    [ -e "$file" ] && [ "$(cat "$file")" -le $spent ] || echo $spent >"$file"
}
rm -f "$folder"/*.ns
for _ in $(seq $rounds); do
    least cat cat "$image"
    least grep grep -c VCLK "$image"
    for step in 4096 64 4 1; do least "step_$step" "$vmclock" scan --step=$step "$image"; done
    least sparse "$vmclock" scan "$sparse"
done

missed=0
json=$folder/scan.json
: >"$json"
# row NAME AGAINST TARGET: speeds as a ratio, which should be TARGET or more (0: none).
row() {
    awk -v name="$1" -v against="$2" -v target="$3" -v mine="$(cat "$folder/$1.ns")" -v its="$(cat "$folder/$2.ns")" \
        -v bytes=$((gib * 1073741824)) -v json="$json" 'BEGIN {
            ratio = its / mine
            printf "%-24s %7.2f GB/s %7.2f x  %-16s", name, bytes / mine, ratio, against
            if (target > 0) printf " >= %.2f%s", target, (ratio < target) ? "  missed" : ""
            printf "\n"
            printf "{\"name\": \"%s\", \"ns\": %d, \"ratio\": %.3f, \"to\": \"%s\"", name, mine, ratio, against >> json
            if (target > 0) printf ", \"at_least\": %.2f, \"met\": %s", target, (ratio < target) ? "false" : "true" >> json
            printf "}\n" >> json
            exit target > 0 && ratio * 1.1 < target
        }' || missed=1
}
row cat cat 0
row grep cat 0
row step_4096 cat 1.0
row step_64 cat 0
row step_4 cat 0.8
row step_1 cat 0.5
for step in 4096 4 1; do row step_$step grep 4; done
awk -v ns="$(cat "$folder/sparse.ns")" -v json="$json" 'BEGIN {
    is_missed = (ns > 5e8)
    printf "{\"name\": \"sparse\", \"ns\": %d, \"at_most_ns\": 500000000, \"met\": %s}\n", ns, is_missed ? "false" : "true" >> json
    printf "%-24s %7.0f ms, of 64 GiB with one page  <= 500%s\n", "sparse", ns / 1e6, is_missed ? "  missed" : ""
    exit is_missed
}' || missed=1
rm -f "$folder"/*.ns
[ -z "$check" ] || exit $missed
