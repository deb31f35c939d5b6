"""A program on a terminal of its own: what a person types, and what they then see."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

TAB, CTRL_C, CTRL_D, ENTER, UP = "\t", "\x03", "\x04", "\r", "\x1bOA"


class Terminal:
    def __init__(self, *line, columns=120, rows=40, environment=None, limit=120):
        self.limit, self.shown, self.seen = limit, b"", 0
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.execve(line[0], list(map(str, line)), {**os.environ, **(environment or {})})
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait_for(self, text):
        """Reads until the text is shown after what was waited for last; returns what came before it."""
        end = time.monotonic() + self.limit
        while (at := self.shown.find(text.encode(), self.seen)) < 0:
            assert self._read(end), f"{text!r} was not shown:\n{self.shown.decode(errors='replace')}"
        between, self.seen = self.shown[self.seen:at], at + len(text.encode())
        return between.decode(errors="replace")

    def end(self):
        """Reads to the end of the program; returns its exit code."""
        end = time.monotonic() + self.limit
        while self._read(end):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def _read(self, end):
        if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
            return False
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # Linux says so when the program has ended.
            return False
        self.shown += piece
        return bool(piece)
