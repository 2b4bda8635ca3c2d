#!/usr/bin/env python3
"""Random scripts for `sonde trace`: each compiles and runs, or is refused with a complaint. None may crash it or make the kernel's verifier
refuse what it compiled.

    trace_scripts.py SONDE [COUNT [SEED]]     prints what failed; exits with 1 when anything did
"""
import random, subprocess, sys

INTS = ["pid", "tid", "uid", "gid", "cpu", "nsecs", "elapsed", "rand", "0", "1", "-1", "7", "255", "4096", "0x7fffffff", "1234567890123", "-9223372036854775808"]
STRINGS = ['comm', '"a"', '"some longer text"', 'str("x")', '""']
BINARY = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"]
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]


class Script:
    def __init__(self, r):
        self.r, self.ints, self.strings, self.tuples, self.depth = r, [], [], [], 0

    def integer(self, depth=0):
        r = self.r
        if depth > 3 or r.random() < 0.3:
            return r.choice(INTS + ["$" + v for v in self.ints] * 3)
        return r.choice([
            lambda: "(%s %s %s)" % (self.integer(depth + 1), r.choice(BINARY), self.integer(depth + 1)),
            lambda: "(%s ? %s : %s)" % (self.integer(depth + 1), self.integer(depth + 1), self.integer(depth + 1)),
            lambda: r.choice(["-", "~", "!"]) + "(%s)" % self.integer(depth + 1),
            lambda: "(%s)(%s)" % (r.choice(TYPES), self.integer(depth + 1)),
            lambda: "@i[%s]" % self.integer(depth + 1),
            lambda: "@n",
            lambda: "@c",
            lambda: "(%s == %s)" % (self.string(depth + 1), self.string(depth + 1)),
            lambda: "(%s, %s).%d" % (self.integer(depth + 1), self.integer(depth + 1), r.randrange(2)),
            lambda: "strncmp(%s, %s, %d)" % (self.string(depth + 1), self.string(depth + 1), r.randrange(1, 9)),
            lambda: "(int64)curtask->%s" % r.choice(["pid", "tgid", "real_parent->tgid", "flags", "mm", "comm[0]"]),
            lambda: r.choice(["@i[1]++", "++@n", "@n--"]),
        ])()

    def string(self, depth=0):
        r = self.r
        if depth > 2 or r.random() < 0.5:
            return r.choice(STRINGS + ["$" + v for v in self.strings] * 2)
        return r.choice([
            lambda: "@s[%s]" % self.integer(depth + 1),
            lambda: "(%s ? %s : %s)" % (self.integer(depth + 1), self.string(depth + 1), self.string(depth + 1)),
            lambda: "(%s, %s).1" % (self.integer(depth + 1), self.string(depth + 1)),
            lambda: "str(curtask->comm)",
        ])()

    def block(self, count):
        before = (len(self.ints), len(self.strings))
        self.depth += 1
        text = "{ %s }" % " ".join(self.statement() for _ in range(count))
        self.depth -= 1
        del self.ints[before[0]:], self.strings[before[1]:]
        return text

    def variable(self):
        name = "v%d" % self.r.randrange(100000)
        if self.r.random() < 0.7:
            text = "let $%s = %s;" % (name, self.integer())
            self.ints.append(name)
        else:
            text = "let $%s = %s;" % (name, self.string())
            self.strings.append(name)
        return text

    def statement(self):
        r = self.r
        choices = [
            self.variable,
            self.variable,
            lambda: "@i[%s] = %s;" % (self.integer(), self.integer()),
            lambda: "@n %s %s;" % (r.choice(["=", "+=", "-=", "|=", "*="]), self.integer()),
            lambda: "@s[%s] = %s;" % (self.integer(), self.string()),
            lambda: "@t[%s, %s] = (%s, %s);" % (self.integer(), self.string(), self.integer(), self.string()),
            lambda: "@c = count();",
            lambda: "@h[%s] = hist(%s);" % (self.string(), self.integer()),
            lambda: "@l = lhist(%s, 0, 100, 10);" % self.integer(),
            lambda: "@a[%s] = avg(%s);" % (self.integer(), self.integer()),
            lambda: "@m = max(%s);" % self.integer(),
            lambda: 'printf("%%d %%s\\n", %s, %s);' % (self.integer(), self.string()),
            lambda: "print((%s, %s));" % (self.integer(), self.string()),
            lambda: "delete(@i[%s]);" % self.integer(),
        ]
        if self.ints:
            choices.append(lambda: "$%s %s %s;" % (r.choice(self.ints), r.choice(["=", "+=", "-=", "&="]), self.integer()))
            choices.append(lambda: "$%s++;" % r.choice(self.ints))
        if self.depth < 3:
            choices += [
                lambda: "if (%s) %s" % (self.integer(), self.block(2)),
                lambda: "if (%s) %s else %s" % (self.integer(), self.block(2), self.block(1)),
                lambda: "unroll (%d) %s" % (r.randrange(1, 4), self.block(2)),
                lambda: "for ($r%d : 0..%d) %s" % (self.depth, r.randrange(5), self.block(2)),
                lambda: "for ($k%d : @i) %s" % (self.depth, self.block(1)),
            ]
        return r.choice(choices)()

    def text(self):
        body = "@i[0] = 0; @n = 0; @s[0] = \"\"; @c = count(); " + " ".join(self.statement() for _ in range(self.r.randrange(1, 12)))
        return "BEGIN /%s >= 0 || 1/ { %s }" % (self.integer(2), body)


def main():
    sonde, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    ran = refused = failed = 0
    for i in range(count):
        script = Script(random.Random(seed + i)).text()
        try:
            p = subprocess.run([sonde, "trace", "-q", "--for", "1s", "-e", script], capture_output=True, timeout=60)
            code, err = p.returncode, p.stderr.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            code, err = -1, "it did not end"
        if code == 0:
            ran += 1
        elif code == 1 and "ERROR:" in err and "bug of sonde" not in err:
            refused += 1
        else:
            failed += 1
            print("seed %d: code %d: %s\n%s" % (seed + i, code, err.strip(), script), flush=True)
    print("%d ran, %d were refused, %d failed; seeds from %d" % (ran, refused, failed, seed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
