#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a release consists of, made from a clean checkout, in FOLDER:
#   libvmclock-VERSION.tar.gz         the source, with LICENSES/ as REUSE wants it; the times are those of the commit
#   libvmclock-VERSION-core/          the core as two files, vmclock.c and vmclock.h
#   libvmclock-VERSION.spdx.json      a bill of materials, SPDX 2.3
#   SHA256SUMS                        of all of these
# All of it is made twice, with other settings of the user's and from the tarball where that is possible, and compared.
# usage: dist.sh SOURCE FOLDER
set -eu
source=$(cd "$1" && pwd)
mkdir -p "$2"
folder=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fails() {
    echo "dist: $*" >&2
    exit 1
}

# Git as it is without anybody's settings; the tree may be another user's.
git_() {
    GIT_CONFIG_NOSYSTEM=1 HOME=$work git -C "$source" -c safe.directory='*' -c core.attributesFile=/dev/null \
        -c tar.umask=0022 "$@"
}

top=$(git_ rev-parse --show-toplevel 2>/dev/null) || fails "$source is no git checkout"
[ "$top" = "$source" ] || fails "$source is no git checkout of its own"
changes=$(git_ status --porcelain)
[ -z "$changes" ] || {
    echo "$changes" >&2
    fails "the checkout is not clean: commit, or take away, what is listed"
}
version=$(sed -n 's/^#define VMCLOCK_LIB_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$source/src/include/vmclock.h" | paste -s -d .)
name=libvmclock-$version
SOURCE_DATE_EPOCH=$(git_ log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# tarball OUT: REUSE has licences in LICENSES/, which is made here.
tarball() {
    mkdir -p "$work/licenses"
    cp "$source/LICENSE" "$work/licenses/BSD-2-Clause.txt"
    chmod 644 "$work/licenses/BSD-2-Clause.txt"
    git_ archive --format=tar --prefix="$name/LICENSES/" --add-file="$work/licenses/BSD-2-Clause.txt" \
        --prefix="$name/" HEAD | gzip -n -9 >"$1/$name.tar.gz"
}

# make TREE OUT: what does not need git, from the tree of the tarball.
make_rest() {
    sh "$1/tests/dist/two_files.sh" "$1" "$2/$name-core"
    sh "$1/tests/dist/sbom.sh" "$1" "$2/$name.tar.gz" "$version" >"$2/$name.spdx.json"
    (cd "$2" && sha256sum "$name.tar.gz" "$name.spdx.json" "$name-core/vmclock.c" "$name-core/vmclock.h" \
        >SHA256SUMS)
}

mkdir "$work/first" "$work/second"
tarball "$work/first"
tar -x -z -C "$work" -f "$work/first/$name.tar.gz"
make_rest "$work/$name" "$work/first"
(
    umask 077
    export TZ=Asia/Kathmandu
    rm -rf "$work/licenses"
    tarball "$work/second"
    mkdir "$work/elsewhere"
    tar -x -z -C "$work/elsewhere" -f "$work/second/$name.tar.gz"
    make_rest "$work/elsewhere/$name" "$work/second"
)
diff -r "$work/first" "$work/second" >&2 || fails "made twice, it is not the same"

if command -v reuse >/dev/null; then
    (cd "$work/$name" && PYTHONDONTWRITEBYTECODE=1 reuse lint) >"$work/reuse.log" 2>&1 || {
        cat "$work/reuse.log" >&2
        fails "not as REUSE wants it"
    }
    echo "dist: $(grep -i 'compliant with' "$work/reuse.log")"
else
    echo "dist: reuse is not installed: licences were not looked at" >&2
fi
rm -rf "${folder:?}/$name-core"
cp -R "$work/first/." "$folder/"
(cd "$folder" && sha256sum -c --quiet SHA256SUMS)
echo "dist: made twice, the same; in $folder:"
(cd "$folder" && cat SHA256SUMS)
