#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# No function is too involved, too long or too hungry: a cyclomatic complexity of at most 10 in the core and 12
# elsewhere, at most 60 lines, and at -O2 a stack of at most 512 bytes in the core and 1024 in posix, known when it is
# compiled.
# usage: limits.sh complexity|stack   in the environment SOURCE, CC
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE"

complexity() {
    command -v pmccabe >/dev/null || {
        echo "pmccabe is not installed" >&2
        [ "${DEVELOPER-}" = ON ] && exit 1
        exit 77 # skipped
    }
    # pmccabe's columns: the complexity, another one, statements, first line, lines, file(line): function.
    # It stumbles over the tables, and goes on.
    pmccabe src/*.[ch] src/*/*.[ch] >"$work/all" 2>/dev/null
    for file in src/*.c src/*/*.c; do
        grep -qF "$file(" "$work/all" || echo "pmccabe sees no function in $file"
    done
    awk -F '\t' '{
        most = $6 ~ /^src\/(include\/)?[^\/]*$/ ? 10 : 12
        if ($1 > most) print $6 " has a complexity of " $1 ", above " most
        if ($5 > 60) print $6 " has " $5 " lines, above 60"
    }' "$work/all"
}

stack() { # BYTES FILE...
    most=$1
    shift
    for file in "$@"; do
        "$CC" -std=c11 -O2 -fno-stack-protector -fstack-usage -Isrc/include -c "$file" -o "$work/$(basename "$file" .c).o"
    done
    [ "$(cat "$work"/*.su | wc -l)" -gt $# ] # there are figures
    awk -F '\t' -v most="$most" '
        $3 !~ /static|bounded/ { print $1 " has a stack without a bound" }
        $2 > most { print $1 " takes " $2 " bytes of stack, above " most }' "$work"/*.su
    rm "$work"/*.su
}

width() {
    # Columns are counted without a locale: of a character, its first byte alone.
    find src fuzz tests -type f ! -path 'tests/vectors/*.h' \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.inc' \) >"$work/code"
    find src fuzz tests -type f \( -name '*.sh' -o -name '*.py' -o -name '*.pml' -o -name CMakeLists.txt \) >"$work/scripts"
    echo dev >>"$work/scripts"
    echo CMakeLists.txt >>"$work/scripts"
    [ "$(wc -l <"$work/code")" -gt 100 ] && [ "$(wc -l <"$work/scripts")" -gt 40 ] # there are files
    while read -r file; do
        tr -d '\200-\277' <"$file" | awk -v file="$file" 'length > 120 { print file ":" NR " has " length " columns" }'
    done <"$work/code"
    while read -r file; do
        tr -d '\200-\277' <"$file" |
            awk -v file="$file" '/^ *(#| \*)/ && length > 120 { print file ":" NR " has " length " columns" }'
    done <"$work/scripts"
}

case $1 in
complexity) complexity ;;
stack) stack 512 src/*.c && stack 1024 src/posix/*.c ;;
width) width ;;
esac >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
