# SPDX-License-Identifier: BSD-2-Clause
# Shared by the tests of the command, which are called with the path of the built command:
#     sh tests/cmd/inspect_json.sh build/dev/vmclock
# Pages are made of literal bytes, in hexadecimal, in the order of the file.
set -u
export LC_ALL=C
VMCLOCK=${1:-${VMCLOCK:?"give the path of the command"}}
case $VMCLOCK in /*) ;; *) VMCLOCK=$PWD/$VMCLOCK ;; esac
[ -x "$VMCLOCK" ] || { echo "$VMCLOCK is no program"; exit 1; }
work=$(mktemp -d)
cd "$work" || exit 1
checks=0
failures=0

finish() {
    ended=$?
    cd / && rm -rf "$work"
    [ "$ended" = 0 ] || { echo "the test script itself failed with $ended"; exit 1; }
    echo "$checks checks, $failures failures"
    [ "$checks" -gt 0 ] && [ "$failures" = 0 ] || exit 1
}
trap finish EXIT

# Who only wants to know whether anything fails need not wait for the rest.
stop_if_told() { [ -z "${VMCLOCK_TESTS_STOP-}" ] || exit 0; }

# is SENTENCE WANTED FOUND
is() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return
    failures=$((failures + 1))
    printf 'FAILED: %s\n  wanted: %s\n  found:  %s\n' "$1" "$2" "$3"
    stop_if_told
}

# run ARGS...: the command; its output goes to the files out and err, its status to $status.
run() {
    status=0
    "$VMCLOCK" "$@" >out 2>err || status=$?
}

# json SENTENCE FILTER WANTED: asks jq about the last run's output.
json() { is "$1" "$3" "$(jq -c "$2" out 2>&1)"; }

# prints SENTENCE FILE TEXT: FILE holds the text, somewhere.
prints() {
    checks=$((checks + 1))
    grep -qF -e "$3" "$2" && return
    failures=$((failures + 1))
    printf 'FAILED: %s\n  wanted in "%s": %s\n  found:\n' "$1" "$2" "$3"
    cat "$2"
    stop_if_told
}

# hex BYTE...: prints these bytes.
hex() { printf "$(printf '\\%03o' $(printf '0x%s ' "$@"))"; }

# put FILE OFFSET BYTE...: overwrites bytes of a file.
put() {
    put_file=$1 put_at=$2
    shift 2
    hex "$@" | dd of="$put_file" bs=1 seek="$put_at" conv=notrunc status=none
}

# page FILE: as QEMU makes it.
page() {
    hex 56 43 4c 4b  00 10 00 00  01 00  ff  00  02 00 00 00 \
        01 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 >"$1"
    truncate -s 4096 "$1"
}

# clock_page FILE: with clock data without fault: a TSC of 1 GHz to within 10 ppm, TAI, all error bounds.
clock_page() {
    hex 56 43 4c 4b  00 10 00 00  01 00  01  01  02 00 00 00 \
        07 00 00 00 00 00 00 00  79 00 00 00 00 00 00 00 \
        00 00  02  00  db ff  00  1d  79 df 0d 86 48 70 00 00 \
        97 a5 b4 36 41 5f 70 89  e8 03 00 00 00 00 00 00 \
        ae 84 1a 6e 12 5a 00 00  b0 70 02 6b 00 00 00 00 \
        00 00 00 00 00 00 00 80  f4 01 00 00 00 00 00 00 \
        c4 09 00 00 00 00 00 00  00 00 00 00 00 00 00 00 >"$1"
    truncate -s 4096 "$1"
}

# has_open PID FILE: that process is the command, no longer the shell it came from, and has the file open.
has_open() { [ "/proc/$1/exe" -ef "$VMCLOCK" ] && ls -l "/proc/$1/fd" 2>/dev/null | grep -q -- "-> $work/$2\$"; }
