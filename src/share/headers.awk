# SPDX-License-Identifier: BSD-2-Clause
# A section of a public header as the body of a man page for scdoc: comments become text, declarations stay as they
# are. Without a section: the names of all functions, each with its section's number, "SECTION<tab>FUNCTION".
# usage: awk -f headers.awk [-v section=N] src/include/vmclock.h
function escape(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/[*_`]/, "\\\\&", text)
    if (text ~ /^[]#.|;[-]/)
        text = "\\" text
    return text
}
function end_code() {
    if (in_code)
        print "```\n"
    in_code = 0
    blank = 0
}
function code(line) {
    if (!in_code)
        print "\n```"
    in_code = 1
    for (; blank > 0; blank--)
        print ""
    gsub(/\\/, "\\\\", line)
    print line
}
# A line of a comment, without the star.
function put_text(line) {
    if (in_list || line !~ /^    /)
        end_code()
    if (line ~ /^@/) {
        sub(/^@/, "", line)
        gsub(/ @/, " ", line)
        match(line, /  +/)
        if (!in_list)
            print ""
        in_list = 1
        print "- *" escape(substr(line, 1, RSTART - 1)) "*: " escape(substr(line, RSTART + RLENGTH))
    } else if (in_list && line ~ /^   /) {
        sub(/^ +/, "", line)
        print "  " escape(line)
    } else if (line ~ /^    /)
        code(line)
    else {
        in_list = 0
        print escape(line)
    }
}
function is_function(line) {
    return line ~ /^[a-zA-Z]/ && line !~ /^(static|typedef|struct [a-z_]+ \{)/ && match(line, /vmclock_[a-z0-9_]*[a-z0-9]\(/)
}
/^\/\* ---- .* ---- \*\/$/ {
    number++
    next
}
number == 0 || (section && number != section) { next }
# What compilers differ in, and what the functions are made of inside, is nobody's concern.
/^#if/ { depth++ }
/^#endif/ {
    if (depth > 0)
        depth--
    next
}
depth > 0 { next }
!section {
    if (is_function($0))
        print number "\t" substr($0, RSTART, RLENGTH - 1)
    next
}
/^\/\*/ {
    in_comment = 1
    in_list = 0
    sub(/^\/\* ?/, "")
    if ($0 ~ /\*\/$/) {
        sub(/ *\*\/$/, "")
        in_comment = 0
    }
    end_code()
    print ""
    if ($0 != "")
        put_text($0)
    next
}
in_comment {
    if ($0 ~ /\*\/$/) {
        in_comment = 0
        sub(/ *\*\/$/, "")
    }
    sub(/^ \* ?/, "")
    if ($0 !~ /^ ?$/)
        put_text($0)
    else {
        end_code()
        in_list = 0
        print ""
    }
    next
}
/^#define VMCLOCK_X\(/ {
    row = $0
    sub(/^#define VMCLOCK_X\([^)]*\) /, "", row)
    gsub(/##NAME/, "<NAME>", row)
    next
}
/^#undef VMCLOCK_X/ { next }
/\(VMCLOCK_X\)$/ {
    table = $0
    gsub(/^ +|\(VMCLOCK_X\)/, "", table)
    code("    " row " /* for each row of " table ": see vmclock-page(5) */")
    next
}
/^$/ {
    if (in_code)
        blank++
    next
}
{
    shift = /^VMCLOCK_MUST_USE/ ? 17 : /^ / && shift ? shift : 0
    code(shift && /^ / ? substr($0, shift + 1) : shift ? substr($0, shift + 1) : $0)
}
END { end_code() }
