#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A hypervisor that publishes in guest memory of its own, and an agent in the guest, in two processes, built against the
# installed library: what the machine's migration or restore falls into is thrown away, and what an ordinary update
# falls into is not. The command finds the page in the guest's memory.
. "$(dirname "$0")/lib.sh"
here=$SOURCE/tests/consumers/migration
quietly "$CMAKE" --install "$BUILD" --prefix "$work/prefix"
flags() { PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name vmclock.pc)") pkg-config "$@" vmclock; }
for program in host guest; do
    "$CC" -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror $(flags --cflags) -o "$work/$program" "$here/$program.c" \
        $(flags --libs) "-Wl,-rpath,$(flags --variable=libdir)"
done
cd "$work"
for row in 'migrate:thrown away:1' 'restore:thrown away:2' 'update:committed:1'; do
    rest=${row#*:}
    ./host memory ./guest "${row%%:*}" >out
    {
        echo '1 committed, key 1'
        echo "2 ${rest%:*}, key ${rest#*:}"
        echo "3 committed, key ${rest#*:}"
    } | diff - out || fails "$row"
done
[ -x "$BUILD/vmclock" ] || exit 0
"$BUILD/vmclock" scan -f json memory >found
grep -q '"offset":909312' found || fails "the page is not found: $(cat found)"
