#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The core as two files, vmclock.c and vmclock.h, for who copies it into a project of their own: every #include of a
# file of ours is replaced by that file, where it stands first. The same bytes on every machine.
# usage: two_files.sh SOURCE FOLDER
set -eu
source=$1
folder=$2
export LC_ALL=C
mkdir -p "$folder"
version=$(sed -n 's/^#define VMCLOCK_LIB_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$source/src/include/vmclock.h" | tr '\n' '.')

# head FILE SENTENCE: the licence, which has to go wherever the two files go.
head_of() {
    printf '/* SPDX-License-Identifier: BSD-2-Clause */\n/*\n'
    printf ' * %s of libvmclock %s, %s. Made of\n * many files: changes belong there.\n *\n' "$1" "${version%.}" "$2"
    sed 's/^/ * /; s/ *$//' "$source/LICENSE"
    printf ' */\n'
}

# join FILE...: the files, each with what it includes before it. vmclock.h is left to the other file when $keep says so.
join() {
    awk -v src="$source/src" -v keep="$keep" '
        function path_of(name) {
            return name ~ /^vmclock/ ? src "/include/" name : src "/" name
        }
        # Local variables follow the spaces: a function may call itself.
        function put(name,    line, path, included, first, found, is_private) {
            if (name in seen)
                return
            seen[name] = 1
            path = path_of(name)
            # Of what a header has inline, not all is used everywhere; clang is silent about that in headers alone.
            is_private = path ~ /src\/[a-z]*\.h$/
            if (is_private && depth++ == 0)
                print unused_begins
            found = 0
            first = 1
            while ((getline line < path) > 0) {
                found = 1
                if (first && line ~ /^\/\* SPDX/) {
                    first = 0
                    continue
                }
                first = 0
                if (line ~ /^#include "/) {
                    included = line
                    sub(/^#include "/, "", included)
                    sub(/".*$/, "", included)
                    if (included != keep) {
                        put(included)
                        continue
                    }
                    if (keep in seen)
                        continue
                    seen[keep] = 1
                }
                print line
            }
            close(path)
            if (!found) {
                print "two_files.sh: " path " cannot be read" > "/dev/stderr"
                failed = 1
            }
            if (is_private && --depth == 0)
                print unused_ends
        }
        BEGIN {
            unused_begins = "#if defined(__GNUC__)\n#pragma GCC diagnostic push\n" \
                "#pragma GCC diagnostic ignored \"-Wunused-function\"\n#endif"
            unused_ends = "#if defined(__GNUC__)\n#pragma GCC diagnostic pop\n#endif"
            for (i = 1; i < ARGC; i++)
                put(ARGV[i])
            exit failed
        }' "$@"
}

{
    head_of "The public header" "freestanding C11, and C++11 and later"
    keep=none join vmclock.h
} >"$folder/vmclock.h.new"
{
    head_of "All of the core" "freestanding C11"
    keep=vmclock.h
    set --
    for file in "$source"/src/*.c; do
        set -- "$@" "$(basename "$file")"
    done
    join "$@"
} >"$folder/vmclock.c.new"
mv "$folder/vmclock.h.new" "$folder/vmclock.h"
mv "$folder/vmclock.c.new" "$folder/vmclock.c"
