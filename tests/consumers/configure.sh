#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What configuring says and decides: an optimised build unless another is asked for, and what is missing, with the names
# of the packages.
. "$(dirname "$0")/lib.sh"
unset CMAKE_BUILD_TYPE
built_as() { sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$work/$1/CMakeCache.txt"; }
configure "$SOURCE" "$work/usual" -DBUILD_TESTING=OFF -DVMCLOCK_BUILD_COMMAND=OFF
[ "$(built_as usual)" = Release ] || fails "built as '$(built_as usual)' when nothing is said"
configure "$SOURCE" "$work/debug" -DBUILD_TESTING=OFF -DVMCLOCK_BUILD_COMMAND=OFF -DCMAKE_BUILD_TYPE=Debug
[ "$(built_as debug)" = Debug ] || fails "built as '$(built_as debug)' when Debug is asked for"
configure "$SOURCE" "$work/none" -DBUILD_TESTING=OFF -DVMCLOCK_BUILD_COMMAND=OFF -DCMAKE_BUILD_TYPE=
[ "$(built_as none)" = "" ] || fails "built as '$(built_as none)' when an empty type is asked for"

# A udev rule for those who name a group, and no man pages without scdoc.
configure "$SOURCE" "$work/udev" -DBUILD_TESTING=OFF -DVMCLOCK_UDEV_GROUP=clock -DVMCLOCK_SCDOC=
grep -q 'no man pages are made.*scdoc' "$work/log" || fails "scdoc is not named: $(cat "$work/log")"
grep -qx 'SUBSYSTEM=="misc", .* GROUP="clock", MODE="0440"' "$work/udev/src/share/70-vmclock.rules" || fails "no rule"
grep -q '/lib/udev/rules.d"' "$work/udev/src/share/cmake_install.cmake" || fails "the rule is not installed"

# Without Jansson and CUnit.
export PKG_CONFIG_LIBDIR=$work PKG_CONFIG_PATH=
if "$CMAKE" -S "$SOURCE" -B "$work/missing" -DCMAKE_C_COMPILER="$CC" >"$work/out" 2>&1; then
    fails "the command is configured without Jansson"
fi
grep -q libjansson-dev "$work/out" || fails "Jansson is not named: $(cat "$work/out")"
configure "$SOURCE" "$work/missing" -DVMCLOCK_BUILD_COMMAND=OFF
grep '^libvmclock: no tests are built: .*libcunit1-dev' "$work/log" || fails "CUnit is not named: $(cat "$work/log")"
