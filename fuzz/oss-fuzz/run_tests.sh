#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# The unit tests and the replay of the corpus, with the compiler alone: no sanitizer, no engine.
unset CFLAGS CXXFLAGS LIB_FUZZING_ENGINE
build=$WORK/libvmclock-tests
cmake -S "$SRC/libvmclock" -B "$build" -G Ninja -DVMCLOCK_BUILD_FUZZERS=ON -DVMCLOCK_BUILD_COMMAND=OFF
cmake --build "$build"
ctest --test-dir "$build" --output-on-failure -R '^(unit|replay)\.'
