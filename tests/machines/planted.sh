#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Proof that the rows of `./dev cross` are alive: ROW.patch plants a bug that shows on that machine, or with that C
# library, and nowhere else, into a copy of the tree. The unit suites have to fail there, and with all those bugs
# together to pass on this machine.
# usage: planted.sh SOURCE BUILD ROW...
set -eu
source=$1
build=$2
shift 2
here=$source/tests/machines

# plant COPY ROW...: a copy of the tree with the rows' bugs.
plant() {
    tree=$build/$1
    shift
    rm -rf "$tree"
    mkdir -p "$tree"
    (cd "$source" && cp -R CMakeLists.txt CMakePresets.json LICENSE README.md SECURITY.md src fuzz tests "$tree/")
    ln -s "$source/corpus" "$tree/corpus"
    for row in "$@"; do
        patch -s -f -F0 -p1 -d "$tree" -i "$here/$row.patch"
    done
}

# suites COPY PRESET: builds the unit suites with the bug in them, and runs them.
suites() {
    cd "$build/$1"
    cmake --preset "$2" -DVMCLOCK_DEVELOPER=OFF -DVMCLOCK_BUILD_FUZZERS=OFF >"$build/$1.log" 2>&1
    cmake --build --preset "$2" --target vmclock_tests >>"$build/$1.log" 2>&1 || {
        cat "$build/$1.log" >&2
        exit 1
    }
    # Without what builds anew, and what takes a minute under emulation and has no bug here.
    ctest --preset "$2" --stop-on-failure -R '^unit\.' -E 'compile|suite_that|time_vectors|scan|images' >"$build/$1.tests" 2>&1
}

failed=0
mkdir -p "$build"
build=$(cd "$build" && pwd)
echo "== all of these bugs, on this machine =="
plant here "$@"
(suites here dev) || {
    cat "$build/here.tests"
    echo "a bug shows on this machine too"
    exit 1
}
echo "none is noticed"
for row in "$@"; do
    plant "$row" "$row"
    if (suites "$row" "$row"); then
        echo "$row: NOT noticed"
        failed=1
    elif ! grep -q '(Failed)$' "$build/$row.tests"; then
        cat "$build/$row.log" "$build/$row.tests" 2>/dev/null
        echo "$row: could not be tried"
        failed=1
    else
        echo "$row: noticed by$(sed -n 's/.* - \(unit\.[a-z_]*\) (Failed)$/ \1/p' "$build/$row.tests" | tr -d '\n')"
    fi
done
exit $failed
