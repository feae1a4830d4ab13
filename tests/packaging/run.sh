#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Debian packages of a clean checkout, in roots of their own that debootstrap makes once for each suite from the mirror
# that this machine's apt uses: built twice and compared, judged by lintian, tested by autopkgtest, and installed, run,
# upgraded and removed where nothing but the system is. Only root can. Skipped, saying so, where such a root cannot be
# had. The packages are left in BUILD/SUITE/packages.
# usage: run.sh SOURCE BUILD [SUITE]...   (bookworm unless told)
set -eu
source=$(cd "$1" && pwd)
mkdir -p "$2"
build=$(cd "$2" && pwd)
shift 2
[ $# -gt 0 ] || set -- bookworm

skip() {
    echo "package: SKIPPED: $*"
    exit 0
}
fails() {
    echo "package: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || skip "only root can unpack a system"
unshare --mount --pid --fork true 2>/dev/null || skip "this machine allows no mount of our own"

# make_root SUITE: BUILD/SUITE/base, a minimal system.
make_root() {
    [ ! -e "$build/$1/base/.complete" ] || return 0
    rm -rf "$build/$1/base"
    mkdir -p "$build/$1"
    echo "package: unpacking $1, some minutes and 300 MB"
    debootstrap --variant=minbase "$1" "$build/$1/base" "$(sh "$source/tests/mirror.sh")" \
        >"$build/$1/debootstrap.log" 2>&1 || skip "no $1 to be had, see $build/$1/debootstrap.log"
    sh "$source/tests/mirror.sh" settings >"$build/$1/base/etc/apt/apt.conf.d/10mirror"
    echo 'APT::Install-Recommends "false";' >"$build/$1/base/etc/apt/apt.conf.d/20plain"
    touch "$build/$1/base/.complete"
}

# inside ROOT COMMAND...: with mounts and processes of its own, gone with the last of them.
inside() {
    cp /etc/resolv.conf "$1/etc/" 2>/dev/null || true
    unshare --mount --pid --fork sh -eu -c '
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
            DEBIAN_FRONTEND=noninteractive "$@"
    ' sh "$@"
}

sh "$source/tests/dist/dist.sh" "$source" "$build/dist" >"$build/dist.log" 2>&1 || {
    cat "$build/dist.log" >&2
    exit 1
}
tarball=$(ls -t "$build"/dist/libvmclock-*.tar.gz | head -n 1)
version=$(basename "$tarball" .tar.gz)
version=${version#libvmclock-}

# As long as the major version is 0 the soname has the minor one, too; debian/ is that of 1.0.
rename_for_now() {
    case $version in 0.*) ;; *) return 0 ;; esac
    number=${version%.*}
    for file in "$1"/libvmclock1.*; do
        mv "$file" "$1/libvmclock$number.${file##*libvmclock1.}"
    done
    sed -i "s/libvmclock1\b/libvmclock$number/g; s/libvmclock\.so\.1\b/libvmclock.so.$number/g
        s/LIBVMCLOCK_1\b/LIBVMCLOCK_$number/g; s/ 1\.0\.0\$/ $version/" "$1/control" "$1/libvmclock$number.symbols"
    sed -i "1s/(1\.0\.0-/($version-/" "$1/changelog"
}

for suite in "$@"; do
    make_root "$suite"
    root=$build/$suite/root
    [ -e "$root/.complete" ] || {
        rm -rf "$root"
        cp -a "$build/$suite/base" "$root"
    }
    rm -rf "$root/package"
    mkdir -p "$root/package"
    cp "$tarball" "$root/package/libvmclock_$version.orig.tar.gz"
    cp -R "$source/tests/packaging/debian" "$root/package/debian"
    rename_for_now "$root/package/debian"
    cp "$source/tests/packaging/build.sh" "$root/package/"
    echo "== package: $suite: built twice, lintian =="
    inside "$root" sh /package/build.sh "$version" >"$build/$suite/build.log" 2>&1 || {
        tail -n 60 "$build/$suite/build.log" >&2
        fails "building failed on $suite, see $build/$suite/build.log"
    }
    sed -n 's/^RESULT //p' "$build/$suite/build.log"
    rm -rf "$build/$suite/packages"
    cp -R "$root/package/first/out" "$build/$suite/packages"

    clean=$build/$suite/clean
    rm -rf "$clean"
    cp -a "$build/$suite/base" "$clean"
    mkdir "$clean/package"
    cp -R "$build/$suite/packages" "$clean/package/new"
    cp "$source/tests/packaging/try.sh" "$clean/package/"
    cp -R "$source/tests/packaging/debian/tests" "$clean/package/tests"
    echo "== package: $suite: install, run, upgrade, remove; the packages' own tests =="
    inside "$clean" sh /package/try.sh >"$build/$suite/try.log" 2>&1 || {
        tail -n 60 "$build/$suite/try.log" >&2
        fails "trying failed on $suite, see $build/$suite/try.log"
    }
    sed -n 's/^RESULT //p' "$build/$suite/try.log"
    rm -rf "$clean"
done
echo "package: $* passed; the packages are in $build/SUITE/packages"
