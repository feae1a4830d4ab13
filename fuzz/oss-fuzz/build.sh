#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# OSS-Fuzz's contract: CC, CXX, CFLAGS, CXXFLAGS and LIB_FUZZING_ENGINE say how to build, $SRC/libvmclock what, $WORK is
# for what is in between, and $OUT gets every target with its seeds, dictionary and options. CMake takes the variables.
source=$SRC/libvmclock
build=$WORK/libvmclock
rm -rf "$build"
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE= -DVMCLOCK_BUILD_FUZZERS=ON -DVMCLOCK_BUILD_COMMAND=OFF \
    -DBUILD_TESTING=OFF
cmake --build "$build" --target fuzz_targets
while read -r target; do
    cp "$build/fuzz/$target" "$OUT/"
    cp "$source/fuzz/vmclock.dict" "$OUT/$target.dict"
    # One file of options for all, unless a target has its own.
    cp "$source/fuzz/vmclock.options" "$OUT/$target.options"
    if [ -f "$source/fuzz/$target.options" ]; then cp "$source/fuzz/$target.options" "$OUT/"; fi
    # A page is a seed for every target as it stands.
    seeds=$WORK/seeds/$target
    rm -rf "$seeds" "$OUT/${target}_seed_corpus.zip"
    mkdir -p "$seeds"
    cp "$source"/corpus/fuzz_parse/* "$source"/corpus/fuzz_structured/* "$seeds/"
    if [ -d "$source/corpus/$target" ]; then cp "$source/corpus/$target"/* "$seeds/"; fi
    (cd "$seeds" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
done <"$build/fuzz/targets.txt"
