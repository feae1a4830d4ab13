#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots an aarch64 Linux on QEMU's machine virt under emulation, runs a static build of the command in it, and checks
# that `vmclock time` there reads the Arm counter: it goes on as the clock does. QEMU has no vmclock device for that
# machine, so the page is in a file that the command itself makes. Exits 77, saying so, where QEMU, a kernel or a
# cross compiler cannot be had. Needs some minutes and 300 MB of disk.
# usage: run_aarch64.sh SOURCE BUILD
set -eu
source=$1
build=$2
mkdir -p "$build"
build=$(cd "$build" && pwd)

skip() {
    echo "guest: SKIPPED, nothing was tested: $*"
    exit 77
}

command -v qemu-system-aarch64 >/dev/null || skip "no qemu-system-aarch64"
command -v aarch64-linux-gnu-gcc >/dev/null || skip "no aarch64-linux-gnu-gcc"
unpack() { # SUITE FOLDER PACKAGE...
    suite=$1 folder=$build/$2
    shift 2
    [ ! -e "$folder/.complete" ] || return 0
    rm -rf "$folder"
    sh "$source/tests/unpack_package.sh" "$suite" arm64 "$folder" "$@" >"$folder.log" 2>&1 ||
        skip "no $* to be had, see $folder.log"
    touch "$folder/.complete"
}
unpack trixie-backports kernel kernel:linux-image-cloud-arm64
unpack "$(. /etc/os-release && echo "$VERSION_CODENAME")" system busybox-static libjansson-dev libjansson4
kernel=$(find "$build/kernel" -type f -name 'vmlinuz*' | head -n 1)
busybox=$(find "$build/system" -type f -path '*bin/busybox' | head -n 1)

# ---- The guest: busybox, the command ----

PKG_CONFIG_SYSROOT_DIR=$build/system PKG_CONFIG_LIBDIR=$build/system/usr/lib/aarch64-linux-gnu/pkgconfig \
    cmake -S "$source" -B "$build/static" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXE_LINKER_FLAGS=-static >"$build/static.log"
cmake --build "$build/static" --target vmclock_cmd >>"$build/static.log"
image=$build/image
rm -rf "$image"
mkdir -p "$image/bin"
cp "$busybox" "$build/static/vmclock" "$image/bin/"
cp "$source/tests/guest/init_aarch64" "$image/init"
chmod +x "$image/init"
(cd "$image" && find . | cpio -o -H newc --quiet) | gzip >"$build/image.gz"

# ---- Run ----

timeout 500 qemu-system-aarch64 -M virt -accel tcg -cpu max,pauth=off -m 256 -nodefaults -no-user-config -display none \
    -kernel "$kernel" -initrd "$build/image.gz" -append "console=ttyAMA0 quiet panic=-1" -serial stdio -no-reboot \
    </dev/null >"$build/serial" 2>&1 || {
    cat "$build/serial"
    echo "guest: QEMU failed or the guest did not end"
    exit 1
}
tr -d '\r' <"$build/serial" >"$build/guest.out"
cat "$build/guest.out"

# number LOOK WHAT: what `date` said there.
number() { sed -n "s/^$1 $2: \([0-9]*\)\$/\1/p" "$build/guest.out"; }
# told LOOK FILTER: of the JSON of `vmclock time`.
told() { sed -n "s/^$1 time: //p" "$build/guest.out" | jq -r "$2"; }
fails() {
    echo "guest: $*"
    exit 1
}
grep -q '^machine: .* aarch64$' "$build/guest.out" || fails "this is no aarch64"
grep -q '^publish ended with status 0' "$build/guest.out" || fails "no page was made"
sed -n 's/^inspect: //p' "$build/guest.out" | jq -e '.ok and .fields.counter_id_name == "ARM_VCNT"' >/dev/null ||
    fails "the page is not of the Arm counter"
for look in first second; do
    sec=$(told $look .utc.sec)
    [ "$sec" -ge $(($(number $look before) - 1)) ] && [ "$sec" -le $(($(number $look after) + 1)) ] ||
        fails "the $look time is not the guest's clock's: $sec"
done
[ $(($(told second .utc.sec) - $(told first .utc.sec))) -ge 4 ] || fails "time stands still"
jq -ne --arg first "$(told first .counter)" --arg second "$(told second .counter)" '($second | tonumber) > ($first | tonumber)' \
    >/dev/null || fails "the counter stands still"
grep -q '^foreign ended with status 1' "$build/guest.out" || fails "another machine's counter was read"
echo "guest: on aarch64 the command made a page of the Arm counter, and read the time by it as the clock went on"
