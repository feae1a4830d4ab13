#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The ABI: what the headers declare is pinned by the suite "abi", and the shared library is, in symbols and types, that
# of the baseline which is checked in (x86-64; skipped where abidiff or that machine is missing).
. "$(dirname "$0")/lib.sh"
cd "$work"
echo '#include <vmclock_posix.h>' | "$CC" -std=c11 -E -P -I"$SOURCE/src/include" - >all
sed -n 's/^struct \(vmclock_[a-z_0-9]*\) {.*/\1/p' all | sort -u >declared
sed -n '/sizes_of_structs/,/^}/p' "$SOURCE/tests/test_abi.c" | grep -o 'ROW([a-z_0-9]*, [0-9]' |
    sed 's/ROW(\(.*\),.*/vmclock_\1/' | sort -u >pinned
[ "$(wc -l <declared)" -gt 20 ] && diff declared pinned || fails "structs that are not pinned, or not there"
tr '\n' ' ' <all | grep -o 'enum vmclock_[a-z_]* {[^}]*}' | sed 's/[^{]*{//' | tr ',}' '\n\n' |
    sed -n 's/^ *\(VMCLOCK_[A-Z_0-9]*\).*/\1/p' | grep -v '_END$' | sort -u >declared
sed -n '/static void enumerators/,/^}/p' "$SOURCE/tests/test_abi.c" | grep -o 'ROW([A-Z_0-9]*, [0-9]' |
    sed 's/ROW(\(.*\),.*/VMCLOCK_\1/' | sort -u >pinned
[ "$(wc -l <declared)" -gt 100 ] && diff declared pinned || fails "enumerators that are not pinned, or not there"

# The soname is the one that the rules give: the major version, and the minor one as well as long as that is 0.
version=$(sed -n 's/^#define VMCLOCK_LIB_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$SOURCE/src/include/vmclock.h" | paste -s -d .)
case $version in
0.*) number=${version%.*} ;;
*) number=${version%%.*} ;;
esac
readelf -d "$BUILD/libvmclock.so" | grep -qF "[libvmclock.so.$number]" || fails "the soname is not libvmclock.so.$number"
grep -q "^LIBVMCLOCK_$number {" "$SOURCE/src/exports.map" || fails "exports.map is not of LIBVMCLOCK_$number"

# Debian's list of symbols has what is exported.
sed -n 's/^    \(vmclock_[a-z0-9_]*\);$/\1/p' "$SOURCE/src/exports.map" | sort >exported
sed -n 's/^ \(vmclock_[a-z0-9_]*\)@.*/\1/p' "$SOURCE/tests/packaging/debian/libvmclock1.symbols" | sort |
    diff exported - || fails "tests/packaging/debian/libvmclock1.symbols is not src/exports.map"

[ "$(uname -m)" = x86_64 ] && command -v abidiff >/dev/null || {
    echo "SKIPPED: no abidiff, or no x86-64"
    exit 77
}
abidiff "$SOURCE/tests/abi/baseline.abi" \
    "$BUILD/libvmclock.so" || fails "not the ABI of tests/abi/baseline.abi. Where that is meant: cmake --build BUILD \
--target abi_baseline, and see CONTRIBUTING for what the version then becomes"
