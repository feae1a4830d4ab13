# SPDX-License-Identifier: BSD-2-Clause
# Ten thousand pages in one call: quick, and in constant memory.
. "$(dirname "$0")/lib.sh"

clock_page page.bin
mkdir many many/00
yes page.bin | head -n 100 | xargs cat | split -b 4096 -a 2 -d - many/00/
for more in $(seq -w 1 99); do
    mkdir "many/$more" && ln many/00/* "many/$more" || exit 1
done

# milliseconds since some moment
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

start=$(now)
run inspect -fjson many/*/*
spent=$((($(now) - start) * 10))
is "all are valid" 0 $status
is "each has its line" 10000 "$(wc -l <out | tr -d ' ')"
is "each is whole" 10000 "$(grep -c '"bytes":4096,"ok":true' out)"
printf '{"path":"%s"\n' many/*/* >wanted
is "in the order given" "" "$(cut -d , -f 1 out | cmp - wanted 2>&1)"
echo "10,000 pages as JSON: $spent ms"
is "in less than 30 s, on whatever machine" yes "$([ $spent -lt 30000 ] && echo yes)"
start=$(now)
run inspect many/*/*
spent=$((($(now) - start) * 10))
echo "10,000 pages as text: $spent ms"
is "as text, too" yes "$([ $spent -lt 30000 ] && echo yes)"

(ulimit -n 32 && "$VMCLOCK" inspect -fjson many/00/*) >out
is "with few descriptors" 100 "$(grep -c '"ok":true' out)"

# The most memory used, in KiB: read while the command waits for the last path, a FIFO.
mkfifo gate
most_memory() { # PATH...
    exec 9<>gate
    "$VMCLOCK" inspect -fjson "$@" gate >gate.out 9>&- &
    reader=$!
    for try in $(seq 300); do
        has_open $reader gate && break
        sleep 0.1
    done
    has_open $reader gate || echo "never at the gate" # no number: what is done with it fails
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$reader/status
    exec 9>&-
    wait $reader
}
if [ -n "${VMCLOCK_SANITIZE:-}" ]; then
    echo "under $VMCLOCK_SANITIZE, memory is not measured"
else
    few=$(most_memory many/00/0?)
    many=$(most_memory many/*/*)
    echo "memory at most: $few KiB for 10 pages, $many KiB for 10,000"
    is "memory does not grow by more than the arguments" yes "$([ $((many - few)) -lt 2048 ] && echo yes)"
fi
