#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Emulates OSS-Fuzz's environment with clang-19, runs build.sh for each kind of build, and checks of $OUT what
# OSS-Fuzz's own check of builds does: each target starts, is instrumented enough and by that sanitizer alone, runs its
# seeds, and needs nothing but $OUT and the C library. Of the coverage build: the seeds leave a profile in which the
# core is reached. test.sh [address|undefined|memory|i386|coverage...]; i386 is AddressSanitizer on 32 bits.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build/oss-fuzz

fail() {
    echo "oss-fuzz: $*" >&2
    exit 1
}

undefined=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return
undefined+=,returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound
declare -A flags=(
    [address]="-fsanitize=address -fsanitize-address-use-after-scope"
    [undefined]="-fsanitize=$undefined,unsigned-integer-overflow -fno-sanitize-recover=$undefined"
    [memory]="-fsanitize=memory -fsanitize-memory-track-origins"
    [coverage]="-fprofile-instr-generate -fcoverage-mapping -pthread")
# OSS-Fuzz has -m32 and Debian's libraries for it; here it is the cross compiler's, which its own loader has to find.
lib32=/usr/i686-linux-gnu/lib
flags[i386]="--target=i686-linux-gnu ${flags[address]}"
link32="-Wl,--dynamic-linker=$lib32/ld-linux.so.2 -Wl,-rpath,$lib32"
declare -A calls=([address]=__asan [undefined]=__ubsan [memory]=__msan)
# OSS-Fuzz's thresholds: so many calls of a sanitizer's runtime that is in use, and no more of one that is not.
declare -A least=([address]=1000 [undefined]=168 [memory]=1000)
declare -A most=([address]=0 [undefined]=200 [memory]=3)

emulate() {
    local sanitizer=$1
    export SRC=$work/src WORK=$work/$sanitizer/work OUT=$work/$sanitizer/out SANITIZER=$sanitizer ARCHITECTURE=x86_64
    unset LDFLAGS
    if [ "$sanitizer" = i386 ]; then export SANITIZER=address ARCHITECTURE=i386 LDFLAGS=$link32; fi
    export FUZZING_ENGINE=libfuzzer LIB_FUZZING_ENGINE=-fsanitize=fuzzer CC=clang-19 CXX=clang++-19
    export CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=implicit-function-declaration"
    CFLAGS+=" -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION ${flags[$sanitizer]}"
    if [ "$sanitizer" != coverage ]; then CFLAGS+=" -fsanitize=fuzzer-no-link"; fi
    export CXXFLAGS=$CFLAGS UBSAN_OPTIONS=silence_unsigned_overflow=1
    rm -rf "${work:?}/$sanitizer"
    mkdir -p "$SRC" "$WORK" "$OUT"
    ln -sfn "$root" "$SRC/libvmclock"
}

# Calls of each sanitizer's runtime in a target.
check_calls() {
    local sanitizer=$1 target=$2 count kind
    for kind in address undefined memory; do
        count=$(llvm-objdump-19 -d --no-show-raw-insn "$OUT/$target" | grep -cE "call.*<${calls[$kind]}" || true)
        if [ $kind = "$sanitizer" ]; then
            [ "$count" -ge "${least[$kind]}" ] || fail "$sanitizer: $target has only $count calls of ${calls[$kind]}"
        else
            [ "$count" -le "${most[$kind]}" ] || fail "$sanitizer: $target has $count calls of ${calls[$kind]}"
        fi
    done
}

# What the seeds reach of the core, by the build for coverage.
check_profile() {
    local target=$1 lines
    llvm-profdata-19 merge -o "$work/alone/profile" "$work/alone/raw"
    lines=$(llvm-cov-19 export -summary-only "-instr-profile=$work/alone/profile" "$OUT/$target" 2>/dev/null |
        jq '[.data[0].files[] | select(.filename | test("/src/([a-z]+/)?[a-z_]*\\.c$")) | .summary.lines.covered] | add')
    [ "${lines:-0}" -gt 100 ] || fail "coverage: the seeds of $target reach only ${lines:-0} lines of src"
    echo "oss-fuzz: coverage: $target: $lines lines of src: ok"
}

check_target() {
    local sanitizer=$1 target=$2 at log edges needed
    at=$work/alone
    log=$work/$sanitizer/$target.log
    for file in "$target" "$target.dict" "$target.options" "${target}_seed_corpus.zip"; do
        [ -s "$OUT/$file" ] || fail "$sanitizer: no $file"
    done
    # Elsewhere, with nothing beside it.
    rm -rf "$at"
    mkdir -p "$at/seeds"
    cp "$OUT"/* "$at/"
    if ! $run32 && [ "$sanitizer" = i386 ]; then
        check_calls address "$target"
        echo "oss-fuzz: $sanitizer: $target: built; this kernel runs no programs of 32 bits"
        return
    fi
    (cd "$at" && env -i PATH=/usr/bin:/bin LLVM_PROFILE_FILE=raw "./$target" -seed=1337 -runs=4) >"$log" 2>&1 || fail "$target: $(cat "$log")"
    grep -q 'Done 4 runs' "$log" || fail "$sanitizer: $target does not run"
    needed=$(llvm-objdump-19 -p "$OUT/$target" | sed -n 's/^ *NEEDED *//p' |
        grep -vE '^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+))\.so' || true)
    [ -z "$needed" ] || fail "$sanitizer: $target needs more than the C library: $needed"
    edges=$(sed -n 's/.*Loaded [0-9]* modules* *([0-9]* inline 8-bit counters): *\([0-9]*\).*/\1/p' "$log")
    if [ "$sanitizer" != coverage ]; then
        [ "${edges:-0}" -ge 100 ] || fail "$sanitizer: $target has only ${edges:-0} edges"
    fi
    check_calls "${sanitizer/i386/address}" "$target"
    unzip -q "$at/${target}_seed_corpus.zip" -d "$at/seeds"
    (cd "$at" && env -i PATH=/usr/bin:/bin LLVM_PROFILE_FILE=raw "./$target" -rss_limit_mb=2560 -timeout=25 -dict="$target.dict" \
        -runs=0 seeds) >"$log" 2>&1 || fail "$sanitizer: $target fails on its seeds: $(tail -20 "$log")"
    if [ "$sanitizer" = coverage ]; then
        check_profile "$target"
        return
    fi
    echo "oss-fuzz: $sanitizer: $target: $edges edges, $(find "$at/seeds" -type f | wc -l) seeds: ok"
}

mkdir -p "$work"
run32=false
echo 'int main(void) { return 0; }' | clang-19 --target=i686-linux-gnu $link32 -xc - -o "$work/run32" && "$work/run32" && run32=true
[ $# -gt 0 ] || set -- address undefined memory i386 coverage
for sanitizer in "$@"; do
    emulate "$sanitizer"
    bash "$root/fuzz/oss-fuzz/build.sh" >"$work/$sanitizer/build.log" 2>&1 ||
        fail "build.sh fails: $(tail -40 "$work/$sanitizer/build.log")"
    while read -r target; do check_target "$sanitizer" "$target"; done <"$WORK/libvmclock/fuzz/targets.txt"
done
