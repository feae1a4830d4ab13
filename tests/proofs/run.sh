#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Proves the claims of the table `claims` with CBMC, and has each of them notice the bugs of the table `bugs`; README.md
# says what is claimed. CBMC and its solvers are Debian 13's, unpacked below build/. Needs gcc.
# usage: run.sh [FILE.FUNCTION...]   those, or all
#        run.sh --fit                only checks that each bug of the table can still be planted
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=$root/build/proofs
tools=$work/tools
limit=600

# rows TABLE: without comments.
rows() { grep -v -e '^#' -e '^ *$' "$here/$1"; }

unpack_tools() {
    [ ! -e "$tools/complete" ] || return 0
    echo "prove: unpacking CBMC and solvers of Debian 13 below build/" >&2
    rm -rf "$tools"
    sh "$root/tests/unpack_package.sh" trixie "$(dpkg --print-architecture)" "$tools" \
        cbmc minisat cadical z3 libz3-4 libc6 libstdc++6 libgcc-s1 zlib1g
    mkdir "$tools/bin"
    for library in "$tools"/usr/lib/*-linux-*/libc.so.6; do libraries=${library%/*}; done
    for loader in "$libraries"/ld-linux*; do :; done
    for tool in cbmc cadical z3; do
        printf '#!/bin/sh\nexec "%s" --library-path "%s:%s" "%s" "$@"\n' \
            "$loader" "$libraries" "$tools/usr/lib" "$tools/usr/bin/$tool" >"$tools/bin/$tool"
        chmod +x "$tools/bin/$tool"
    done
    : >"$tools/complete"
}

# cbmc TREE FILE FUNCTION MACHINE OPTIONS...: CBMC's report of one claim.
cbmc() {
    tree=$1 file=$2 function=$3 machine=$4
    shift 4
    case $machine in
    le64) compiler= ;;
    le32) compiler=-m32 && set -- --32 "$@" ;;
    be64) compiler='-U__BYTE_ORDER__ -D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__' && set -- --big-endian "$@" ;;
    be32) compiler='-m32 -U__BYTE_ORDER__ -D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__' && set -- --32 --big-endian "$@" ;;
    esac
    # shellcheck disable=SC2086 # several words, or none
    gcc -E -std=gnu11 -ffreestanding $compiler -I"$tree/src/include" -I"$tree/src" "$tree/tests/proofs/$file.c" -o "$log.i"
    PATH=$tools/bin:$PATH timeout "$limit" cbmc "$log.i" --function "$function" --c11 --drop-unused-functions \
        --bounds-check --pointer-check --pointer-overflow-check --pointer-primitive-check --signed-overflow-check \
        --undefined-shift-check --div-by-zero-check --unwinding-assertions "$@"
}

# A report that tells of anything that was left out, or not decided, is none.
is_whole() {
    ! grep -q -e 'no body for' -e '\*\*\*\* WARNING' -e '^warning:' -e ': ERROR$' -e ': UNKNOWN$' -e 'VERIFICATION ERROR' "$1"
}

# prove FILE FUNCTION MACHINE OPTIONS...
prove() {
    log=$work/$1.$2.$3.log
    code=0
    cbmc "$root" "$@" >"$log" 2>&1 || code=$?
    rm -f "$log.i"
    checks=$(grep -c ': SUCCESS$' "$log") || true
    if [ $code = 0 ] && [ "$checks" -gt 0 ] && grep -q '^VERIFICATION SUCCESSFUL$' "$log" && is_whole "$log"; then
        echo "prove: $1.$2 ($3) holds, by $checks checks"
    else
        grep -e ': FAILURE$' -e 'no body for' -e WARNING -e ': ERROR$' -e ': UNKNOWN$' "$log" | head -n 20
        echo "prove: $1.$2 ($3) is NOT proved (status $code; $log)"
        return 1
    fi
}

# fits BUG: it changes the sources as they are.
fits() {
    case $1 in
    *.patch) patch --dry-run -f -s -p1 -d "$root" -i "$root/tests/planted/$1" ;;
    *) ! sed "${1#* }" "$root/src/${1%% *}" | cmp -s - "$root/src/${1%% *}" ;;
    esac || {
        echo "prove: this bug cannot be planted any longer: $1" >&2
        return 1
    }
}

# plant TREE BUG: a copy of the sources with that bug.
plant() {
    fits "$2" || return 1
    rm -rf "$1"
    mkdir -p "$1/tests"
    cp -R "$root/src" "$1/"
    cp -R "$here" "$1/tests/"
    case $2 in
    *.patch) patch -f -s -p1 -d "$1" -i "$root/tests/planted/$2" ;;
    *) sed -i "${2#* }" "$1/src/${2%% *}" ;;
    esac
}

# notice NUMBER FILE.FUNCTION BUG: with the options of that claim, on its first machine.
notice() {
    log=$work/bug$1.log
    tree=$work/bug$1
    plant "$tree" "$3" || return 1
    # shellcheck disable=SC2046 # likewise
    set -- "$2" "$3" $(rows claims | grep "^$(echo "$2" | tr . ' ') " | head -n 1)
    name=$1 bug=$2 file=$3 function=$4 machine=${5%%,*}
    shift 5
    code=0
    cbmc "$tree" "$file" "$function" "$machine" --stop-on-fail "$@" >"$log" 2>&1 || code=$?
    rm -rf "$tree" "$log.i"
    if [ $code = 10 ] && grep -q '^Violated property:$' "$log" && grep -q '^VERIFICATION FAILED$' "$log" && is_whole "$log"; then
        echo "prove: $name notices: $bug"
    else
        echo "prove: $name does NOT notice (status $code; $log): $bug"
        return 1
    fi
}

# One task of a line, for xargs.
if [ "${1-}" = --task ]; then
    # shellcheck disable=SC2086 # likewise
    set -- $2
    case $1 in
    model) sh "$here/protocol.sh" && exit ;;
    prove) shift && prove "$@" && exit ;;
    bug)
        row=$(rows bugs | sed -n "$2p")
        notice "$2" "${row%% *}" "${row#* }" && exit
        ;;
    esac
    exit 1
fi

if [ "${1-}" = --fit ]; then
    rows bugs | while read -r name bug; do
        rows claims | grep -q "^$(echo "$name" | tr . ' ') " || {
            echo "prove: no such claim: $name" >&2
            exit 1
        }
        fits "$bug"
    done
    exit
fi

# wanted NAME: is it one of those asked for? Without any asked for, all are.
names=" $* "
wanted() { [ "$names" = "  " ] || [ "${names#* "$1" }" != "$names" ]; }

mkdir -p "$work"
unpack_tools
{
    [ "$names" != "  " ] || echo model
    rows claims | while read -r file function machines options; do
        wanted "$file.$function" || continue
        for machine in $(echo "$machines" | tr , ' '); do echo "prove $file $function $machine $options"; done
    done
    number=0
    rows bugs | while read -r name bug; do
        number=$((number + 1))
        ! wanted "$name" || echo "bug $number"
    done
} >"$work/tasks"
[ -s "$work/tasks" ] || {
    echo "prove: no such claim: $*" >&2
    exit 1
}
status=0
xargs -P "$(nproc)" -I'{}' sh "$here/run.sh" --task '{}' <"$work/tasks" >"$work/report" || status=1
sort "$work/report"
[ $status = 0 ] || {
    echo "prove: not all is proved" >&2
    exit 1
}
echo "prove: $(grep -c ' holds, by ' "$work/report") claims hold, and $(grep -c ' notices: ' "$work/report") bugs are noticed"
