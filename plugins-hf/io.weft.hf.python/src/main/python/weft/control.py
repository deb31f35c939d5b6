"""The control channel between a script and its site: lines of JSON over a Unix domain socket (docs/client-protocol.md)."""

import json
import os
import queue
import selectors
import signal
import socket
import sys
import threading

PROTOCOL = 1
_LONGEST_LINE = 1 << 20


class NotConnected(RuntimeError):
    """There is no site to talk to."""


class Channel:
    """One connection to the site. A thread of its own reads, and tells the site that this process lives."""

    def __init__(self, path, token, rank=0):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise NotConnected(f"the site does not answer at {path} ({error.strerror})") from error
        self._sending = threading.Lock()
        self._received = queue.Queue()
        self._buffer = b""
        self._over = False
        self.tell("hello", protocol=PROTOCOL, token=token, pid=os.getpid(), rank=rank)
        self.welcome = self._first()
        self._thread = threading.Thread(target=self._work, name="weft-control", daemon=True)
        self._thread.start()

    def tell(self, message, **values):
        """Sends a message; the other thread may be sending, too."""
        line = json.dumps({"type": message, **values}, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"a message '{message}' takes {len(line)} bytes; allowed: {_LONGEST_LINE}")
        try:
            with self._sending:
                self._socket.sendall(line)
        except OSError as error:
            raise NotConnected("the site has closed the connection") from error

    def next(self, timeout=None):
        """The next message of the site, or None when it says no more (or nothing in `timeout` seconds)."""
        if self._over and self._received.empty():
            return None
        try:
            message = self._received.get(timeout=timeout)
        except queue.Empty:
            return None
        if message is None:
            self._over = True
        return message

    @property
    def over(self):
        return self._over

    def close(self):
        self._over = True
        self._socket.close()

    def _first(self):
        while b"\n" not in self._buffer:
            if not self._more():
                raise NotConnected("the site closed the connection before it answered")
        message, *more = self._lines()
        if message["type"] != "welcome":
            self._socket.close()
            raise NotConnected(message.get("reason", "the site does not want this process"))
        self._take(more)
        return message

    def _take(self, messages):
        """Keeps what the site said; False when it has no more to say."""
        for message in messages:
            if message["type"] == "end":
                self._received.put(None)
                return False
            self._received.put(message)
        return True

    def _more(self):
        try:
            data = self._socket.recv(1 << 16)
        except OSError:
            return False
        self._buffer += data
        return bool(data) and len(self._buffer) <= _LONGEST_LINE

    def _lines(self):
        *lines, self._buffer = self._buffer.split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]

    def _work(self):
        beat = float(self.welcome.get("beatSeconds", 5))
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            while not self._over:
                try:
                    ready = selector.select(beat)
                    if not ready:
                        self.tell("beat")
                        continue
                    alive = self._more()
                    messages = self._lines()
                except (OSError, ValueError, NotConnected):
                    alive, messages = False, []
                if not self._take(messages):
                    return
                if not alive:
                    self._lost()
                    return

    def _lost(self):
        """Nobody waits for this process any more; one that the site started ends, so that nothing is left behind."""
        self._received.put(None)
        if not self._over and self.welcome.get("launched", False):
            print("weft: the site is gone; this process ends", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGTERM)
