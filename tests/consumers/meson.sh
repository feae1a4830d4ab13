#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Meson finds the installed library, shared and static. Skipped where it is not installed.
. "$(dirname "$0")/lib.sh"
for tool in meson ninja; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: $tool is not installed"
        exit 77
    }
done
quietly "$CMAKE" --install "$BUILD" --prefix "$work/prefix"
mkdir "$work/project"
cp "$SOURCE/tests/consumers/meson/meson.build" "$project/main.c" "$work/project/"
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name vmclock.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export CC PKG_CONFIG_PATH LD_LIBRARY_PATH
for kind in shared static; do
    options=
    [ $kind = shared ] || options=-Dprefer_static=true
    quietly meson setup "$work/$kind" "$work/project" $options
    quietly meson test -C "$work/$kind"
    dynamic=$(readelf -d "$work/$kind/consumer" | grep -c 'NEEDED.*libvmclock' || true)
    case $kind$dynamic in shared1 | static0) ;; *) fails "$kind is not what was linked" ;; esac
done
