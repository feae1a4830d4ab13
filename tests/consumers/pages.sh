#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The pages of src/doc are what they say. In the order of a page: a block ```c is the file that its first line names; a
# block ```sh is run as it stands, in one shell for all of a page, and a block ```text is what the one above printed.
# A job of ./dev in there has to exist; what takes minutes is not run.
# usage: pages.sh [PAGE]
. "$(dirname "$0")/lib.sh"
[ -x "$BUILD/vmclock" ] || exit 0 # built without the command
quietly "$CMAKE" --install "$BUILD" --prefix "$work/prefix"
mkdir "$work/bin" "$work/tree"
# The compiler of this build, as strict as an embedder's may be.
printf '#!/bin/sh\nexec "%s" -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror "$@"\n' "$CC" >"$work/bin/cc"
chmod +x "$work/bin/cc"
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name vmclock.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir vmclock)
export LD_LIBRARY_PATH PATH="$work/bin:$work/prefix/bin:$PATH"
cp -R "$SOURCE/dev" "$SOURCE/fuzz" "$SOURCE/corpus" "$SOURCE/src" "$work/tree/"

# split PAGE: its blocks as files here: each C file by its name, the commands as run.sh, the texts as expected.N, where
# N counts the blocks of commands.
split() {
    awk '
        /^```/ && language == "" { language = substr($0, 4); if (language == "") language = "picture"; first = 1
                                   if (language == "sh") { commands++; print "echo @@ " commands >"run.sh" }
                                   if (language == "text") { file = "expected." commands; printf "" >file }
                                   next }
        /^```$/ { language = ""; next }
        language == "c" && first { if ($0 !~ /^\/\* [a-z]+\.c/) { print FILENAME ": a block of C names no file"; bad = 1 }
                                   file = $2; sub(/:$/, "", file) }
        language == "c" || language == "text" { print >file }
        # minutes: not run
        language == "sh" && /^(\.\/dev|bash fuzz\/oss-fuzz\/test\.sh)( |$)/ { next }
        language == "sh" { print >"run.sh" }
        language != "" { first = 0 }
        END { exit bad }' "$1"
}

pages=0
for page in "$SOURCE"/src/doc/${1-*}.md; do
    name=$(basename "$page" .md)
    # What concerns the tree is run in a copy of it, all else in an empty folder.
    case $name in oss-fuzz) folder=$work/tree ;; *) folder=$work/$name && mkdir "$folder" ;; esac
    cd "$folder"
    split "$page" || fails "$name"
    pages=$((pages + 1))
    [ -e run.sh ] || continue
    sh -eu run.sh >"$work/out" 2>&1 || fails "$name: $(cat "$work/out")"
    for expected in expected.*; do
        [ -e "$expected" ] || continue
        # Where time passes, digits differ.
        case $name in time) mask='s/[0-9][0-9]*/N/g' ;; *) mask= ;; esac
        awk -v block="${expected#*.}" '/^@@ / { here = $2 == block; next } here' "$work/out" | sed "$mask" >"$work/printed"
        sed "$mask" "$expected" | diff - "$work/printed" || fails "$name: block ${expected#*.} prints something else"
    done
done
[ "$pages" -ge 1 ]
