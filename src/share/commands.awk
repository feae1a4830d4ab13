# SPDX-License-Identifier: BSD-2-Clause
# What the command's own help says, as lines of fields with tabs between them, for man pages and completion: the help is
# the one place where options are described.
#   command NAME SUMMARY         usage NAME LINE          intro NAME TEXT      exit NAME STATUS TEXT
#   option NAME SHORT LONG VALUE TEXT                     note NAME TEXT       (paragraphs between options and status)
# usage: awk -f commands.awk src/cmd/main.c src/cmd/*.c
function flush_option() {
    if (long != "")
        print "option\t" name "\t" short "\t" long "\t" value "\t" text
    long = ""
}
function flush_paragraph(    n, i, parts, status) {
    flush_option()
    if (paragraph ~ /^Exit status: /) {
        sub(/^Exit status: /, "", paragraph)
        sub(/\.$/, "", paragraph)
        n = split(paragraph, parts, "; ")
        for (i = 1; i <= n; i++) {
            status = parts[i]
            sub(/ .*/, "", status)
            sub(/^[0-9]+ /, "", parts[i])
            print "exit\t" name "\t" status "\t" parts[i]
        }
    } else if (paragraph != "")
        print (seen_options ? "note" : "intro") "\t" name "\t" paragraph
    paragraph = ""
}
/^    \{"[a-z]+", cmd_[a-z]+, "/ {
    split($0, part, "\"")
    print "command\t" part[2] "\t" part[4]
}
/^static const char [a-z]+_help\[\] =/ {
    name = $4
    sub(/_help.*/, "", name)
    inside = 1
    seen_options = 0
    next
}
inside {
    line = $0
    is_last = line ~ /";$/
    gsub(/" VMCLOCK_DEVICE "/, "/dev/vmclock0", line)
    sub(/^ *"/, "", line)
    sub(/\\n";?$/, "", line)
    if (line ~ /^Usage: /)
        print "usage\t" name "\t" substr(line, 8)
    else if (line == "")
        flush_paragraph()
    else if (line ~ /^ +(-[a-z], )?--[a-z]/) {
        flush_option()
        seen_options = 1
        short = line ~ /^ +-[a-z],/ ? substr(line, index(line, "-") + 1, 1) : ""
        sub(/^ +(-[a-z], +)?--/, "", line)
        match(line, /  +/)
        text = substr(line, RSTART + RLENGTH)
        long = substr(line, 1, RSTART - 1)
        value = ""
        if (match(long, /[= ]/)) {
            value = substr(long, RSTART + 1)
            long = substr(long, 1, RSTART - 1)
        }
    } else if (line ~ /^ / && long != "") {
        sub(/^ +/, "", line)
        text = text " " line
    } else
        paragraph = paragraph (paragraph == "" ? "" : " ") line
    if (is_last) {
        flush_paragraph()
        inside = 0
    }
}
