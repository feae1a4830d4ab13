#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutation testing: changes one token or statement of a source file at a time, builds, runs the tests, and tells which
changes nobody noticed.

    mutate.py [--sample=N] [--seed=S] [--jobs=N] [--limit=PERCENT] FILE...

FILE is src/*.[ch], src/posix/*.c or src/cmd/*.c. A mutant whose object code at -O2 is that of the original is counted as
equivalent, and so is one that equivalent.txt lists, with a reason. What was tried is kept in build/mutate/results.json: a
second run goes on where the first one stopped. Exits with 1 when fewer than LIMIT percent of the others were noticed.
"""
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "mutate")

# ---- Mutants: (start, end, replacement) ----

SWAPS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
    "&": ["|"], "|": ["&"], "^": ["|"], "+=": ["-=", "="], "-=": ["+=", "="], "|=": ["=", "&="], "&=": ["=", "|="],
    "<<=": [">>="], ">>=": ["<<="], "++": ["--"], "--": ["++"], "!": [""], "~": [""],
}
WORDS = {"true": ["false"], "false": ["true"], "NULL": ["((void *)1)"], "break": [";"], "continue": [";"]}
TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*|\s+)
      |(?P<number>0[xX][0-9a-fA-F]+[uUlL]*|[0-9]+[uUlL]*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<op><<=|>>=|\+\+|--|->|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|[-+*/%&|^!~<>=?:;,.(){}\[\]])""",
    re.X | re.S | re.M)
STATEMENT = re.compile(r"^[ \t]+(?!return\b|else\b|case\b|default\b|const\b|static\b|struct\b|enum\b|goto\b)"
                       r"(?:\(void\))?[\w*\[\]>.()-][^;{}\n]*(?:\([^;{}]*\)|=[^;{}]*|\+\+|--);", re.M)
DECLARATION = re.compile(r"^\s+(?:const |volatile |unsigned |signed |static )*\w+\s+\**\w+(?:\[[^]]*\])?\s*(?:=|;|,)")
CAST = re.compile(r"\((?:u?int(?:8|16|32|64)_t|unsigned|int|size_t|unsigned char|uintptr_t)\)(?=[\w(])")
ROW = re.compile(r"^    X\(.*?\)(?: \\)?$(?=\n)", re.M)


def neighbours(word, families):
    for members in families:
        if word in members:
            at = members.index(word)
            return [members[at - 1 if at + 1 == len(members) else at + 1]]
    return []


def enumerators():
    """Families of names that may be taken for one another: those of the public tables."""
    families = []
    for name in sorted(os.listdir(os.path.join(ROOT, "src", "include"))):
        text = open(os.path.join(ROOT, "src", "include", name)).read()
        for prefix, pattern in (("VMCLOCK_FIELD_", r"X\(([A-Z_]+), [a-z_]+, 0x"), ("VMCLOCK_REASON_", r"X\(([A-Z_]+), \d+, \""),
                                ("VMCLOCK_FINDING_", r"X\(([A-Z_]+), \d+, \"")):
            found = re.findall(pattern, text)
            if found:
                families.append([prefix + member for member in found])
        for family in ("FLAG", "LEAP", "STATUS", "TIME", "COUNTER", "SMEARING"):
            found = re.findall(r"^#define (VMCLOCK_%s_[A-Z0-9_]+) " % family, text, re.M)
            if found:
                families.append(found)
    return families


def mutants(text, families):
    found = []
    previous = ""
    tokens = list(TOKEN.finditer(text))
    for at, match in enumerate(tokens):
        kind, token = match.lastgroup, match.group()
        if kind == "skip":
            continue
        later = next((t.group() for t in tokens[at + 1:] if t.lastgroup != "skip"), "")
        if kind == "op" and token in SWAPS:
            unary = previous in ("", "(", ",", "=", "return", "?", ":", "&&", "||", "==", "!=", "<", ">", "{", ";", ")") or \
                previous in SWAPS
            if token in ("*", "&", "-", "+") and unary and not (previous == ")" and token in "+-"):
                if token == "-":
                    found.append((match.start(), match.end(), ""))
            elif token in ("*", "&") and (previous in ("const", "volatile", "void", "char") or later in (")", ",")):
                pass
            elif token == "*" and re.match(r"(struct|enum)\s+$", text[max(0, match.start() - 40):match.start()]):
                pass
            else:
                found += [(match.start(), match.end(), other) for other in SWAPS[token]]
        elif kind == "number":
            value = int(re.sub(r"[uUlL]+$", "", token), 0)
            suffix = re.search(r"[uUlL]*$", token).group()
            found.append((match.start(), match.end(), "%d%s" % (value + 1, suffix)))
            if value > 0:
                found.append((match.start(), match.end(), "%d%s" % (value - 1, suffix)))
        elif kind == "word":
            for other in WORDS.get(token, []) + neighbours(token, families):
                found.append((match.start(), match.end(), other))
        previous = token
    code = blank(text)
    for match in STATEMENT.finditer(code):
        line = match.group()
        if not DECLARATION.match(line):
            start = match.start() + len(line) - len(line.lstrip())
            found.append((start, match.end(), ";"))
    for match in CAST.finditer(code):
        found.append((match.start(), match.end(), ""))
    rows = [m for m in ROW.finditer(text)]
    for one, two in zip(rows, rows[1:]):
        if one.group().endswith("\\") and two.group().endswith("\\"):
            found.append((one.start(), two.end(), two.group() + text[one.end():two.start()] + one.group()))
    return sorted(set(found))


def blank(text):
    """The text with comments, strings and directives blanked, so that positions stay."""
    return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()) if m.lastgroup == "skip" else m.group(), text)


# ---- Trying them ----

class Tree:
    """A copy of the tree with a build of its own."""

    def __init__(self, number):
        self.root = os.path.join(WORK, "tree%d" % number)
        os.makedirs(self.root, exist_ok=True)
        names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                               check=True, capture_output=True).stdout.decode().split("\0")
        for name in filter(None, names):
            source, to = os.path.join(ROOT, name), os.path.join(self.root, name)
            if not os.path.exists(source):
                continue
            os.makedirs(os.path.dirname(to), exist_ok=True)
            if not os.path.exists(to) or open(source, "rb").read() != open(to, "rb").read():
                shutil.copy(source, to)
        self.build = os.path.join(self.root, "build")
        self.must("cmake", "-S", self.root, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                  "-DCMAKE_C_FLAGS_DEBUG=-O1 -w", "-DVMCLOCK_BUILD_FUZZERS=ON", "-DVMCLOCK_BUILD_COMMAND=ON")
        self.must("ninja", "-C", self.build)

    def must(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit("mutate: %s failed:\n%s" % (command[0], done.stdout[-3000:]))

    def run(self, command, seconds):
        try:
            return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds,
                                  stdin=subprocess.DEVNULL, cwd=self.root).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def object_of(self, name):
        """The code of everything that the file is compiled into, at -O2, without names of the build."""
        sources = [name] if name.endswith(".c") else includers(name)
        digest = hashlib.sha256()
        for source in sources:
            done = subprocess.run(["cc", "-std=c11", "-O2", "-w", "-g0", "-Isrc/include", "-Isrc", "-Isrc/posix", "-Isrc/cmd", "-c",
                                   "-o", "object.o", source], cwd=self.root, capture_output=True)
            if done.returncode != 0:
                return None
            with open(os.path.join(self.root, "object.o"), "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()

    def verdict(self, name, text, original):
        path = os.path.join(self.root, name)
        with open(path, "w") as file:
            file.write(text)
        code = self.object_of(name)
        if code is None:
            return "does not compile"
        if code == original:
            return "equivalent"
        targets = ["vmclock_tests"] if "/cmd/" not in name else ["vmclock_cmd"]
        if not self.run(["ninja", "-C", self.build] + targets, 120):
            return "does not compile"
        if "/cmd/" not in name:
            stem = re.sub(r"\.[ch]$", "", os.path.basename(name))
            if not self.run(["ctest", "--test-dir", self.build, "-R", r"^unit\.%s" % stem, "--timeout", "20"], 60) or \
               not self.run(["ctest", "--test-dir", self.build, "-R", r"^unit\.", "--stop-on-failure", "--timeout", "20", "-j2"], 120):
                return "noticed"
        if not self.run(["ninja", "-C", self.build], 300):
            return "noticed" # an assertion of the compiler's, or a test that is not built any more
        if not self.run(["ctest", "--test-dir", self.build, "-R", r"^(cmd|replay|fuzz)\.", "--stop-on-failure", "--timeout", "60",
                         "-j2"], 400):
            return "noticed"
        return "ALIVE"


def includers(header):
    """What a header can reach: the files of its own room, and for a public or core header those of the core."""
    folder = os.path.dirname(header).replace("src/include", "src")
    return ["%s/%s" % (folder, name) for name in sorted(os.listdir(os.path.join(ROOT, folder))) if name.endswith(".c")]


def shown(text, mutant):
    start, end, new = mutant
    line = text.count("\n", 0, start) + 1
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    return line, " ".join((text[begin:start] + "[" + text[start:end] + " -> " + new + "]" + text[end:stop]).split())


def main():
    options = {"sample": "0", "seed": "1", "jobs": "2", "limit": "0"}
    files = []
    for word in sys.argv[1:]:
        match = re.match(r"--(\w+)=(\d+)$", word)
        if match and match.group(1) in options:
            options[match.group(1)] = match.group(2)
        elif os.path.exists(os.path.join(ROOT, word)):
            files.append(word)
        else:
            sys.exit("mutate: what is '%s'?" % word)
    if not files:
        files = sorted("src/" + name for name in os.listdir(os.path.join(ROOT, "src")) if name.endswith((".c", ".h")))
    os.makedirs(WORK, exist_ok=True)
    results_path = os.path.join(WORK, "results.json")
    results = json.load(open(results_path)) if os.path.exists(results_path) else {}
    allowed = {}
    listed = os.path.join(ROOT, "tests", "mutate", "equivalent.txt")
    if os.path.exists(listed):
        for line in open(listed):
            if "\t" in line and not line.startswith("#"):
                name, change, reason = line.rstrip("\n").split("\t")
                allowed[(name, change)] = reason
    families = enumerators()
    tasks = []
    for name in files:
        text = open(os.path.join(ROOT, name)).read()
        tasks += [(name, text, mutant) for mutant in mutants(text, families)]
    random.Random(int(options["seed"])).shuffle(tasks)
    if int(options["sample"]):
        tasks = tasks[:int(options["sample"])]
    tasks.sort(key=lambda task: task[0])
    trees, lock = [], threading.Lock()
    originals = {}
    for number in range(int(options["jobs"])):
        trees.append(Tree(number))
    for name in {task[0] for task in tasks}:
        originals[name] = trees[0].object_of(name)
    counts = {"noticed": 0, "ALIVE": 0, "equivalent": 0, "does not compile": 0}

    def try_one(task):
        name, text, mutant = task
        line, change = shown(text, mutant)
        key = hashlib.sha256((name + text + repr(mutant)).encode()).hexdigest()[:20]
        if (name, change) in allowed:
            verdict = "equivalent"
        elif key in results:
            verdict = results[key]
        else:
            with lock:
                tree = trees.pop()
            try:
                verdict = tree.verdict(name, text[:mutant[0]] + mutant[2] + text[mutant[1]:], originals[name])
            finally:
                with open(os.path.join(tree.root, name), "w") as file:
                    file.write(text)
                with lock:
                    trees.append(tree)
        with lock:
            results[key] = verdict
            counts[verdict] += 1
            if verdict == "ALIVE":
                print("ALIVE  %s:%d  %s" % (name, line, change), flush=True)
            if sum(counts.values()) % 50 == 0:
                json.dump(results, open(results_path, "w"))
                print("... %d of %d: %s" % (sum(counts.values()), len(tasks), counts), file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(int(options["jobs"])) as pool:
        for done in [pool.submit(try_one, task) for task in tasks]:
            done.result()
    json.dump(results, open(results_path, "w"))
    judged = counts["noticed"] + counts["ALIVE"]
    percent = 100.0 * counts["noticed"] / judged if judged else 100.0
    print("%d mutants: %d noticed, %d alive, %d equivalent, %d do not compile: %.2f%% noticed"
          % (len(tasks), counts["noticed"], counts["ALIVE"], counts["equivalent"], counts["does not compile"], percent))
    sys.exit(percent < int(options["limit"]))


main()
