#!/usr/bin/python3
"""Runs a command on a terminal of 24 by 110 and plays a dialogue with it: awaits a text, sends keys, awaits the next …

  press_keys.py COMMAND [AWAITED KEYS]...     exits with the command's code; 3 when a text did not appear within PATIENCE seconds
AWAITED is a regular expression over what stands on the screen. Keys are sent as they are; \\r, \\x1b and the like are understood.
The screen as it was last, before the command left it, is printed in the end."""
import os, pty, re, select, struct, fcntl, sys, termios, time

import pyte

command, steps = sys.argv[1], sys.argv[2:]
patience = float(os.environ.get("PATIENCE", "30"))
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp("sh", ["sh", "-c", "exec " + command])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 110, 0, 0))
screen = pyte.Screen(110, 24)
stream = pyte.ByteStream(screen)
last = ""


def read_some(until):
    global last
    left = until - time.monotonic()
    if left <= 0 or not select.select([fd], [], [], left)[0]:
        return False
    try:
        data = os.read(fd, 65536)
    except OSError:
        return False
    stream.feed(data)
    if any(line.strip() for line in screen.display):
        last = "\n".join(line.rstrip() for line in screen.display)
    return bool(data)


code = 0
for awaited, keys in zip(steps[::2], steps[1::2]):
    until = time.monotonic() + patience
    while not (found := re.search(awaited, "\n".join(screen.display))):
        if not read_some(until):
            break
    if not found:
        print(f"never saw: {awaited}", file=sys.stderr)
        code = 3
        os.write(fd, b"\x03")
        break
    os.write(fd, keys.encode().decode("unicode_escape").encode())
until = time.monotonic() + patience
while read_some(until):
    pass
status = os.waitpid(pid, 0)[1]
print(last)
sys.exit(code or os.waitstatus_to_exitcode(status))
