#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# From an installed tree, by pkg-config: one program as C11, C17 and C23 and as C++11 to C++23, as far as the compiler
# knows them, shared and static; and fully static against musl, where its compiler is.
. "$(dirname "$0")/lib.sh"
cd "$work"
quietly "$CMAKE" --install "$BUILD" --prefix "$work/prefix"
flags() { PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name vmclock.pc)") pkg-config "$@" vmclock; }
library=$(flags --variable=libdir)
sed 's/<vmclock.h>/<vmclock_posix.h>/' "$project/main.c" >main.c
cp main.c main.cpp
strict='-Wall -Wextra -Wpedantic -Werror'
compiled=0
for standard in c11 c17 c2x c++11 c++14 c++17 c++20 c++23; do
    case $standard in
    c++*) compiler=${CXX-} language=c++ file=main.cpp ;;
    *) compiler=$CC language=c file=main.c ;;
    esac
    [ -n "$compiler" ] && : | "$compiler" -x $language -std=$standard -fsyntax-only - 2>/dev/null || {
        echo "$standard: not known here"
        continue
    }
    "$compiler" -std=$standard $strict $(flags --cflags) -o shared $file $(flags --libs) "-Wl,-rpath,$library"
    ./shared
    "$compiler" -std=$standard $strict $(flags --cflags) -o static $file "$library/libvmclock.a"
    ./static
    compiled=$((compiled + 1))
done
[ $compiled -ge 4 ] || fails "only $compiled standards"

if command -v musl-gcc >/dev/null; then
    # Musl has no names for fortified calls or large files. The vectors of time run by it, too.
    musl-gcc -std=c11 -O1 -Wall -Wextra -Werror -static -I"$SOURCE/src/include" -o program main.c \
        "$SOURCE"/src/*.c "$SOURCE"/src/posix/*.c
    ./program
    musl-gcc -std=c11 -O1 -static -I"$SOURCE/src" -I"$SOURCE/src/include" -o vectors "$SOURCE/tests/time_vectors.c" \
        "$SOURCE"/src/*.c
    ./vectors >out || fails "the vectors of time, with musl: $(tail -n 3 out)"
    echo "musl: passed"
else
    echo "musl: SKIPPED: musl-gcc is not installed"
fi
