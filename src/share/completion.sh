#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash, zsh and fish, made of the command's own help: OUT/vmclock.bash, OUT/_vmclock, OUT/vmclock.fish.
# usage: completion.sh SOURCE OUT
# shellcheck disable=SC2016 # what shells are to expand is for them
set -eu
source=$1
out=$2
export LC_ALL=C
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fields=$(sed -n 's/^    X([A-Z_]*, \([a-z_]*\), 0x.*/\1/p' "$source/src/include/vmclock_fields.h" | grep -vx seq_count | tr '\n' ' ')

# Rows, with bars between fields: option|NAME|SHORT|LONG|VALUE|TEXT and command|NAME|SUMMARY. VALUE is "" for none, "-"
# for one that nobody can know, "fields" for a field and its value, else the words that there are.
awk -f "$source/src/share/commands.awk" "$source/src/cmd/main.c" "$source"/src/cmd/*.c | awk '!seen[$0]++' |
    awk -F '\t' '
    function words(text) {
        sub(/.*: /, "", text)
        gsub(/ *\([^)]*\)/, "", text)
        gsub(/, | or /, " ", text)
        return text
    }
    $1 == "command" { print "command|" $2 "|" $3 }
    $1 == "option" {
        value = $5
        text = $6
        if (value ~ /\|/)
            gsub(/\|/, " ", value)
        else if (value == "CHANGE" || value == "EVENT")
            value = words(text)
        else if (value == "FIELD=VALUE")
            value = "fields"
        else if (value != "")
            value = "-"
        sub(/[;:.] .*/, "", text) # what comes first is enough
        gsub(/[]|["\047]/, " ", text)
        print "option|" $2 "|" $3 "|" $4 "|" value "|" text
    }' >"$work/rows"
commands=$(sed -n 's/^command|\([a-z]*\)|.*/\1/p' "$work/rows" | tr '\n' ' ')

{
    cat <<'TXT'
# SPDX-License-Identifier: BSD-2-Clause
# Completion of vmclock for bash, made of its help.
_vmclock()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options values
    # "=" is a word of its own.
    [ "$current" = = ] && current=
    [ "$previous" = = ] && previous=${COMP_WORDS[COMP_CWORD-2]}
    if [ "$COMP_CWORD" = 1 ]; then
TXT
    printf '        mapfile -t COMPREPLY < <(compgen -W "%shelp --help --version" -- "$current")\n        return\n    fi\n' "$commands"
    printf '    case ${COMP_WORDS[1]}:$previous in\n'
    printf '    help:*) mapfile -t COMPREPLY < <(compgen -W "%s" -- "$current"); return ;;\n' "$commands"
    awk -F '|' -v fields="$fields" '$1 == "option" && $5 != "" {
        words = $5 == "fields" ? fields : $5
        print "    " $2 ":--" $4 ($3 == "" ? "" : "|" $2 ":-" $3) ") values=\"" (words == "-" ? "" : words) "\" ;;"
    }' "$work/rows"
    cat <<'TXT'
    *) values=none ;;
    esac
    if [ "$values" != none ]; then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
        [ "$previous" = --set ] && compopt -o nospace && COMPREPLY=("${COMPREPLY[@]/%/=}")
        return
    fi
    case ${COMP_WORDS[1]} in
TXT
    for command in $commands; do
        printf '    %s) options="%s" ;;\n' "$command" "$(sed -n "s/^option|$command|[a-z]*|\([a-z-]*\)|\([^|]*\)|.*/--\1|\2/p" "$work/rows" |
            sed 's/|fields$//; s/|$//; s/|.*/=/' | tr '\n' ' ' | sed 's/ $//')"
    done
    cat <<'TXT'
    *) options= ;;
    esac
    case $current in
    -*)
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
        ;;
    *) compopt -o default ;;
    esac
}
complete -F _vmclock vmclock
TXT
} >"$out/vmclock.bash"

{
    printf '#compdef vmclock\n# SPDX-License-Identifier: BSD-2-Clause\n# Completion of vmclock for zsh, made of its help.\n'
    printf 'local -a commands\ncommands=(\n'
    sed -n "s/^command|\([a-z]*\)|\(.*\)/    '\1:\2'/p" "$work/rows"
    printf "    'help:what there is, or a command'\n)\n"
    printf 'if (( CURRENT == 2 )); then\n    _describe command commands\n    return\nfi\n'
    printf 'local command=$words[2]\nshift words\n(( CURRENT-- ))\ncase $command in\n'
    for command in $commands; do
        printf '%s)\n    _arguments -s' "$command"
        awk -F '|' -v command="$command" -v fields="$fields" '$1 == "option" && $2 == command {
            text = $6
            gsub(/:/, "\\:", text)
            action = $5 == "" ? "" : $5 == "-" ? ":value: " : $5 == "fields" ? ":field:(" fields ")" : ":value:(" $5 ")"
            repeated = $5 == "fields" ? "*" : ""
            sep = $5 == "" || $5 == "fields" ? "" : "="
            printf " \\\n        \047%s--%s%s[%s]%s\047", repeated, $4, sep, text, action
            if ($3 != "")
                printf " \\\n        \047-%s[%s]%s\047", $3, text, action
        }' "$work/rows"
        printf " \\\\\n        '*:file:_files'\n    ;;\n"
    done
    printf 'help) _describe command commands ;;\nesac\n'
} >"$out/_vmclock"

{
    printf '# SPDX-License-Identifier: BSD-2-Clause\n# Completion of vmclock for fish, made of its help.\n'
    printf 'complete -c vmclock -n __fish_use_subcommand -f -l help -s h -d "an overview"\n'
    printf 'complete -c vmclock -n __fish_use_subcommand -f -l version -d "the version"\n'
    printf 'complete -c vmclock -n __fish_use_subcommand -f -a help -d "what there is, or a command"\n'
    printf 'complete -c vmclock -n "__fish_seen_subcommand_from help" -f -a "%s"\n' "${commands% }"
    sed -n 's/^command|\([a-z]*\)|\(.*\)/complete -c vmclock -n __fish_use_subcommand -f -a \1 -d "\2"/p' "$work/rows"
    awk -F '|' -v fields="$fields" '$1 == "option" {
        line = "complete -c vmclock -n \"__fish_seen_subcommand_from " $2 "\""
        if ($3 != "")
            line = line " -s " $3
        line = line " -l " $4
        if ($5 == "fields") {
            gsub(/ /, "= ", fields)
            line = line " -x -a \"" fields "\""
        } else if ($5 == "-")
            line = line " -x"
        else if ($5 != "")
            line = line " -x -a \"" $5 "\""
        print line " -d \"" $6 "\""
    }' "$work/rows"
} >"$out/vmclock.fish"
