#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Unpacks Debian packages of another suite or architecture into a folder, from the mirror that this machine's apt
# already uses, by a configuration of its own: the machine's packages and lists stay as they are.
# `kernel:PACKAGE` is what the newest Linux consists of that PACKAGE depends on.
# usage: unpack_package.sh SUITE ARCHITECTURE FOLDER PACKAGE...
set -eu
suite=$1 arch=$2 folder=$3
shift 3
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
apt=$folder/.apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/empty" "$apt/debs"
: >"$apt/status"
uri=$(sh "$(dirname "$0")/mirror.sh")
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$apt/sources.list"
apt() {
    program=$1
    shift
    "$program" -qq -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o Dir::Etc::SourceList="$apt/sources.list" \
        -o Dir::Etc::SourceParts="$apt/empty" -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache::archives="$apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}
apt apt-get update
for package in "$@"; do
    case $package in
    kernel:*)
        image=$(apt apt-cache depends "${package#kernel:}" | sed -n 's/.*Depends: linux-image-\([^ ]*\).*/\1/p' | head -n 1)
        [ -n "$image" ] || {
            echo "there is no Linux by the name of $package" >&2
            exit 1
        }
        # Newer ones come in two packages.
        if apt apt-cache show "linux-binary-$image" >/dev/null 2>&1; then
            set -- "$@" "linux-binary-$image" "linux-modules-$image"
        else
            set -- "$@" "linux-image-$image"
        fi
        ;;
    *) set -- "$@" "$package" ;;
    esac
    shift
done
(cd "$apt/debs" && apt apt-get download "$@")
for deb in "$apt"/debs/*.deb; do
    dpkg-deb -x "$deb" "$folder"
done
rm -rf "$apt"
