#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Inside a build root: the packages twice, of /package/libvmclock_VERSION.orig.tar.gz and /package/debian, with other
# paths, times, locale and umask the second time; the same bytes are expected. Lintian has nothing to say.
# usage: build.sh VERSION
set -eux
version=$1
cd /package
apt-get update -q
apt-get install -q -y build-essential debhelper lintian fakeroot
touch /.complete

build() { # FOLDER
    mkdir -p "$1/out"
    cp "libvmclock_$version.orig.tar.gz" "$1/"
    tar -x -z -C "$1" -f "libvmclock_$version.orig.tar.gz"
    cp -R debian "$1/libvmclock-$version/debian"
    chmod -R u=rwX,go=rX "$1/libvmclock-$version/debian"
    (
        cd "$1/libvmclock-$version"
        apt-get build-dep -q -y ./
        dpkg-buildpackage -us -uc
    )
    mv "$1"/*.deb "$1"/*.dsc "$1"/*.debian.tar.* "$1"/*.orig.tar.gz "$1"/*.changes "$1"/*.buildinfo "$1/out/"
}

rm -rf first a_second_place
build first
(
    umask 027
    export TZ=Asia/Kathmandu LC_ALL=C DEB_BUILD_OPTIONS='nocheck parallel=1'
    build a_second_place
)
for file in first/out/*.deb first/out/*.debian.tar.*; do
    cmp "$file" "a_second_place/out/$(basename "$file")"
done
echo "RESULT built twice, the same: $(cd first/out && echo *.deb)"
lintian --version
# Nobody has asked Debian for the package yet, so that there is no bug to close.
lintian --fail-on error,warning --allow-root --tag-display-limit 0 --info --suppress-tags initial-upload-closes-no-bugs \
    first/out/*.changes
echo "RESULT lintian has no error and no warning"
