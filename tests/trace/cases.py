#!/usr/bin/env python3
"""Runs the cases of tests/trace/*.test against `sonde trace` and prints TAP. See README.md for their form.

    cases.py SONDE PROGRAMS [FILE.test…]    all files when none is named
"""
import shlex
import fnmatch, os, re, signal, subprocess, sys, tempfile, threading

PATIENCE = float(os.environ.get("PATIENCE", "60"))  # seconds a case may take
HERE = os.path.dirname(os.path.abspath(__file__))


class Case:
    def __init__(self, path, line, name):
        self.path, self.line, self.name = path, line, name
        self.options, self.script, self.expected = {}, "", None


def read_cases(path):
    """A case begins with '== name'; then options 'word: value', '---', the script, '---', the expected output."""
    cases, part = [], None
    for number, line in enumerate(open(path, encoding="utf-8", errors="surrogateescape"), 1):
        if line.startswith("== "):
            cases.append(Case(path, number, line[3:].strip()))
            part = "options"
        elif part is None:
            continue
        elif line.rstrip("\n") == "---":
            part = {"options": "script", "script": "expected"}.get(part, "expected")
            if part == "expected" and cases[-1].expected is None:
                cases[-1].expected = ""
        elif part == "options":
            if line.strip() and not line.startswith("#"):
                word, _, value = line.partition(":")
                cases[-1].options.setdefault(word.strip(), []).append(value.strip())
        elif part == "script":
            cases[-1].script += line
        else:
            cases[-1].expected += line
    for case in cases:
        if case.expected is not None:
            case.expected = case.expected.rstrip("\n")
    return cases


def read_examples(path):
    """The examples of a page: a block ```trace, then perhaps a block ```text, what it prints. A comment before it has options: <!-- beside: … -->"""
    cases, block, options = [], None, {}
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        fence = re.match(r"```(\w*)$", line)
        comment = re.match(r"<!-- (\w+): (.*) -->$", line)
        if comment:
            options.setdefault(comment.group(1), []).append(comment.group(2))
        elif fence and block is None:
            block = fence.group(1) or "other"
            if block == "trace":
                cases.append(Case(path, number, "line %d" % number))
                cases[-1].options, options = options, {}
            elif block == "text" and cases:
                cases[-1].expected = ""
        elif fence:
            block = None
        elif block == "trace":
            cases[-1].script += line
        elif block == "text" and cases:
            cases[-1].expected += line
    for case in cases:
        case.expected = case.expected.rstrip("\n") if case.expected is not None else None
    return cases


class Features:
    """What this kernel has, found by trying it once."""

    PROGRAMS = {
        "kprobe": "kprobe:vfs_read { exit(); }",
        "fentry": "fentry:vfs_read { exit(); }",
        "uprobe": "uprobe:/bin/bash:main { exit(); }",
        "watchpoint": "watchpoint:0x10000000:8:w { exit(); }",
        "hardware": "hardware:cpu-cycles:1000000 { exit(); }",
    }

    def __init__(self, sonde):
        self.sonde, self.known = sonde, {}

    def has(self, feature):
        if feature.startswith("!"):
            return not self.has(feature[1:])
        if feature not in self.known:
            self.known[feature] = self.probe(feature)
        return self.known[feature]

    def probe(self, feature):
        if feature.startswith("program "):
            return any(os.access(os.path.join(d, feature[8:]), os.X_OK) for d in os.environ["PATH"].split(":"))
        if feature.startswith("btf "):
            feature, program = "btf", "BEGIN { $x = sizeof(%s); exit(); }" % feature[4:]
        else:
            program = self.PROGRAMS[feature]
        try:
            return subprocess.run([self.sonde, "trace", "--for", "100ms", "-e", program], capture_output=True, timeout=PATIENCE).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def fill(text, places):
    for name, value in places.items():
        text = text.replace("{%s}" % name, value)
    return text


