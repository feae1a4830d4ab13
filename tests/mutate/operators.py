# SPDX-License-Identifier: BSD-2-Clause
"""What a mutant is: one change of one token, operand, statement or table row of a C file.

mutants(text, families) gives them as (start, end, replacement), sorted; places(text) tells which function or table a
position lies in.
"""
import re

# For a relation, those that between them stand for every other one.
SWAPS = {
    "<": ["<=", "!="], "<=": ["<", "=="], ">": [">=", "!="], ">=": [">", "=="],
    "==": ["!=", "<=", ">="], "!=": ["==", "<", ">"],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
    "&": ["|"], "|": ["&"], "^": ["|"], "+=": ["-=", "="], "-=": ["+=", "="], "|=": ["=", "&="], "&=": ["=", "|="],
    "^=": ["="], "<<=": [">>="], ">>=": ["<<="], "++": ["--"], "--": ["++"], "!": [""], "~": [""],
}
WORDS = {"true": ["false"], "false": ["true"], "NULL": ["((void *)1)"]}
TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|\\\n|\s+)
      |(?P<directive>^[ \t]*\#[ \t]*(?:define[ \t]+\w+(?:\([^)]*\))?|(?!define)(?:[^\n\\]|\\.|\\\n)*))
      |(?P<string>"(?:\\.|[^"\\])*")
      |(?P<char>'(?:\\.|[^'\\])*')
      |(?P<number>0[xX][0-9a-fA-F]+[uUlL]*|[0-9]+[uUlL]*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<op><<=|>>=|\+\+|--|->|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|[-+*/%&|^!~<>=?:;,.(){}\[\]])
      |(?P<other>.)""",
    re.X | re.S | re.M)
STATEMENT = re.compile(r"^[ \t]+(?!return\b|else\b|typedef\b|case\b|default\b|const\b|static\b|struct\b|enum\b|do\b|if\b|for\b|while\b)"
                       r"(?:\(void\))?[\w*\[\]>.()-][^;{}\n]*(?:\([^;{}]*\)|=[^;{}]*|\+\+|--|\bbreak|\bcontinue|\bgoto \w+)?;", re.M)
DECLARATION = re.compile(r"^\s+(?:const |volatile |unsigned |signed |static |struct |enum )*\w+(?:\s+|\s*\*+\s*(?:const )?)\w+"
                         r"(?:\[[^]]*\])?\s*(?:=|;|,)")
KEYWORDS = re.compile(r"^\s*(?:return|break|continue|goto)\b")
EARLY_RETURN = re.compile(r"\)\s*(?:\{\s*)?(return\b[^;]*;)")
CAST = re.compile(r"\((?:u?int(?:8|16|32|64)_t|unsigned|int|long long|unsigned long long|long|size_t|ssize_t|off_t|time_t|char|"
                  r"unsigned char|uintptr_t|double|u128|vmclock_(?:word|half)_)\)(?=[\w(])")
CONDITION = re.compile(r"\b(?:if|while)\s*(?=\()")
ROW = re.compile(r"^[ \t]+(?:\{.*\}|\[\w+\] = [^\n]*[^,\n]|\"(?:\\.|[^\"\\\n])*\"|[A-Z]\w+),?(?:[ \t]*/\*[^\n]*\*/)?$", re.M)
BINARY_BEFORE = re.compile(r"[\w)\]\"']$")


class Code:
    """A file's tokens, and which bracket belongs to which."""

    def __init__(self, text):
        self.text = text
        self.tokens = [m for m in TOKEN.finditer(text) if m.lastgroup != "skip"]
        self.partner = {}
        stack = []
        for at, match in enumerate(self.tokens):
            if match.lastgroup != "op":
                continue
            if match.group() in "([{":
                stack.append(at)
            elif match.group() in ")]}" and stack:
                opened = stack.pop()
                self.partner[opened], self.partner[at] = at, opened

    def blank(self):
        """The text with comments, strings and directives blanked, so that positions stay."""
        return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group())
                         if m.lastgroup in ("skip", "string", "char", "directive") else m.group(), self.text)

    def operand(self, at, step, stops):
        """From the token beside `at` as far as the operand of the operator there goes: (start, end) in the text."""
        edge = None
        index = at + step
        while 0 <= index < len(self.tokens):
            match = self.tokens[index]
            token = match.group()
            if match.lastgroup == "directive":
                break
            if match.lastgroup == "op":
                if token in ("([{" if step < 0 else ")]}"):
                    break
                if token in stops:
                    break
                if index in self.partner:
                    index = self.partner[index]
            elif token in ("return", "else", "do", "while", "if"):
                break
            edge = index
            index += step
        if edge is None:
            return None
        first, last = (edge, at - 1) if step < 0 else (at + 1, edge)
        return self.tokens[first].start(), self.tokens[last].end()


