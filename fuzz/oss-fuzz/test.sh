#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Emulates OSS-Fuzz's environment with clang-19, runs build.sh for each sanitizer, and checks of $OUT what OSS-Fuzz's own
# check of builds does: each target starts, is instrumented enough and by that sanitizer alone, runs its seeds, and needs
# nothing but $OUT and the C library.   test.sh [SANITIZER...]
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
    [memory]="-fsanitize=memory -fsanitize-memory-track-origins")
declare -A calls=([address]=__asan [undefined]=__ubsan [memory]=__msan)
# OSS-Fuzz's thresholds: so many calls of a sanitizer's runtime that is in use, and no more of one that is not.
declare -A least=([address]=1000 [undefined]=168 [memory]=1000)
declare -A most=([address]=0 [undefined]=200 [memory]=3)

emulate() {
    local sanitizer=$1
    export SRC=$work/src WORK=$work/$sanitizer/work OUT=$work/$sanitizer/out SANITIZER=$sanitizer ARCHITECTURE=x86_64
    export FUZZING_ENGINE=libfuzzer LIB_FUZZING_ENGINE=-fsanitize=fuzzer CC=clang-19 CXX=clang++-19
    export CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=implicit-function-declaration"
    CFLAGS+=" -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION ${flags[$sanitizer]} -fsanitize=fuzzer-no-link"
    export CXXFLAGS=$CFLAGS UBSAN_OPTIONS=silence_unsigned_overflow=1
    rm -rf "${work:?}/$sanitizer"
    mkdir -p "$SRC" "$WORK" "$OUT"
    ln -sfn "$root" "$SRC/libvmclock"
}

check_target() {
    local sanitizer=$1 target=$2 at log edges count kind
    at=$work/alone
    log=$work/$sanitizer/$target.log
    for file in "$target" "$target.dict" "$target.options" "${target}_seed_corpus.zip"; do
        [ -s "$OUT/$file" ] || fail "$sanitizer: no $file"
    done
    # Elsewhere, with nothing beside it.
    rm -rf "$at"
    mkdir -p "$at/seeds"
    cp "$OUT"/* "$at/"
    (cd "$at" && env -i PATH=/usr/bin:/bin "./$target" -seed=1337 -runs=4) >"$log" 2>&1 || fail "$target: $(cat "$log")"
    grep -q 'Done 4 runs' "$log" || fail "$sanitizer: $target does not run"
    edges=$(sed -n 's/.*Loaded [0-9]* modules* *([0-9]* inline 8-bit counters): *\([0-9]*\).*/\1/p' "$log")
    [ "${edges:-0}" -ge 100 ] || fail "$sanitizer: $target has only ${edges:-0} edges"
    for kind in address undefined memory; do
        count=$(llvm-objdump-19 -d --no-show-raw-insn "$OUT/$target" | grep -cE "call.*<${calls[$kind]}" || true)
        if [ $kind = "$sanitizer" ]; then
            [ "$count" -ge "${least[$kind]}" ] || fail "$sanitizer: $target has only $count calls of ${calls[$kind]}"
        else
            [ "$count" -le "${most[$kind]}" ] || fail "$sanitizer: $target has $count calls of ${calls[$kind]}"
        fi
    done
    unzip -q "$at/${target}_seed_corpus.zip" -d "$at/seeds"
    (cd "$at" && env -i PATH=/usr/bin:/bin "./$target" -rss_limit_mb=2560 -timeout=25 -dict="$target.dict" \
        -runs=0 seeds) >"$log" 2>&1 || fail "$sanitizer: $target fails on its seeds: $(tail -20 "$log")"
    if ldd "$at/$target" | grep -vE 'linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so'; then
        fail "$sanitizer: $target needs more than the C library"
    fi
    echo "oss-fuzz: $sanitizer: $target: $edges edges, $(find "$at/seeds" -type f | wc -l) seeds: ok"
}

[ $# -gt 0 ] || set -- address undefined memory
for sanitizer in "$@"; do
    emulate "$sanitizer"
    bash "$root/fuzz/oss-fuzz/build.sh" >"$work/$sanitizer/build.log" 2>&1 ||
        fail "build.sh fails: $(tail -40 "$work/$sanitizer/build.log")"
    while read -r target; do check_target "$sanitizer" "$target"; done <"$WORK/libvmclock/fuzz/targets.txt"
done