class Run:
    """One case: the script, and beside it the commands of the case, once it says that it is attached."""

    def __init__(self, sonde, programs, case, folder):
        self.case, self.out, self.err = case, [], ""
        self.places = {"programs": programs, "dir": folder, "tests": HERE}
        self.attached = threading.Event()
        self.beside_done = threading.Event()
        command = [sonde, "trace"]
        for words in case.options.get("options", []):
            command += shlex.split(fill(words, self.places))
        script = fill(case.script.rstrip("\n"), self.places)
        if "file" in case.options:
            path = os.path.join(folder, case.options["file"][0] or "script.bt")
            open(path, "w", encoding="utf-8", errors="surrogateescape").write(script + "\n")
            command += [path]
        elif script or not case.options.get("options"):
            command += ["-e", script]
        for words in case.options.get("arguments", []):
            command += fill(words, self.places).split()
        environment = dict(os.environ, **dict(pair.split("=", 1) for pair in case.options.get("environment", [])))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment)

    def read_out(self):
        for line in self.process.stdout:
            self.out.append(line.decode("utf-8", "surrogateescape"))
            if re.match(r'Attached \d+ probe|\{"type": "attached_probes"', self.out[-1]):
                self.attached.set()
        self.attached.set()

    def read_err(self):
        self.err = self.process.stderr.read().decode("utf-8", "surrogateescape")

    def run_beside(self):
        self.attached.wait(PATIENCE)
        for command in self.case.options.get("beside", []):
            subprocess.run(["bash", "-c", fill(command, self.places)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL, timeout=PATIENCE, cwd=self.places["dir"])
        if "beside" in self.case.options and "goes on" not in self.case.options:
            self.process.send_signal(signal.SIGINT)

    def finish(self):
        threads = [threading.Thread(target=t) for t in (self.read_out, self.read_err, self.run_beside)]
        for t in threads:
            t.start()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.err += "\n(it did not end within %g s)" % PATIENCE
        for t in threads:
            t.join()
        text = "".join(self.out)
        text = re.sub(r"\AAttached \d+ probes?\n", "", text)
        return text.strip("\n") if "strict" not in self.case.options else text


def same(expected, got, case):
    """None when the output is what the case expects, else what differs."""
    if "match" in case.options:  # each expected line is a regular expression that some line of the output matches, in order
        lines = got.split("\n")
        for pattern in expected.split("\n") if expected else []:
            while lines and not re.search(pattern, lines[0]):
                lines.pop(0)
            if not lines:
                return "no line matches: " + pattern
            lines.pop(0)
        return None
    if "glob" in case.options:  # the whole output, * standing for anything
        return None if fnmatch.fnmatchcase(got, expected) else "expected: " + expected
    return None if got == expected else "expected: " + expected


def judge(case, code, got, err):
    problems = []
    wanted_code = int(case.options.get("exit", ["1" if "error" in case.options else "0"])[0])
    if code != wanted_code:
        problems.append("exit code %d instead of %d" % (code, wanted_code))
    if case.expected is not None:
        difference = same(case.expected, got, case)
        if difference is not None:
            problems += [difference, "got: " + got]
    for pattern in case.options.get("error", []) + case.options.get("warning", []):
        if not re.search(pattern, err):
            problems.append("stderr does not match: " + pattern)
    if "error" not in case.options and "warning" not in case.options and err.strip():
        problems.append("stderr is not empty")
    return problems + (["stderr: " + err] if problems and err else [])


def main():
    sonde, programs = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    files = sys.argv[3:] or sorted(os.path.join(HERE, f) for f in os.listdir(HERE) if f.endswith(".test"))
    features, number, failed = Features(sonde), 0, 0
    for case in (case for path in files for case in (read_examples if path.endswith(".md") else read_cases)(path)):
        number += 1
        title = "%d - %s: %s" % (number, os.path.basename(case.path)[:-5], case.name)
        missing = [f for f in case.options.get("needs", []) if not features.has(f)]
        if missing:
            print("ok %s # SKIP this machine has no %s" % (title, ", ".join(missing)), flush=True)
            continue
        with tempfile.TemporaryDirectory(prefix="sonde-test.") as folder:
            os.chmod(folder, 0o755)
            run = Run(sonde, programs, case, folder)
            got = run.finish()
            problems = judge(case, run.process.returncode, got, run.err)
        print(("not ok " if problems else "ok ") + title, flush=True)
        if problems:
            failed += 1
            print("# %s:%d" % (os.path.relpath(case.path, HERE), case.line))
            for problem in problems:
                print("\n".join("# " + line for line in problem.split("\n")), flush=True)
    print("1..%d" % number)
    sys.exit(1 if failed or not number else 0)


if __name__ == "__main__":
    main()