STOPS_AND = {"&&", "||", "?", ":", ",", ";", "=", "+=", "-=", "|=", "&=", "{", "}"}
STOPS_OR = {"||", "?", ":", ",", ";", "=", "+=", "-=", "|=", "&=", "{", "}"}
STOPS_IF = {",", ";", "=", "?", ":", "{", "}"}


def places(text):
    """[(start, name)] of functions, tables and macros: from each one's first line to the next one's."""
    found = []
    for match in re.finditer(r"^(?:#[ \t]*define[ \t]+(\w+)|([A-Za-z_][^\n;]*(?:\n[ \t]+[^\n;{}]*)*))", text, re.M):
        name = match.group(1)
        if name is None:
            head = match.group(2).split(" = ")[0].split("{")[0]
            head = re.sub(r"__attribute__\(\(.*?\)\)", "", head)
            inner = re.search(r"\((\w+)\)\(", head) or re.search(r"(\w+)\s*\(", head) or re.search(r"(\w+)(?:\[[^]]*\])*\s*$", head)
            name = inner.group(1) if inner else head.split()[0]
            if name in ("_Static_assert", "extern"):
                continue
        found.append((match.start(), name))
    return found


def neighbour(word, families):
    for members in families:
        if word in members:
            at = members.index(word)
            return [members[at - 1 if at + 1 == len(members) else at + 1]]
    return []


def families_of(texts):
    """Families of names that may be taken for one another: enumerators, and those of the public tables."""
    families = []
    for text in texts:
        for prefix, pattern in (("VMCLOCK_FIELD_", r"X\(([A-Z_]+), [a-z_]+, 0x"), ("VMCLOCK_REASON_", r"X\(([A-Z_]+), \d+, \"[a-z]"),
                                ("VMCLOCK_FINDING_", r"X\(([A-Z_]+), [a-z_]+, \d+, \"(?=.*\n?.*VMCLOCK_FIND)"),
                                ("VMCLOCK_", r"X\(([A-Z_]+), \d+, \"[A-Z]")):
            found = re.findall(pattern, text)
            if len(found) > 1:
                families.append([prefix + member for member in found])
        for family in ("FLAG", "LEAP", "STATUS", "TIME", "COUNTER", "SMEARING", "AT"):
            found = re.findall(r"^#define (VMCLOCK_%s_[A-Z0-9_]+) " % family, text, re.M)
            if len(found) > 1:
                families.append(found)
        for body in re.findall(r"^(?:typedef )?enum(?: \w+)? \{([^}]*)\}", text, re.M):
            body = re.sub(r"/\*.*?\*/|^\s*#.*$|\bVMCLOCK_X\b", "", body, flags=re.S | re.M)
            found = [re.match(r"\w+", member.strip()).group() for member in body.split(",") if re.match(r"[A-Z]\w+", member.strip())]
            if len(found) > 1:
                families.append(found)
    return families


def of_operator(code, at, found):
    match = code.tokens[at]
    token = match.group()
    before = code.tokens[at - 1] if at > 0 else None
    later = code.tokens[at + 1].group() if at + 1 < len(code.tokens) else ""
    binary = before is not None and before.lastgroup != "directive" and bool(BINARY_BEFORE.search(before.group())) and \
        before.group() not in ("return", "const", "volatile", "void", "char", "case", "else", "sizeof", "do") and \
        not (before.group() == ")" and begins_statement(code, at - 1))
    if token in "*&-+" and not binary:
        if token == "-":
            found.append((match.start(), match.end(), ""))
        return
    if token in "*&" and (later in (")", ",", "*", "const", "restrict", "volatile") or is_type(code, at)):
        return
    if token in "*+" and later and before.group() == ")" and cast_before(code, at - 1):
        return
    found += [(match.start(), match.end(), other) for other in SWAPS[token]]
    if token in ("&&", "||"):
        whole = "1" if token == "&&" else "0"
        for step in (-1, 1):
            span = code.operand(at, step, STOPS_AND if token == "&&" else STOPS_OR)
            if span:
                found.append(span + (whole,))


def begins_statement(code, at):
    """Whether this bracket ends the condition of an if or a loop."""
    opened = code.partner.get(at, 0)
    return opened > 0 and code.tokens[opened - 1].group() in ("if", "while", "for")


def is_type(code, at):
    """`name *name` in a declaration, which is no product."""
    before, words = code.tokens[at - 1], code.text[max(0, code.tokens[at - 1].start() - 40):code.tokens[at].start()]
    if re.search(r"(?:struct|enum)\s+\w+\s*$", words) or re.search(r"\b\w+_t\s*$|\bFILE\s*$|\bvmclock_(?:word|half)_\s*$", words):
        return True
    if before.lastgroup != "word":
        return False
    first = code.tokens[at - 2].group() if at > 1 else ";"
    after = code.tokens[at + 2].group() if at + 2 < len(code.tokens) else ";"
    return first in (";", "{", "}", "const") and after in (";", "=", ",")


