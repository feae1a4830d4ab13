#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The man pages, from man/*.scd, the command's own help, the public headers and their tables, by scdoc:
# OUT/man1, man3, man5. In section 3 each function has a page that names the one of its group.
# usage: man.sh SOURCE SCDOC COMPILER OUT
set -eu
source=$1
scdoc=$2
compiler=$3
share=$source/src/share
export LC_ALL=C
mkdir -p "$4"
out=$(cd "$4" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')
rm -rf "$out/man1" "$out/man3" "$out/man5"
mkdir -p "$out/man1" "$out/man3" "$out/man5"

# scdoc as a filter that escapes: text from elsewhere has no markup.
escape='function escape(s) { gsub(/\\/, "\\\\", s); gsub(/[*_`]/, "\\\\&", s); if (s ~ /^[]#.|;[-]/) s = "\\" s; return s }'

awk -f "$share/commands.awk" "$source/src/cmd/main.c" "$source"/src/cmd/*.c | awk '!seen[$0]++' >"$work/help"

# command_part NAME PART: synopsis, options, notes or status of a subcommand.
command_part() {
    awk -F "$tab" -v name="$1" -v part="$2" "$escape"'
        part == "commands" && $1 == "command" {
            print "*vmclock-" $2 "*(1)\n\t" escape($3) ".\n"
        }
        $2 != name { next }
        part == "synopsis" && $1 == "usage" {
            n = split($3, word, " ")
            text = "*" word[1] " " word[2] "*"
            for (i = 3; i <= n; i++)
                text = text " " escape(word[i])
            print text
        }
        part == "intro" && $1 == "intro" || part == "notes" && $1 == "note" { print escape($3) "\n" }
        part == "options" && $1 == "option" {
            text = $3 == "" ? "" : "*-" $3 "*, "
            text = text "*--" $4 "*"
            if ($5 != "")
                text = text ($5 ~ /=/ ? " " : "=") "_" escape($5) "_"
            print text "\n\t" escape($6) ".\n"
        }
        part == "status" && $1 == "exit" { print "*" $3 "*\n\t" escape($4) ".\n" }' "$work/help"
}

# table NAME: a table of the public headers, in scdoc. The preprocessor expands it.
table() {
    case $1 in
    fields) macro=VMCLOCK_FIELDS list='NAME, name, offset, type, scope, flag, values, sentence' \
        row='offset @ name @ type @ scope @ flag @ sentence' ;;
    values) macro=VMCLOCK_VALUES list='family, name' row='family @ name @ VMCLOCK_##family##_##name' ;;
    reasons) macro=VMCLOCK_REASONS list='NAME, number, id, kind, numbers, sentence' row='id @ kind @ sentence' ;;
    findings) macro=VMCLOCK_FINDINGS list='NAME, number, id, severity, field, sentence' \
        row='id @ severity @ field @ sentence' ;;
    transitions) macro=VMCLOCK_TRANSITIONS list='NAME, name, number, id, severity, field, sentence' \
        row='id @ severity @ field @ sentence' ;;
    esac
    {
        echo '#include "vmclock.h"'
        # flag as it is written, the others as they are
        [ "$1" != fields ] || row='offset @ name @ type @ scope @ #flag @ sentence'
        echo "#define ROW($list) @@ROW $row @@END"
        echo "$macro(ROW)"
    } >"$work/table.c"
    $compiler -E -P -I"$source/src/include" "$work/table.c" | tr '\n' ' ' | sed 's/@@END/\
/g' | sed -n 's/.*@@ROW *//p' | awk -v kind="$1" "$escape"'
        function word(s) { gsub(/^ +| +$/, "", s); return s }
        function text(s) { # string literals: quotes go, what they escape stays
            s = word(s)
            gsub(/\\"/, "\001", s)
            gsub(/" *"/, "", s)
            gsub(/"/, "", s)
            gsub(/\001/, "\"", s)
            return s
        }
        {
            n = split($0, part, / @ /)
            for (i = 1; i <= n; i++)
                part[i] = text(part[i])
            if (kind == "fields") {
                flag = part[5] == "0" ? "" : part[5]
                sub(/^VMCLOCK_FLAG_/, "", flag)
                sub(/_t$/, "", part[3])
                print "*" escape(part[2]) "* (offset " part[1] ", " part[3] ", " tolower(part[4]) ")"
                print "\t" escape(part[6]) (flag == "" ? "" : " Announced by the flag " escape(flag) ".") "\n"
            } else if (kind == "values")
                print "- " part[1] ": " escape(part[2]) " = " escape(part[3])
            else if (kind == "reasons") {
                n = split(tolower(part[2]), kind_word, "_")
                name = n == 1 ? "SyscallError" : ""
                for (i = 1; n > 1 && i <= n; i++)
                    name = name toupper(substr(kind_word[i], 1, 1)) substr(kind_word[i], 2)
                print "*" part[1] "* (" name ")\n\t" escape(part[3]) ".\n"
            } else
                print "*" part[1] "* (" tolower(part[2]) (part[3] == "NONE" ? "" : ", about " escape(tolower(part[3]))) \
                    ")\n\t" escape(part[4]) ".\n"
        }'
}

# fill FILE NAME: a template; a line @PART@ stands for what is generated.
fill() {
    while IFS= read -r line; do
        case $line in
        @TABLE\ *@) part=${line#@TABLE } && table "${part%@}" ;;
        @*@) part=${line#@} && command_part "$2" "${part%@}" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1"
}

# page NAME SECTION: standard input, in scdoc's language.
page() {
    "$scdoc" >"$out/man$2/$1.$2"
}

for file in "$share"/man/*.scd; do
    base=$(basename "$file" .scd)
    name=${base%.*}
    fill "$file" "${name#vmclock-}" >"$work/filled"
    if [ "$base" = libvmclock.3 ]; then
        sed -n 's/^vmclock[a-z_]*\.h \([a-z]*\) \(.*\)/*libvmclock-\1*(3)\
\	\2.\
/p' "$share/pages.txt" >"$work/groups"
        sed -i -e "/^%GROUPS%$/{r $work/groups
d
}" "$work/filled"
    fi
    page "$name" "${base##*.}" <"$work/filled"
done

section=0
before=
while read -r header name summary; do
    case $header in '#'*) continue ;; esac
    [ "$header" = "$before" ] || section=0
    before=$header
    section=$((section + 1))
    functions=$(awk -f "$share/headers.awk" "$source/src/include/$header" | sed -n "s/^$section$tab//p")
    [ -n "$functions" ] || {
        echo "man.sh: section $section of $header has no function" >&2
        exit 1
    }
    {
        printf 'libvmclock-%s(3)\n\n# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n*#include <%s>*\n\n# DESCRIPTION\n\n' "$name" \
            "$(echo $functions | sed 's/ /, /g; s/_/\\_/g')" "$summary" "$header"
        awk -f "$share/headers.awk" -v section=$section "$source/src/include/$header"
        printf '\n# SEE ALSO\n\n*libvmclock*(3), *vmclock-page*(5)\n'
    } | cat -s | page "libvmclock-$name" 3
    for function in $functions; do
        echo ".so man3/libvmclock-$name.3" >"$out/man3/$function.3"
    done
done <"$share/pages.txt"
for header in vmclock.h vmclock_posix.h; do
    [ "$(grep -c '^/\* ---- .* ---- \*/$' "$source/src/include/$header")" = "$(grep -c "^$header " "$share/pages.txt")" ] || {
        echo "man.sh: pages.txt has not one line for each section of $header" >&2
        exit 1
    }
done
