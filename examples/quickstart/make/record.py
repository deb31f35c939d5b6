#!/usr/bin/env python3
"""Draws a run of the quick start, as a terminal shows it: record.py [--columns N] [--rows N] SVG COMMAND ...

Runs the command on a terminal of its own, keeps what is on the screen whenever it changes, and writes some of these screens as one
SVG that plays them, several times as fast. It needs neither scripts nor fonts; where nothing moves, the last screen is shown.
The folder of the source tree is shown as ~/weft.

    cd WEFT && examples/quickstart/make/record.py docs/quick-start.svg ./weft simulate examples/quickstart/job.yaml
"""

import argparse
import codecs
import fcntl
import html
import os
import pty
import re
import struct
import sys
import termios
import time
from pathlib import Path

FRAMES = 36
SECONDS, LAST_SECONDS = 0.4, 12
LINE, CHARACTER, MARGIN = 17, 8.0, 14
ROOT, SHOWN_ROOT = str(Path(__file__).resolve().parents[3]), "~/weft"
SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """As much of a terminal as Weft uses: lines that scroll, cursor up, erase, bold and faint."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column, self.style, self.rest = [[]], 0, 0, "", ""

    def feed(self, text):
        text, at = self.rest + text, 0
        self.rest = ""
        while at < len(text):
            if text[at] == "\x1b":
                match = SEQUENCE.match(text, at)
                if not match:
                    self.rest = text[at:]
                    return
                self.obey(match[1], match[2])
                at = match.end()
            else:
                self.put(text[at])
                at += 1

    def obey(self, numbers, letter):
        count = int(numbers) if numbers.isdigit() else 1
        if letter == "A":
            self.row = max(0, self.row - count)
        elif letter == "J":
            del self.lines[self.row + 1:]
            del self.lines[self.row][self.column:]
        elif letter == "K":
            del self.lines[self.row][self.column:]
        elif letter == "m":
            self.style = {"1": "b", "2": "f"}.get(numbers, "")

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.lines):
                self.lines.append([])
        elif character >= " ":
            if self.column == self.columns:
                self.put("\n")
            line = self.lines[self.row]
            line.extend([(" ", "")] * (self.column + 1 - len(line)))
            line[self.column] = (character, self.style)
            self.column += 1

    def shown(self):
        """The lines that fit on the screen, each as pieces of one style."""
        first = max(0, len(self.lines) - self.rows)
        return tuple(tuple(pieces(line)) for line in self.lines[first:])


def pieces(line):
    text, style = "", ""
    for character, other in line:
        if other != style and text:
            yield text, style
            text = ""
        text, style = text + character, other
    if text.strip():
        yield text.rstrip(), style


def record(command, columns, rows):
    """All screens of a run with their times; raises where the command fails."""
    screen = Screen(columns, rows)
    screen.feed("\x1b[1m$ " + " ".join(command) + "\x1b[0m\r\n")
    screens = [(0.0, screen.shown())]
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(columns))
        # The program asks for the width as it starts.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvp(command[0], command)
    begun, decoder, waiting = time.monotonic(), codecs.getincrementaldecoder("utf-8")("replace"), ""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the program has ended.
            piece = b""
        waiting = (waiting + decoder.decode(piece)).replace(ROOT, SHOWN_ROOT)
        held = next((n for n in range(min(len(ROOT), len(waiting)), 0, -1) if ROOT.startswith(waiting[-n:])), 0) if piece else 0
        screen.feed(waiting[:len(waiting) - held])
        waiting = waiting[len(waiting) - held:]
        if screen.shown() != screens[-1][1]:
            screens.append((time.monotonic() - begun, screen.shown()))
        if not piece:
            break
    exit_code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if exit_code:
        raise SystemExit(f"{' '.join(command)} ended with {exit_code}")
    return screens


def chosen(screens):
    """The first, the last, and screens at equal distances between them: where much happens, more of it is shown."""
    count = min(FRAMES, len(screens))
    return [screens[round(i * (len(screens) - 1) / max(1, count - 1))][1] for i in range(count)]


def draw(frames, columns, rows, title):
    total = SECONDS * (len(frames) - 1) + LAST_SECONDS
    lines = sorted({line for frame in frames for line in frame if line})
    names = {line: f"l{i}" for i, line in enumerate(lines)}
    height = max(len(frame) for frame in frames) * LINE + 2 * MARGIN
    width = round(columns * CHARACTER) + 2 * MARGIN
    part = 100 * SECONDS / total
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
           f"<title>{html.escape(title)}</title>\n<style>"
           "text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d8dee9;white-space:pre}"
           ".b{font-weight:700;fill:#fff}.f{fill:#8f9bb3}"
           f"g.p{{visibility:hidden;animation:p {total:g}s step-end infinite}}g.e{{animation:e {total:g}s step-end infinite}}"
           f"@keyframes p{{0%{{visibility:visible}}{part:.3f}%{{visibility:hidden}}}}"
           f"@keyframes e{{0%{{visibility:hidden}}{part * (len(frames) - 1):.3f}%{{visibility:visible}}}}"
           "@media(prefers-reduced-motion:reduce){g.p,g.e{animation:none}}"
           "</style>\n<defs>\n")
    for line in lines:
        at, spans = 0, ""
        for text, style in line:
            kind = f' class="{style}"' if style else ""
            # A length of its own keeps columns apart whatever the font.
            spans += (f'<tspan x="{at * CHARACTER:g}" textLength="{len(text) * CHARACTER:g}"{kind}>'
                      f"{html.escape(text, quote=False)}</tspan>")
            at += len(text)
        yield f'<text id="{names[line]}" xml:space="preserve">{spans}</text>\n'
    yield f'</defs>\n<rect width="{width}" height="{height}" rx="8" fill="#1b1f2a"/>\n'
    for number, frame in enumerate(frames):
        last = number == len(frames) - 1
        delay = "" if last or number == 0 else f' style="animation-delay:{SECONDS * number:g}s"'
        yield f'<g class="{"e" if last else "p"}"{delay}>'
        for row, line in enumerate(frame):
            if line:
                yield f'<use href="#{names[line]}" x="{MARGIN}" y="{MARGIN + (row + 1) * LINE - 4}"/>'
        yield "</g>\n"
    yield "</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=104)
    parser.add_argument("--rows", type=int, default=62)
    parser.add_argument("svg", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("COMMAND is missing")
    screens = record(options.command, options.columns, options.rows)
    frames = chosen(screens)
    text = "".join(draw(frames, options.columns, options.rows, " ".join(options.command)))
    options.svg.write_text(text, encoding="utf-8")
    print(f"{options.svg}: {len(frames)} of {len(screens)} screens, {screens[-1][0]:.0f} s, {len(text.encode())} bytes",
          file=sys.stderr)


if __name__ == "__main__":
    main()
