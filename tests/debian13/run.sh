#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs `./dev test` and `./dev check` on a copy of the tree in a Debian 13 of its own, which debootstrap makes once from
# the mirror that this machine's apt uses. Only root can. Exits 77, saying so, where a Debian 13 or the mounts that it
# needs cannot be had.
# usage: run.sh SOURCE BUILD [JOB]...
set -eu
source=$1
build=$2
shift 2
[ $# -gt 0 ] || set -- test check
mkdir -p "$build"
build=$(cd "$build" && pwd)
root=$build/root

skip() {
    echo "debian13: SKIPPED, nothing was tested: $*"
    exit 77
}

[ "$(id -u)" = 0 ] || skip "only root can unpack a system"
unshare --mount --pid --fork true 2>/dev/null || skip "this machine allows no mount of our own"
if [ ! -e "$root/.complete" ]; then
    rm -rf "$root"
    uri=$(sh "$source/tests/mirror.sh")
    echo "debian13: unpacking a system, some minutes and 300 MB"
    debootstrap --variant=minbase trixie "$root" "$uri" >"$build/debootstrap.log" 2>&1 ||
        skip "no Debian 13 to be had, see $build/debootstrap.log"
    touch "$root/.complete"
fi
sh "$source/tests/mirror.sh" settings >"$root/etc/apt/apt.conf.d/10mirror"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true

# The tree without what was built; what was built in there before stays, and is older than every file.
tree=$root/libvmclock
mkdir -p "$tree"
find "$tree" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
(cd "$source" && tar -c --exclude=./build --exclude='./build-*' --exclude=./.git .) | tar -x -m -C "$tree"

# Mounts and processes of the system's own, gone with the last of them.
for job in "$@"; do
    echo "== debian13: ./dev $job =="
    unshare --mount --pid --fork sh -eu -c '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/tmp"
        exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root sh -c "cd /libvmclock && exec ./dev $2"
    ' sh "$root" "$job"
done
echo "debian13: $* passed on Debian $(cat "$root/etc/debian_version")"
