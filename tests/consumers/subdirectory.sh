#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# As a subdirectory of another project the library brings its targets and headers, lets what links to it be exported,
# and brings neither command nor tests; installed it is when that project wants it.
. "$(dirname "$0")/lib.sh"
own_headers "$work/own"
for shared in OFF ON; do
    for target in vmclock::vmclock vmclock::static; do
        configure "$project" "$work/build" -DSUBDIRECTORY="$SOURCE" -DTARGET=$target -DOWN="$work/own" \
            -DBUILD_SHARED_LIBS=$shared -UVMCLOCK_INSTALL
        quietly "$CMAKE" --build "$work/build" -j2
        "$work/build/consumer"
        [ ! -e "$work/build/libvmclock/vmclock" ] || fails "a subdirectory builds the command"
        grep -qx 'CMAKE_BUILD_TYPE:STRING=' "$work/build/CMakeCache.txt" || fails "a subdirectory sets the build type"
    done
    quietly "$CMAKE" --install "$work/build" --prefix "$work/prefix-$shared"
done
[ ! -e "$work/prefix-OFF/include" ] || fails "a static library in a subdirectory is installed unasked"
[ -e "$work/prefix-ON/include/vmclock.h" ] || fails "a shared library that programs need is not installed"
configure "$project" "$work/build" -DBUILD_SHARED_LIBS=OFF -DVMCLOCK_INSTALL=ON
quietly "$CMAKE" --build "$work/build" -j2
quietly "$CMAKE" --install "$work/build" --prefix "$work/asked"
configure "$project" "$work/user" -DCMAKE_PREFIX_PATH="$work/asked" -DTARGET=vmclock::static
quietly "$CMAKE" --build "$work/user"
