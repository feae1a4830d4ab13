#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# CMake's FetchContent takes the source as a tarball, by its checksum, and builds what is linked to, but no command.
. "$(dirname "$0")/lib.sh"
mkdir "$work/libvmclock"
(cd "$SOURCE" && tar -c CMakeLists.txt LICENSE README.md SECURITY.md src) | tar -x -C "$work/libvmclock"
(cd "$work" && tar -c -f libvmclock.tar libvmclock)
sum=$(sha256sum "$work/libvmclock.tar" | cut -d ' ' -f 1)
configure "$project" "$work/build" -DFETCH="file://$work/libvmclock.tar" -DFETCH_SHA256="$sum" -DTARGET=vmclock::vmclock \
    -DVMCLOCK_INSTALL=ON
quietly "$CMAKE" --build "$work/build" -j2
"$work/build/consumer"
! find "$work/build" -type f -name vmclock | grep . || fails "the command is built"
if configure "$project" "$work/wrong" -DFETCH="file://$work/libvmclock.tar" -DTARGET=vmclock::vmclock \
    -DFETCH_SHA256="$(echo "$sum" | tr 0-9a-f 1-9a-f0)" >"$work/out"; then
    fails "another tarball is taken"
fi
