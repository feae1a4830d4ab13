#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A public header, or a page of this folder, as Doxygen wants it: filter.py HEADER|PAGE

The headers have plain comments, and tables that they expand with a macro VMCLOCK_X. Here comments become Doxygen's, one
that stands for several declarations is given to each, and the rows of a table are written out, with their sentences."""
import os
import re
import sys

FAMILIES = {"COUNTER": "counter_id", "TIME": "time_type", "FLAG": "flags", "STATUS": "clock_status",
            "SMEARING": "leap_second_smearing_hint", "LEAP": "leap_indicator"}


def rows_of(folder, table):
    """The rows of the macro of that name, in whichever header has it: a list of lists of arguments."""
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found = re.search(r"^#define " + table + r"\(X\)((?:.*\\\n)*.*)", file.read(), re.M)
        if not found:
            continue
        rows = []
        for row in re.finditer(r'\bX\(((?:[^()"]|\([^()]*\)|"(?:[^"\\]|\\.)*"|\\\n)*)\)', found.group(1)):
            text = row.group(1).replace("\\\n", " ")
            rows.append([argument.strip() for argument in re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', text)])
        return rows
    raise SystemExit(f"filter.py: no table {table}")


def expand(folder, lines):
    """Writes out what `#define VMCLOCK_X(…) …`, `TABLE(VMCLOCK_X)`, `#undef VMCLOCK_X` would become."""
    result, macro = [], None
    for line in lines:
        defined = re.match(r"#define VMCLOCK_X\(([^)]*)\) (.*)", line)
        used = re.match(r" *(VMCLOCK_\w+)\(VMCLOCK_X\)", line)
        if defined:
            macro = ([name.strip() for name in defined.group(1).split(",")], defined.group(2))
        elif used and macro:
            for row in rows_of(folder, used.group(1)):
                values = dict(zip(macro[0], row))
                text = re.sub(r"\b[A-Za-z]+\b", lambda word: values.get(word.group(), word.group()),
                              re.sub(r"(\w+)##(\w+)", lambda pasted: pasted.group(1) + values[pasted.group(2)], macro[1]))
                words = row[-1].strip('"').replace('\\"', '"')
                result.append(f"    {text} /**< {words} */")
        elif line != "#undef VMCLOCK_X":
            result.append(line)
    return result


def name_values(lines):
    """uapi's macros have no comment each: their family says which field they are values of."""
    for line in lines:
        family = re.match(r"#define VMCLOCK_(%s)_[A-Z0-9_]+ [(0-9]" % "|".join(FAMILIES), line)
        if family:
            meaning = "A bit of" if family.group(1) == "FLAG" else "A value of"
            line += f" /**< {meaning} `{FAMILIES[family.group(1)]}`, as the uapi header has it. */"
        yield line


def mark(lines):
    """Plain comments become Doxygen's."""
    first = True
    for line in lines:
        if re.match(r"/\* (SPDX|----|clang-format)", line):
            yield ""
            continue
        if line.startswith("/*") and first:
            line, first = line.replace("/*", "/** @file\n *", 1), False
        line = re.sub(r"^( *)/\*(?!\*)", r"\1/**", line)
        line = re.sub(r"([;,})0-9a-zA-Z])( +)/\*(?!\*)", r"\1\2/**<", line)
        if re.match(r" *(/\*\*| \*)", line) or "/**<" in line:
            line = re.sub(r"<(?!\*)([A-Za-z_ ]+)>", r"\\<\1\\>", line)
            line = re.sub(r"^( \* )((?:@\w+, )*@\w+) ",
                          lambda found: found.group(1) + "@param " + found.group(2).replace("@", "").replace(" ", "") + " ", line)
            line = re.sub(r"(?<![\w/])_(\w+)", r"`_\1`", line) if re.search(r" \*.* _(set|add|or|guarded|disrupted|restored)\b", line) else line
        yield line


def hide_private(text):
    """Of a struct whose comment says that its members are private, they are left out: all, or all but the first."""
    def body(found):
        comment, head, members = found.groups()
        words = " ".join(comment.replace("*", " ").split())
        if "reat the members as private" in words:
            return f"{comment}{head}/** @cond */\n{members}/** @endcond */\n}};"
        if "all members but the first as private" in words:
            first, rest = members.split("\n", 1)
            return f"{comment}{head}{first}\n/** @cond */\n{rest}/** @endcond */\n}};"
        return found.group()
    return re.sub(r"(/\*\*(?:[^*]|\*(?!/))*\*/\n)(struct \w+ \{\n)((?:.*\n)*?)\};", body, text)


def distribute(text):
    """A comment above several declarations, with no blank line between, is each one's."""
    paragraphs = re.split(r"\n\n+", text)
    for i, paragraph in enumerate(paragraphs):
        if not paragraph.lstrip("\n").startswith("/**") or "@file" in paragraph:
            continue
        rest = re.sub(r"/\*.*?\*/", "", paragraph, flags=re.S)
        starts = re.findall(r"^(?:#define|[A-Za-z])", rest, re.M)
        if len(starts) > 1 and "{" not in rest:
            paragraphs[i] = "/** @{ */\n" + paragraph + "\n/** @} */"
    return "\n\n".join(paragraphs)


def main():
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    if path.endswith(".md"): # what lies outside of the reference is named, and no link
        print(re.sub(r"\[([^]]*)\]\(\.\./[^)]*\)", r"\1", "\n".join(lines)))
        return
    text = "\n".join(mark(name_values(expand(os.path.dirname(path), lines))))
    print(distribute(hide_private(text)))


main()
