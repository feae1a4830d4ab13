#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What README, CONTRIBUTING and the other texts tell people to run can be run, in a copy of the tree: README's first
# commands and the one that installs as they stand; of what takes minutes, that the job and its options exist. Links
# lead somewhere.
. "$(dirname "$0")/lib.sh"
[ -x "$BUILD/vmclock" ] || exit 0 # built without the command
command -v ninja >/dev/null || {
    echo "SKIPPED: ninja is not installed"
    exit 77
}
mkdir "$work/bin" "$work/tree"
cd "$SOURCE"
find . \( -path './build*' -o -path ./.git \) -prune -o -type f ! -name '*.profraw' -print | tar -c -T - | tar -x -C "$work/tree"
cd "$work/tree"
texts=$(find . -name '*.md' ! -path './corpus/*/*' ! -path './.github/*')
[ "$(echo "$texts" | wc -l)" -ge 14 ] || fails "texts are missing: $texts"

# ---- What is promised to exist ----

# Every command in a text: `between marks`, which may go on in the next line, or in a block; without what a comment
# adds.
commands() {
    awk '/^ *```/ { inside = !inside; next } /^$/ { print ""; next } inside || /^    [^ ]/ { print "`" $0 "`"; next }
         { printf "%s ", $0 } END { print "" }' "$1" | grep -o '`[^`]*`' | sed 's/`//g; s/  *#.*//; s/ && /\n/g; s/^ *//'
}
./dev --help >help
sed -n 's/^  \([a-z][a-z0-9]*\)  *.*/\1/p' help >names
"$BUILD/vmclock" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' >subcommands
{
    cat dev tests/*/*.py tests/*/*.sh fuzz/*.sh
    while read -r name; do "$BUILD/vmclock" help "$name"; done <subcommands
} >every
[ "$(wc -l <names)" -ge 14 ] && [ "$(wc -l <subcommands)" -ge 6 ]

# options_of FILE COMMAND...: each --option is in there.
options_of() {
    file=$1
    shift
    for word in "$@"; do
        case $word in
        *--[a-z]*) # also [--option=N]
            option=--$(echo "$word" | sed 's/.*--\([a-z-]*\).*/\1/')
            grep -q -e "$option\([^a-z-]\|\$\)" "$file" || fails "$text: $command: there is no $option"
            ;;
        esac
    done
}
checked=0
for text in $texts; do
    commands "$text" | sort -u >list
    while read -r command; do
        set -f
        # shellcheck disable=SC2086 # into words
        set -- $command
        set +f
        case ${1-} in
        ./dev)
            case ${2-} in
            '' | JOB | help | --help) continue ;;
            mutate) options_of tests/mutate/mutate.py "$@" ;;
            *) options_of help "$@" ;;
            esac
            grep -qx -e "$2" names || fails "$text: $command: there is no such job"
            ;;
        vmclock)
            case ${2-} in
            '' | -* | [A-Z]*) continue ;;
            esac
            [ "$2" = help ] || grep -qx -e "$2" subcommands || fails "$text: $command: there is no such subcommand"
            "$BUILD/vmclock" help "$(echo "$2" | sed 's/^help$/inspect/')" >options
            options_of options "$@"
            ;;
        cmake)
            target=$(echo "$command" | sed -n 's/.*--target \([a-z_]*\).*/\1/p')
            [ -n "$target" ] || continue
            grep -q -e "add_[a-z_]*($target\([^a-z_]\|\$\)" CMakeLists.txt ./*/CMakeLists.txt \
                ./*/*/CMakeLists.txt ||
                fails "$text: $command: there is no such target"
            ;;
        ctest)
            case $command in *--preset*) ;; *) continue ;; esac
            grep -q "\"name\": \"$(echo "$command" | sed 's/.*--preset \([a-z-]*\).*/\1/')\"" CMakePresets.json ||
                fails "$text: $command: there is no such preset"
            ;;
        sh | bash) case ${2-} in *[a-z]/*.sh) [ -e "$2" ] || fails "$text: $command: there is no such file" ;; *) continue ;; esac ;;
        --[a-z]*) options_of every "$1" ;;
        -D[A-Z]*)
            option=${1#-D}
            case $option in CMAKE_*) continue ;; esac
            grep -q -e "${option%%=*}" CMakeLists.txt || fails "$text: there is no $option"
            ;;
        .ci/run) [ -x .ci/run ] || fails "$text: $command" ;;
        *) continue ;;
        esac
        checked=$((checked + 1))
    done <list

    # Links: files of the tree, and headings of the same text.
    grep -o '](\([^)]*\))' "$text" | sed 's/^](//; s/)$//' >links || true
    while read -r link; do
        case $link in
        *://*) ;;
        '#'*)
            sed -n 's/^##* //p' "$text" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-' >headings
            grep -qx -e "${link#?}" headings || fails "$text: no heading is called $link"
            ;;
        *) [ -e "$(dirname "$text")/${link%%#*}" ] || fails "$text: there is no $link" ;;
        esac
    done <links
done
[ "$checked" -ge 60 ] || fails "hardly a command was found: $checked"

# ---- What is run ----

# No package is to be installed, and nothing to be optimised.
printf '#!/bin/sh\nprintf "install ok installed"\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\nexec "%s" "$@" -O0\n' "$CC" >"$work/bin/cc"
chmod +x "$work/bin/dpkg-query" "$work/bin/cc"
PATH=$work/bin:$(dirname "$CMAKE"):$PATH
export PATH CC="$work/bin/cc" CMAKE_BUILD_PARALLEL_LEVEL=2 DESTDIR="$work/root"

# README's first command shows what stands below it; "..." stands for the rest of a line.
[ "$(grep -c '^    \./dev run ' README.md)" = 1 ]
grep '^    \./dev run ' README.md >"$work/line"
DESTDIR='' sh -eu "$work/line" >out 2>log || fails "$(cat "$work/line"): $(cat log)"
sed -n '/^```text$/,/^```$/p' README.md | grep -v '^```' >shown
[ "$(wc -l <shown)" -ge 3 ]
while IFS= read -r line; do
    case $line in
    *...) grep -qF -e "${line%...}" out ;;
    *) grep -qxF -e "$line" out ;;
    esac || fails "./dev run does not show: $line"
done <shown
# What is seen without scrolling is no wider than a terminal.
sed -n '1,/^## /p' README.md | tr -d '\200-\277' | awk 'length > 80 { print "README.md:" NR " is wider than 80"; bad = 1 } END { exit bad }'

grep '^    cmake -B build ' README.md >"$work/line"
[ "$(wc -l <"$work/line")" = 1 ]
quietly sh -eu "$work/line"
[ "$("$(find "$work/root" -type f -name vmclock -perm -100)" --version)" = "$("$BUILD/vmclock" --version)" ]
