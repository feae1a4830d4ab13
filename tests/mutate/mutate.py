#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutation testing: changes one thing of a source file at a time, and tells which changes no test notices.

    mutate.py [--sample=N] [--ci] [--jobs=N] [--listed] [--again] [FILE or FOLDER...]

The files are src/*.[ch], src/include/*.h, src/posix/*.[ch] and src/cmd/*.[ch], all of them where none is named. For each
mutant what depends on the file is compiled at -O2. A mutant whose objects are those of the original counts as equivalent,
and so does one that equivalent.txt lists, with a reason. The others are linked and tested, likeliest test first, until a
test fails: the core by the unit suites that need no system, posix by all unit suites, the command by those and by the
scripts of tests/cmd. What lives in the library is tried once more with AddressSanitizer and UndefinedBehaviorSanitizer.

The tree is copied when the run begins. What was tried is kept in build/mutate/results.json: a second run goes on where the
first one stopped, and tries again only what nobody noticed, and what has changed.

Exits with 1 when fewer than 100% (core), 95% (posix, command) of the mutants that are not equivalent were noticed.
"""
import concurrent.futures
import fcntl
import hashlib
import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
import operators  # noqa: E402, so that nothing is written beside it

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "mutate")
TREE = os.path.join(WORK, "tree")
LISTED = os.path.join(ROOT, "tests", "mutate", "equivalent.txt")
# Per room: the least that is to be noticed, in percent, and how many mutants `--ci` tries.
ROOMS = {"core": (100, 200), "posix": (95, 25), "cmd": (95, 8)}
# Suites that sleep or wait for a system say nothing of the core that the others do not.
NEEDS_SYSTEM = ("device", "writer", "file", "system", "search", "images", "calibrate")
# Files that only some of the scripts of tests/cmd reach.
SCRIPTS = {"watch": "watch|devices", "watch_line": "watch|devices", "diff": "diff", "diff_text": "diff", "changes": "diff|watch",
           "publish": "publish|devices", "set": "publish", "time": "time|devices", "time_text": "time|devices", "scan": "scan",
           "found": "scan", "kdump": "scan", "progress": "scan"}
UNIT_ALONE = 4 # a header that more files of a room include is compiled with the room as one unit


def room_of(name):
    return {"src/posix": "posix", "src/cmd": "cmd"}.get(os.path.dirname(name), "core") if name != "src/include/vmclock_posix.h" else "posix"


def sha(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:24]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def fail(message):
    sys.exit("mutate: " + message)


def call(command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        fail("%s failed:\n%s" % (" ".join(command[:3]), done.stdout[-3000:]))
    return done.stdout


def limits(seconds, memory):
    """For a child: a session of its own, and bounds on what an endless loop may take."""
    def apply():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        if memory: # not AddressSanitizer's, which takes much and uses little
            resource.setrlimit(resource.RLIMIT_DATA, (1 << 31, 1 << 31))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return apply


# ---- The mutants ----

class Mutant:
    def __init__(self, name, text, place, part, mutant, again):
        start, end, new = mutant
        self.name, self.place = name, place
        self.line = text.count("\n", 0, start) + 1
        begin = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", end)
        self.change = " ".join((text[begin:start] + "[" + text[start:end] + " -> " + new + "]" + text[end:stop]).split())
        self.text = text[:start] + new + text[end:]
        # Independent of what else is in the file.
        self.key = sha(name, place, part[0], str(start - part[1]), str(end - part[1]), new)
        self.again = again # how many in this place read the same


def mutants_of(name, families):
    text = read(os.path.join(TREE, name))
    places = operators.places(text)
    found, seen = [], {}
    for mutant in operators.mutants(text, families):
        at = max((i for i, (start, _) in enumerate(places) if start <= mutant[0]), default=None)
        start, place = places[at] if at is not None else (0, "-")
        end = places[at + 1][0] if at is not None and at + 1 < len(places) else len(text)
        made = Mutant(name, text, place, (text[start:end], start), mutant, 0)
        same = (place, made.change)
        made.again = seen[same] = seen.get(same, -1) + 1
        found.append(made)
    return found


def listed_equivalents():
    """{(file, place, change): reason}: lines `file, place: change`, and below them, indented, the reason they share. An
    ellipsis stands for anything."""
    listed, group, reason = {}, [], []
    for line in (read(LISTED) if os.path.exists(LISTED) else "").split("\n") + ["#"]:
        if line.startswith((" ", "\t")) and line.strip():
            reason.append(line.strip())
            continue
        if reason or not line.strip() or line.startswith("#"):
            for entry in group:
                if not reason:
                    fail("equivalent.txt: no reason for %s" % (entry,))
                listed[entry] = " ".join(reason)
            group, reason = [], []
        if line.strip() and not line.startswith("#"):
            match = re.fullmatch(r"(\S+), (\S+): (.*)", line)
            if not match:
                fail("equivalent.txt: what is '%s'?" % line)
            group.append(match.groups())
    return listed


# ---- The build: made once, then only told which commands it would run ----

def copy_tree():
    os.makedirs(TREE, exist_ok=True)
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=False,
                           capture_output=True).stdout.decode().split("\0")
    if len(names) < 10: # no clone: an unpacked archive
        names = [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, found in os.walk(ROOT)
                 for name in found if not os.path.relpath(folder, ROOT).startswith("build")]
    kept = set()
    for name in filter(None, names):
        source, to = os.path.join(ROOT, name), os.path.join(TREE, name)
        if not os.path.isfile(source):
            continue
        kept.add(to)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to) or read_bytes(source) != read_bytes(to):
            shutil.copy(source, to)
    for folder, _, found in os.walk(TREE):
        for name in found:
            if os.path.join(folder, name) not in kept:
                os.remove(os.path.join(folder, name))


class Build:
    """Of the copied tree: the one whose objects are compared, and one with sanitizers for what has come through that one."""

    def __init__(self, kind, flags):
        self.kind, self.folder = kind, os.path.join(WORK, kind)
        os.makedirs(self.folder, exist_ok=True)
        call(["cmake", "-S", TREE, "-B", self.folder, "-G", "Ninja", "-DCMAKE_self.folder_TYPE=", "-DCMAKE_C_FLAGS=-O2 -w " + flags,
              "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DVMCLOCK_self.folder_FUZZERS=OFF", "-DVMCLOCK_self.folder_COMMAND=ON",
              "-DCMAKE_EXE_LINKER_FLAGS="])
        self.tests = self.list_tests()
        wanted = sorted({program for test in self.tests.values() for program in test["programs"]})
        self.commands = {}
        for row in json.load(open(os.path.join(self.folder, "compile_commands.json"))):
            self.commands[re.search(r" -o (\S+) ", row["command"]).group(1)] = row["command"]
        self.links = {path: self.link_of(path) for path in wanted}
        used = " ".join(self.links.values()).split()
        self.objects = {}
        depends = self.dependencies()
        library = {o for o in self.commands if o.startswith("CMakeFiles/vmclock_static.dir/")}
        for name in self.commands:
            if (name in used or name in library) and name in depends:
                self.objects[name] = depends[name]
        self.digest = sha(*(read_bytes(os.path.join(folder, name)) for folder, _, names in sorted(os.walk(TREE))
                            for name in sorted(names)
                            if re.match(r"/(src|tests)(?!/mutate)", folder[len(TREE):])))

    def list_tests(self):
        """{name: its command, environment, and the programs of ours that it runs}: unit suites and scripts."""
        made = {line.split(":")[0] for line in call(["ninja", "-C", self.folder, "-t", "targets", "all"]).split("\n")
                if re.match(r"(?:tests/|tests/cmd/)?[^/]+: (?:C_EXECUTABLE|C_MODULE_LIBRARY|C_SHARED_MODULE)_LINKER", line)}
        call(["ninja", "-C", self.folder] + sorted(made)) # ctest leaves out the commands of programs that are not there
        made = {os.path.join(self.folder, name) for name in made}
        tests = {}
        for test in json.loads(call(["ctest", "--test-dir", self.folder, "--show-only=json-v1"]))["tests"]:
            properties = {p["name"]: p["value"] for p in test.get("properties", [])}
            programs = [word for word in test.get("command", []) if word in made]
            if not re.match(r"(unit|cmd)\.", test["name"]) or not programs or properties.get("WILL_FAIL"):
                continue
            environment = dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))
            tests[test["name"]] = {"command": test["command"], "programs": programs, "environment": environment,
                                   "skip": properties.get("SKIP_RETURN_CODE"), "sources": suite_sources(test)}
        return tests

    def link_of(self, path):
        lines = call(["ninja", "-C", self.folder, "-t", "commands", os.path.relpath(path, self.folder)]).strip().split("\n")
        return re.sub(r"^: && | && :$", "", lines[-1])

    def dependencies(self):
        depends, current = {}, None
        for line in call(["ninja", "-C", self.folder, "-t", "deps"]).split("\n"):
            if line.startswith("    ") and current is not None:
                path = os.path.realpath(os.path.join(self.folder, line.strip()))
                if path.startswith(TREE + "/"):
                    depends[current].add(os.path.relpath(path, TREE))
            elif ": #deps" in line:
                current = line.split(":")[0]
                depends[current] = set()
        return depends


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def suite_sources(test):
    """The object of a unit suite, by which it is found among those that a header reaches."""
    return "test_%s.c" % test["command"][-1] if test["name"].startswith("unit.") else None


# ---- Trying them ----

class Worker:
    """A copy of the sources to change, and room for the objects and programs made of them."""

    def __init__(self, build, number):
        self.build = build
        self.root = os.path.join(WORK, "%s.job%d" % (build.kind, number))
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("src", "tests"):
            shutil.copytree(os.path.join(TREE, folder), os.path.join(self.root, folder))
        self.out = os.path.join(self.root, "out")
        self.scratch = os.path.join(self.root, "scratch")
        os.makedirs(self.out)
        self.originals = {}

    def run(self, command, seconds, wall, environment=None, shell=False):
        """The status; None when it took too long."""
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 cwd=self.build.folder, env=environment, shell=shell, preexec_fn=limits(seconds, self.build.kind == "plain"))
        try:
            status = child.wait(wall)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(child.pid, signal.SIGKILL) # and whatever a script has left running
        except ProcessLookupError:
            pass
        child.wait()
        return status

    def compile(self, source, to, command):
        """The command of an object's build, of this copy of the sources. Returns a digest, None when it does not compile."""
        command = re.sub(r" -o \S+ -c \S+$", "", command)
        for folder in ("src", "tests"):
            command = command.replace(os.path.join(TREE, folder), os.path.join(self.root, folder))
        if self.run("exec %s -o %s -c %s" % (command, to, source), 60, 120, shell=True) != 0:
            return None
        return sha(read_bytes(to))

    def path(self, unit):
        return os.path.join(self.out, re.sub(r"[^\w.]", "_", unit) + ".o")

    def compile_unit(self, unit):
        """A unit is an object of the build, or `room:` and the room's folder: all of its files as one."""
        if not unit.startswith("room:"):
            command = self.build.commands[unit]
            source = re.search(r" -c (\S+)$", command).group(1).replace(TREE, self.root)
            if "test_" in unit:
                command = command.replace(" -O2 ", " -O1 ")
            return self.compile(source, self.path(unit), command)
        folder = unit[5:]
        members = self.members(folder)
        source = os.path.join(self.root, folder, "all_of_it.c")
        with open(source, "w") as file:
            file.writelines('#include "%s"\n' % os.path.basename(self.source(member)) for member in members)
        return self.compile(source, self.path(unit), self.build.commands[members[0]])

    def source(self, unit):
        return os.path.relpath(re.search(r" -c (\S+)$", self.build.commands[unit]).group(1), TREE)

    def members(self, folder):
        return sorted(unit for unit in self.build.objects if os.path.dirname(self.source(unit)) == folder)

    def units_of(self, name):
        """What has to be compiled when the file changes: (of the product, of the tests)."""
        affected = [unit for unit in self.build.objects if name in self.build.objects[unit]]
        product = []
        for folder in ("src", "src/posix", "src/cmd"):
            own = [unit for unit in affected if os.path.dirname(self.source(unit)) == folder]
            product += own if len(own) <= UNIT_ALONE else ["room:" + folder]
        return product, [unit for unit in affected if not self.source(unit).startswith("src/")]

    def original(self, unit):
        if unit not in self.originals:
            self.originals[unit] = self.compile_unit(unit)
            if self.originals[unit] is None:
                fail("the original of %s does not compile" % unit)
        return self.originals[unit]

    def link(self, program, changed, absent):
        """The program, with the changed units instead of its own, and without the absent ones."""
        gone = set(absent)
        for unit in changed:
            gone |= set(self.members(unit[5:])) if unit.startswith("room:") else {unit}
        words = [word for word in self.build.links[program].split(" ") if word not in gone]
        objects = [self.path(unit) for unit in changed if self.reaches(unit, program)]
        at = words.index("-o")
        target = os.path.join(self.out, os.path.basename(program))
        words[at + 1] = target
        words[at:at] = objects
        if absent:
            words.insert(1, "-Wl,--unresolved-symbols=ignore-all")
        return target if self.run("exec " + " ".join(words), 60, 120, shell=True) == 0 else None

    def reaches(self, unit, program):
        link = self.build.links[program]
        if unit.startswith("room:"):
            return "libvmclock.a" in link if unit != "room:src/cmd" else self.has_command(program)
        return unit in link.split(" ") or ("libvmclock.a" in link and unit.startswith("CMakeFiles/vmclock_static.dir/"))

    def has_command(self, program):
        return any(unit in self.build.links[program].split(" ") for unit in self.members("src/cmd"))

    def test(self, name, programs, times):
        """Whether the test passes with these programs instead of the build's."""
        test = self.build.tests[name]
        os.makedirs(self.scratch, exist_ok=True)
        environment = dict(os.environ, TMPDIR=self.scratch, VMCLOCK_TESTS_STOP="1", **test["environment"])
        usual = times.get(name, 0)
        status = self.run([programs.get(word, word) for word in test["command"]], int(usual * 4 + 1.3), usual * 5 + 20, environment)
        if os.listdir(self.scratch):
            shutil.rmtree(self.scratch, ignore_errors=True)
        return status == 0 or (test["skip"] is not None and status == test["skip"])


class Run:
    def __init__(self, options, files):
        self.options = options
        copy_tree()
        self.build = Build("plain", "")
        self.sanitized = [] # workers of a build with sanitizers, made when it is needed
        self.second = [] # what waits for them
        self.path = os.path.join(WORK, "results.json")
        kept = json.load(open(self.path)) if os.path.exists(self.path) and not options["again"] else {}
        self.results = kept.get("results", {})
        self.kills = kept.get("kills", {})
        self.times = kept.get("times", {}) if kept.get("digest") == self.build.digest else {}
        self.listed = listed_equivalents()
        self.patterns = [(key, re.compile(re.escape("%s, %s: %s" % key).replace("…", ".*"))) for key in self.listed
                         if "…" in "".join(key)]
        self.lock = threading.Lock()
        self.workers = [Worker(self.build, number) for number in range(options["jobs"])]
        self.objects = {} # what the same objects came to
        self.counts = {}
        self.alive = []
        self.used = set()
        self.wrong = []
        self.begun = time.monotonic()
        self.tried = 0
        self.files = files

    # ---- Which tests, in which order ----

    def tests_for(self, name):
        room = room_of(name)
        suites = [test for test in self.build.tests if test.startswith("unit.")]
        if room == "core":
            return [test for test in suites if test[5:] not in NEEDS_SYSTEM and
                    (test != "unit.scan" or name.endswith((".h", "/scan.c")))] # a second, of a search that nothing else is part of
        if room == "posix":
            return suites
        scripts = SCRIPTS.get(re.sub(r"\.[ch]$", "", os.path.basename(name)), "")
        return [test for test in self.build.tests if (test.startswith("unit.") or re.match(r"cmd\.(unit_|staged_|%s)" % scripts, test)) and
                any(self.any_worker.has_command(program) for program in self.build.tests[test]["programs"])]

    def order(self, name, tests):
        """Most kills in a second first; at the beginning, tests named like the file."""
        stem = re.sub(r"\.[ch]$", "", os.path.basename(name)).split("_")[0]
        kills = self.kills.get(name, {})

        def worth(test):
            guess = 3 if re.search(r"[._]%s(_|$)" % re.escape(stem), test) else 0.3
            return (kills.get(test, 0) + guess) / (self.times.get(test, 0.02) + 0.05)
        return sorted(tests, key=lambda test: (-worth(test), test))

    def time_of(self, worker, test):
        """How long the test takes without any mutant; it has to pass."""
        if worker.build is not self.build:
            return self.times[test] * 8 + 0.5
        if test not in self.times:
            begun = time.monotonic()
            if not worker.test(test, {}, {test: 60}):
                fail("the test %s fails without any mutant" % test)
            with self.lock:
                self.times[test] = time.monotonic() - begun
        return self.times[test]

    # ---- One mutant ----

    def verdict(self, worker, mutant):
        product, tests = worker.units_of(mutant.name)
        for unit in product:
            worker.original(unit)
        path = os.path.join(worker.root, mutant.name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(mutant.text)
        try:
            return self.judge(worker, mutant, product, tests)
        finally:
            shutil.copy(os.path.join(TREE, mutant.name), path)

    def with_sanitizers(self, mutant):
        """What the plain build lets live may read past an array, or overflow: the suites under sanitizers see that."""
        with self.lock:
            worker = self.sanitized.pop()
        try:
            verdict, by = self.verdict(worker, mutant)
        finally:
            with self.lock:
                self.sanitized.append(worker)
        with self.lock:
            self.note(mutant, None, *(("noticed", by) if verdict == "noticed" else ("alive", "")), fresh=True)

    def judge(self, worker, mutant, product, tests):
        digests = {unit: worker.compile_unit(unit) for unit in product}
        if None in digests.values():
            return "invalid", ""
        changed = [unit for unit in product if digests[unit] != worker.originals[unit]]
        if not changed and not tests:
            return "equivalent", "same objects"
        same = sha(worker.build.kind, mutant.name, *digests.values())
        with self.lock:
            if changed and same in self.objects:
                return self.objects[same]
        came_to = self.first_failure(worker, mutant, changed, tests, self.order(mutant.name, self.tests_for(mutant.name)))
        with self.lock:
            if changed:
                self.objects[same] = came_to
        return came_to

    def first_failure(self, worker, mutant, changed, tests, order):
        suites = {unit: os.path.basename(worker.source(unit)) for unit in tests}
        if mutant.name.endswith(".h"):
            if len(tests) <= UNIT_ALONE:
                batches = [(order, tests)]
            else: # the likeliest suites alone, then all of them
                likely = [test for test in order if test.startswith("unit.")][:3]
                wanted = {worker.build.tests[test]["sources"] for test in likely}
                batches = [(likely, [unit for unit in tests if suites[unit] in wanted or not suites[unit].startswith("test_")]),
                           (order, tests)]
        else: # without the suites that have a copy of their own in them, and then these
            copies = [test for test in order if worker.build.tests[test]["sources"] in suites.values()]
            batches = [(order, []), (copies, tests)] if changed else [(copies, tests)]
        compiled, differs, changed = set(), bool(changed), list(changed)
        for batch, units in batches:
            for unit in units:
                if unit in compiled:
                    continue
                digest = worker.compile_unit(unit)
                if digest is None:
                    return "invalid", ""
                differs = differs or digest != self.original_of(worker, mutant, unit)
                changed.append(unit)
                compiled.add(unit)
            if differs:
                absent = [unit for unit in tests if unit not in compiled] if units else []
                failed = self.run_batch(worker, changed, absent, batch)
                if failed is not None:
                    return failed
        return ("alive", "") if differs else ("equivalent", "same objects")

    def run_batch(self, worker, changed, absent, batch):
        """("noticed", test) of the first test that fails, None when all pass."""
        programs = {}
        for test in batch:
            reached = [program for program in worker.build.tests[test]["programs"]
                       if any(worker.reaches(unit, program) for unit in changed)]
            if not reached:
                continue
            usual = self.time_of(worker, test)
            for program in reached:
                if program not in programs:
                    programs[program] = worker.link(program, changed, absent)
                    if programs[program] is None:
                        return "invalid", ""
            if not worker.test(test, programs, {test: usual}):
                return "noticed", test
        return None

    def original_of(self, worker, mutant, unit):
        """The digest of a test's unit without the mutant, which is made when it is first asked for."""
        if unit not in worker.originals:
            path = os.path.join(worker.root, mutant.name)
            kept = worker.path(unit) + ".mutant"
            os.replace(worker.path(unit), kept)
            shutil.copy(os.path.join(TREE, mutant.name), path)
            worker.original(unit)
            with open(path, "w", encoding="utf-8") as file:
                file.write(mutant.text)
            os.replace(kept, worker.path(unit))
        return worker.originals[unit]

    # ---- All of them ----

    def known(self, mutant):
        kept = self.results.get(mutant.key)
        if kept and kept[0] == "alive" and kept[2] != self.build.digest:
            return None
        return kept

    def listed_as(self, entry):
        """The line of the list that holds for this mutant, if any."""
        if entry in self.listed:
            return entry
        text = "%s, %s: %s" % entry
        return next((key for key, pattern in self.patterns if pattern.fullmatch(text)), None)

    def try_one(self, mutant):
        entry = (mutant.name, mutant.place, mutant.change)
        matched = self.listed_as(entry)
        listed = matched is not None
        kept = self.known(mutant)
        if listed and not self.options["listed"]:
            verdict, by = "listed", ""
        elif kept:
            verdict, by = kept[0], kept[1]
        else:
            with self.lock:
                worker = self.workers.pop()
            try:
                verdict, by = self.verdict(worker, mutant)
            finally:
                with self.lock:
                    self.workers.append(worker)
        with self.lock:
            if verdict == "alive" and not kept and not listed and room_of(mutant.name) != "cmd":
                self.second.append(mutant)
                print("... lives until it is tried with sanitizers: %s:%d %s" % (mutant.name, mutant.line, mutant.change),
                      file=sys.stderr, flush=True)
            else:
                self.note(mutant, matched, verdict, by, fresh=not kept)

    def note(self, mutant, matched, verdict, by, fresh):
        if verdict != "listed" and fresh:
            self.tried += 1
            self.results[mutant.key] = [verdict, by, self.build.digest]
            if verdict == "noticed":
                kills = self.kills.setdefault(mutant.name, {})
                kills[by] = kills.get(by, 0) + 1
        if matched is not None:
            self.used.add(matched)
            if verdict == "noticed":
                self.wrong.append("%s: listed as equivalent, but %s notices it: %s" % (mutant.name, by, mutant.change))
            verdict = "listed"
        counts = self.counts.setdefault(mutant.name, dict.fromkeys(("noticed", "alive", "listed", "equivalent", "invalid"), 0))
        counts[verdict] += 1
        if verdict == "alive":
            self.alive.append(mutant)
            print("ALIVE  %s:%d  %s, %s: %s" % (mutant.name, mutant.line, mutant.name, mutant.place, mutant.change), flush=True)
        if fresh and verdict != "listed" and self.tried % 100 == 0:
            self.save()
            print("... %d tried in %d s" % (self.tried, time.monotonic() - self.begun), file=sys.stderr, flush=True)

    def save(self):
        with open(self.path + ".new", "w") as file:
            json.dump({"results": self.results, "kills": self.kills, "times": self.times, "digest": self.build.digest}, file)
        os.replace(self.path + ".new", self.path)

    def sample(self, mutants):
        """The same ones as long as their functions stay as they are: those of the least digests."""
        size = self.options["sample"]
        if self.options["ci"]:
            chosen = []
            for room, (_, count) in ROOMS.items():
                own = sorted((m for m in mutants if room_of(m.name) == room), key=lambda m: sha("ci", m.key))
                chosen += own[:count]
            return chosen
        return sorted(mutants, key=lambda m: sha("ci", m.key))[:size] if size else mutants

    def each(self, function, mutants):
        with concurrent.futures.ThreadPoolExecutor(self.options["jobs"]) as pool:
            try:
                for done in [pool.submit(function, mutant) for mutant in mutants]:
                    done.result()
            finally:
                pool.shutdown(cancel_futures=True)
                self.save()

    def all(self):
        self.any_worker = self.workers[0]
        texts = [read(os.path.join(TREE, "src", folder, name)) for folder in ("", "include", "posix", "cmd")
                 for name in sorted(os.listdir(os.path.join(TREE, "src", folder))) if name.endswith((".c", ".h"))]
        families = operators.families_of(texts)
        mutants = [mutant for name in self.files for mutant in mutants_of(name, families)]
        whole = not (self.options["sample"] or self.options["ci"])
        mutants = self.sample(mutants)
        mutants.sort(key=lambda m: self.files.index(m.name))
        self.each(self.try_one, mutants)
        if self.second:
            build = Build("sanitized", "-g1 -fsanitize=address,undefined -fno-sanitize-recover=all")
            self.sanitized = [Worker(build, number) for number in range(self.options["jobs"])]
            self.each(self.with_sanitizers, self.second)
        if whole:
            self.wrong += ["equivalent.txt: there is no mutant %s, %s: %s" % entry for entry in self.listed
                           if (entry[0] in self.files or "…" in entry[0]) and entry not in self.used]
        return self.report()

    def report(self):
        bad = bool(self.wrong)
        print("%-28s %8s %8s %8s %8s %8s" % ("file", "noticed", "alive", "listed", "same", "invalid"))
        for name in sorted(self.counts):
            print("%-28s %8d %8d %8d %8d %8d" % ((name,) + tuple(self.counts[name].values())))
        for room, (least, _) in ROOMS.items():
            own = [counts for name, counts in self.counts.items() if room_of(name) == room]
            noticed, alive = sum(c["noticed"] for c in own), sum(c["alive"] for c in own)
            if noticed + alive == 0:
                continue
            allowed = few(noticed + alive, least, self.options["ci"] or self.options["sample"])
            bad = bad or alive > allowed
            print("%s: %d of %d noticed, %.2f%%; %d%% are wanted, so at most %d may live%s" %
                  (room, noticed, noticed + alive, 100.0 * noticed / (noticed + alive), least, allowed,
                   ": TOO MANY" if alive > allowed else ""))
        for line in self.wrong:
            print(line)
        return 1 if bad else 0


def few(tried, least, sampled):
    """How many may live. Of a sample, so many that more of them would be bad luck of one in a hundred."""
    share = (100 - least) / 100
    if not sampled:
        return int(tried * share)
    allowed, below = 0, (1 - share) ** tried
    while share > 0 and below < 0.99:
        allowed += 1
        below += math.comb(tried, allowed) * share ** allowed * (1 - share) ** (tried - allowed)
    return allowed


def all_files():
    return sorted(os.path.join(folder, name) for folder in ("src", "src/include", "src/posix", "src/cmd")
                  for name in os.listdir(os.path.join(ROOT, folder)) if name.endswith((".c", ".h")))


def main():
    options = {"sample": 0, "jobs": os.cpu_count() or 1, "ci": False, "listed": False, "again": False}
    files, known = [], all_files()
    for word in sys.argv[1:]:
        match = re.fullmatch(r"--(sample|jobs)=(\d+)|--(ci|listed|again)", word)
        word = word.rstrip("/")
        if match and match.group(1):
            options[match.group(1)] = max(1, int(match.group(2)))
        elif match:
            options[match.group(3)] = True
        elif word in known:
            files.append(word)
        elif word in ("src", "src/include", "src/posix", "src/cmd"):
            files += [name for name in known if os.path.dirname(name) == word]
        else:
            fail("what is '%s'?" % word)
    os.makedirs(WORK, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM): # what was found out is kept
        signal.signal(number, lambda *_: sys.exit(130))
    lock = open(os.path.join(WORK, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail("another run is at work in %s" % WORK)
    sys.exit(Run(options, files or known).all())


if __name__ == "__main__":
    main()
