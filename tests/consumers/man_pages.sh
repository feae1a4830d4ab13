#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Man pages and completion say what the command and the library say: options, exit statuses, functions, fields, values,
# reasons, findings, transitions. Without scdoc the pages are judged as scdoc's input.
. "$(dirname "$0")/lib.sh"
cd "$work"
command=$BUILD/vmclock
scdoc=$(command -v scdoc) || {
    printf '#!/bin/sh\ncat\n' >scdoc
    chmod +x scdoc
    scdoc=$work/scdoc
}
sh "$SOURCE/src/share/man.sh" "$SOURCE" "$scdoc" "$CC" man
sh "$SOURCE/src/share/completion.sh" "$SOURCE" completion

# plain FILE: roff, or scdoc's language, without its marks.
plain() { sed 's/\\f[BIR]//g; s/\\&//g; s/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(ti/~/g; s/\\(ha/^/g; s/[*]//g; s/\\\([_*|.-]\)/\1/g; s/ _\([A-Z]*=[A-Z]*\)_/ \1/; s/=_\([^ ]*\)_$/=\1/' "$1"; }

commands=$("$command" help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -vx help)
[ "$(echo "$commands" | wc -l)" = 6 ] || fails "the overview has other commands: $commands"
[ "$(find man/man1 -type f | wc -l)" = 7 ] || fails "pages of commands: $(ls man/man1)"
for name in $commands; do
    "$command" "$name" --help >help
    sed -n 's/^ *\(\(-[a-z], \)\{0,1\}--[a-z-]*\([= ][^ ]\{1,\}\)\{0,1\}\).*/\1/p' help >options
    sed -n '/OPTIONS/,/EXIT STATUS/p' "man/man1/vmclock-$name.1" >part
    plain part | grep -o '^\(-[a-z], \)\{0,1\}--[a-z-]*\([= ][^ ]*\)\{0,1\}$' >documented || true
    diff options documented || fails "the options of $name"
    [ "$(wc -l <options)" -ge 4 ] || fails "hardly an option of $name"
    # As the program itself has it: each of them is known, and what is not there is not.
    plain "man/man1/vmclock-$name.1" | tr '\n' ' ' | tr -s ' \t' ' ' >flat
    "$command" "$name" --help | tr '\n' ' ' | tr -s ' ' | grep -o 'Exit status: .*' | tr ';' '\n' |
        sed 's/^Exit status//; s/^[: ]*[0-9]* //; s/[. ]*$//' >statuses
    while IFS= read -r status; do
        grep -qF -e "$status" flat || fails "$name does not tell: $status"
    done <statuses
    sed -n 's/.*--\([a-z-]*\).*/\1/p' options | sort >long
    grep "^    $name) options=" completion/vmclock.bash | grep -o -- '--[a-z-]*' | sed 's/--//' | sort | diff long - ||
        fails "bash: $name"
    grep "seen_subcommand_from $name\"" completion/vmclock.fish | sed -n 's/.* -l \([a-z-]*\) .*/\1/p' | sort |
        diff long - || fails "fish: $name"
    sed -n "/^$name)\$/,/;;/p" completion/_vmclock | sed -n "s/^ *'\\**--\([a-z-]*\).*/\1/p" | sort | diff long - ||
        fails "zsh: $name"
done

# Each exported function has a page; no page is about something else.
sed -n 's/^    \(vmclock_[a-z0-9_]*\);$/\1/p' "$SOURCE/src/exports.map" | sort >functions
(cd man/man3 && find . -name 'vmclock_*.3') | sed 's|^\./||; s/\.3$//' | sort | diff functions - || fails "functions"
while read -r function; do
    group=$(sed -n 's/^\.so //p' "man/man3/$function.3")
    plain "man/$group" | grep -q "$function(" || fails "$group does not have $function"
done <functions
grep -q 'libvmclock-snapshot' man/man3/libvmclock.3 || fails "libvmclock(3) has no groups"

# The format: by the command itself where it knows the names.
plain man/man5/vmclock-page.5 >format
for name in $("$command" publish --set x=1 page 2>&1 | tr -cs 'a-z_' '\n' | grep -x '[a-z]*_[a-z_]*' | sort -u) magic size seq_count; do
    grep -q "^$name (offset 0x" format || fails "no field $name"
done
[ "$(grep -c '(offset 0x' format)" = 23 ] || fails "fields"
for id in update-stalled write-failed data-past-structure bounds-disjoint; do
    grep -q "^$id (" format || fails "no $id"
done
[ "$(grep -c '^[a-z-]* (\(warning\|notice\)' format)" = 35 ] || fails "findings and transitions"
[ "$(grep -c '^[a-z-]* ([SC][a-zA-Z]*)$' format)" = 22 ] || fails "reasons"
grep -q 'NOTIFICATION_PRESENT = (1 << 9)' format || fails "values"

# What shells make of it, those that are there.
cat >complete.bash <<'B'
. completion/vmclock.bash
compopt() { :; }
answer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _vmclock; echo "${COMPREPLY[*]}"; }
answer vmclock pu
answer vmclock diff --expect = re
answer vmclock publish --set clock_
answer vmclock watch --ti
answer vmclock help ti
B
if command -v bash >/dev/null; then
    printf '%s\n' publish restored clock_status= --timeout= time >expected
    bash complete.bash | diff expected - || fails "bash completes otherwise"
fi
! command -v zsh >/dev/null || zsh -n completion/_vmclock
if command -v fish >/dev/null; then
    echo 'source completion/vmclock.fish; complete -C "vmclock watch --until re"' >complete.fish
    [ "$(HOME=$work fish complete.fish | cut -f 1)" = replaced ] || fails "fish completes otherwise"
fi
# What man(1) shows is without a complaint.
if [ "$scdoc" != "$work/scdoc" ] && command -v man >/dev/null; then
    for page in man/man1/*.1 man/man5/*.5 man/man3/lib*.3; do
        MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>warnings >/dev/null
        [ ! -s warnings ] || fails "$page: $(cat warnings)"
    done
fi
