#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots a Linux 7 guest with QEMU's vmclock device under emulation, runs a static build of the command in it, migrates
# the guest to a file and back, and checks that the command read /dev/vmclock0 and saw the disruption. Exits 77,
# saying so, where QEMU 10 or a Linux with the driver cannot be had. Needs root, Debian packages, some minutes and
# 1 GB of disk.
# usage: run.sh SOURCE BUILD
set -eu
source=$1
build=$2
mkdir -p "$build"
build=$(cd "$build" && pwd)
root=$build/root

skip() {
    echo "guest: SKIPPED, nothing was tested: $*"
    exit 77
}

[ "$(id -u)" = 0 ] || skip "only root can unpack a system"
if [ ! -e "$root/.complete" ]; then
    rm -rf "$root"
    uri=$(sh "$source/tests/mirror.sh")
    debootstrap --variant=minbase trixie "$root" "$uri" >"$build/debootstrap.log" 2>&1 ||
        skip "no Debian 13 to be had, see $build/debootstrap.log"
    echo "deb $uri trixie-backports main" >"$root/etc/apt/sources.list.d/backports.list"
    sh "$source/tests/mirror.sh" settings >"$root/etc/apt/apt.conf.d/10mirror"
    cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
    chroot "$root" sh -c 'apt-get update &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -t trixie-backports \
            qemu-system-x86 busybox-static &&
        image=$(apt-cache depends linux-image-cloud-amd64/trixie-backports |
            sed -n "s/.*Depends: linux-image-\([^ ]*\).*/\1/p" | head -n 1) && [ -n "$image" ] && rm -rf /kernel &&
        mkdir /kernel && cd /kernel && apt-get download "linux-binary-$image" "linux-modules-$image" &&
        for deb in *.deb; do dpkg-deb -x "$deb" /kernel; done' >"$build/install.log" 2>&1 ||
        skip "no QEMU or kernel to be had, see $build/install.log"
    touch "$root/.complete"
fi
kernel=$(find "$root/kernel" -type f -name 'vmlinuz*' | head -n 1)
modules=$(find "$root/kernel" -type d -path '*/lib/modules/*' -prune | head -n 1)
driver=$(find "$modules" -name 'ptp_vmclock.ko*' | head -n 1)
[ -n "$driver" ] || skip "this kernel has no ptp_vmclock"

# ---- The guest: busybox, the command, the driver ----

cmake -S "$source" -B "$build/static" -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXE_LINKER_FLAGS=-static >"$build/static.log"
cmake --build "$build/static" --target vmclock_cmd >>"$build/static.log"
image=$build/image
rm -rf "$image"
mkdir -p "$image/bin"
cp "$root/bin/busybox" "$image/bin/"
cp "$build/static/vmclock" "$image/bin/"
cp "$source/tests/guest/init" "$image/init"
chmod +x "$image/init"
case $driver in
*.xz) xz -dc "$driver" >"$image/ptp_vmclock.ko" ;;
*) cp "$driver" "$image/ptp_vmclock.ko" ;;
esac
(cd "$image" && find . | cpio -o -H newc --quiet) | gzip >"$build/image.gz"

# ---- Run, migrate to a file, go on in a new QEMU ----

rm -f "$build"/*.out "$build/state" "$build/monitor"
mkdir -p "$root/run-guest"
cp "$kernel" "$root/run-guest/kernel"
cp "$build/image.gz" "$root/run-guest/image.gz"
rm -f "$root"/run-guest/*.out "$root/run-guest/state" "$root/run-guest/monitor"
mkfifo "$root/run-guest/monitor"
qemu() {
    log=$1
    shift
    chroot "$root" timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 256 -nodefaults -no-user-config -display none \
        -device vmclock -kernel /run-guest/kernel -initrd /run-guest/image.gz \
        -append "console=ttyS0 quiet panic=-1" -serial "file:/run-guest/$log" -monitor stdio "$@"
}
wait_for() { # FILE TEXT SECONDS
    for _ in $(seq "$3"); do
        grep -q "$2" "$root/run-guest/$1" 2>/dev/null && return 0
        sleep 1
    done
    echo "guest: '$2' did not come:"
    cat "$root/run-guest/$1"
    exit 1
}
qemu first.out <>"$root/run-guest/monitor" >"$build/first.log" 2>&1 &
wait_for first.out '"initial"' 200
echo "migrate file:/run-guest/state" >"$root/run-guest/monitor"
for _ in $(seq 60); do
    sleep 1
    echo "info migrate" >"$root/run-guest/monitor"
    grep -q 'Status: *completed\|status: *completed' "$build/first.log" && break
done
echo "quit" >"$root/run-guest/monitor"
wait
qemu second.out -incoming file:/run-guest/state </dev/null >"$build/second.log" 2>&1 &
wait_for second.out 'diff ended' 100
wait

cat "$root/run-guest/first.out" "$root/run-guest/second.out" | tr -d '\r' >"$build/guest.out"
cat "$build/guest.out"
grep -q '^inspect: {"path":"/dev/vmclock0","bytes":4096,"ok":true' "$build/guest.out"
grep -q '"events":\["initial"\],"seq_count":2,"disruption_marker":"1"' "$build/guest.out"
grep -q '"events":\["disruption"\],"seq_count":4,"disruption_marker":"2"' "$build/guest.out"
grep -q '^watch ended with status 0' "$build/guest.out"
grep -q '^diff ended with status 0' "$build/guest.out"
echo "guest: the command read /dev/vmclock0 and followed it through a migration, and diff says that a writer may do that"

# ---- Dumps of a machine, searched by a build that may use the system's libraries ----

cmake -S "$source" -B "$build/dynamic" -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release >"$build/dynamic.log"
cmake --build "$build/dynamic" --target vmclock_cmd >>"$build/dynamic.log"
sh "$source/tests/guest/dumps.sh" "$root" "$build/dynamic/vmclock"