def cast_before(code, at):
    opened = code.partner.get(at)
    return opened is not None and re.fullmatch(r"\((?:const |volatile |struct |enum )*(?:\w+_t|char|int|unsigned|long|void)[ *]*\)",
                                               code.text[code.tokens[opened].start():code.tokens[at].end()]) is not None


def of_literal(match, found):
    kind, token = match.lastgroup, match.group()
    if kind == "number":
        value = int(re.sub(r"[uUlL]+$", "", token), 8 if re.fullmatch(r"0[0-7]+[uUlL]*", token) else 0)
        suffix = re.search(r"[uUlL]*$", token).group()
        found.append((match.start(), match.end(), "%d%s" % (value + 1, suffix)))
        if value > 0:
            found.append((match.start(), match.end(), "%d%s" % (value - 1, suffix)))
    elif kind == "char":
        found.append((match.start(), match.end(), "(%s + 1)" % token))
    elif token == '""':
        found.append((match.start(), match.end(), '"x"'))
    else:
        last = re.search(r"(?:\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|.)|[^\\])\"$", token, re.S)
        found.append((match.start(), match.end(), token[:last.start()] + '"'))


def of_tokens(code, families, found):
    for at, match in enumerate(code.tokens):
        kind, token = match.lastgroup, match.group()
        if kind == "op" and token in SWAPS:
            of_operator(code, at, found)
        elif kind == "op" and token == "?":
            span = code.operand(at, -1, STOPS_IF)
            if span:
                found.append(span + ("!(%s)" % code.text[span[0]:span[1]],))
        elif kind in ("number", "char", "string"):
            of_literal(match, found)
        elif kind == "word":
            for other in WORDS.get(token, []) + neighbour(token, families):
                found.append((match.start(), match.end(), other))


def of_statements(code, found):
    blank = code.blank()
    for match in STATEMENT.finditer(blank):
        line = match.group()
        if line.strip() == ";" or (DECLARATION.match(line) and not KEYWORDS.match(line)):
            continue
        found.append((match.start() + len(line) - len(line.lstrip()), match.end(), ";"))
    for match in EARLY_RETURN.finditer(blank):
        head = blank.rfind("\n", 0, match.start()) + 1
        if not blank[head:head + 1].strip(): # not the body of a function, which is not indented
            found.append((match.start(1), match.end(1), ";"))
    for match in re.finditer(r"\belse\s+([^\s{i][^;{}]*;)", blank):
        found.append((match.start(1), match.end(1), ";"))
    for match in CAST.finditer(blank):
        found.append((match.start(), match.end(), ""))
    starts = {m.start(): at for at, m in enumerate(code.tokens)}
    for match in CONDITION.finditer(blank):
        opened = starts.get(match.end())
        if opened in code.partner:
            start, end = code.tokens[opened].end(), code.tokens[code.partner[opened]].start()
            found.append((start, end, "!(%s)" % code.text[start:end]))


def of_rows(code, found):
    """Rows of tables: each one dropped, and swapped with the next one."""
    text, rows = code.text, []
    for match in re.finditer(r"^[ \t]+X\(.*?\)(?: *\\)?$(?=\n)", text, re.M | re.S):
        if "#" not in match.group():
            rows.append((match.start(), match.end() - len(re.search(r"(?: *\\)?$", match.group()).group())))
    for table in re.finditer(r"^(?:static )?(?:const |struct |enum )[^;{]*(?:\{[^}]*\}[^;={]*)?= \{\n(.*?)^\};", text, re.M | re.S):
        for match in ROW.finditer(text, table.start(1), table.end(1)):
            rows.append((match.start(), match.end()))
    for at, (start, end) in enumerate(rows):
        found.append((start, end, ""))
        if at + 1 < len(rows):
            start2, end2 = rows[at + 1]
            if not text[end:start2].strip(" \\\n"):
                found.append((start, end2, text[start2:end2] + text[end:start2] + text[start:end]))


def mutants(text, families):
    code = Code(text)
    found = []
    of_tokens(code, families, found)
    of_statements(code, found)
    of_rows(code, found)
    skipped = [(m.start(), m.end()) for m in re.finditer(r"^[ \t]*(?:_Static_assert|static_assert)\(.*?\);|^extern \"C\"", text, re.M | re.S)]
    skipped += [(m.start(), m.end()) for m in re.finditer(r"__attribute__\(\(.*?\)\)|__builtin_expect\(\([a-z]+\), [01]\)|^extern [^{;]*;",
                                                          text, re.M | re.S)]
    return sorted({m for m in found
                   if text[m[0]:m[1]] != m[2] and not any(start <= m[0] < end for start, end in skipped)})
