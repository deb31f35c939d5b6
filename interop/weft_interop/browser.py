"""A headless Chromium, asked by the DevTools protocol over a pipe (https://chromedevtools.github.io/devtools-protocol)."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT = 400


class Chromium:
    """One page. The certificate with this digest of its key is trusted, and no other that the machine does not trust."""

    def __init__(self, folder, trusted_key):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        assert program, f"there is none of the programs {', '.join(PROGRAMS)}; install Debian's package chromium"
        # The browser reads from 3 and writes to 4, so both must be taken here before other pipes are made.
        taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]
        their_in, self._out = map(high, os.pipe())
        self._in, their_out = map(high, os.pipe())

        def connect():
            os.dup2(their_in, 3)
            os.dup2(their_out, 4)

        self._log = open(folder / "chromium.log", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={folder / 'profile'}", f"--ignore-certificate-errors-spki-list={trusted_key}"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, preexec_fn=connect, pass_fds=(3, 4))
        for one in (*taken, their_in, their_out):
            os.close(one)
        self._received = b""
        self._number = 0
        self._session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.errors = []
        self.ask("Runtime.enable")
        self.ask("Log.enable")

    def ask(self, method, **parameters):
        """The result of a command."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + TIMEOUT
        while True:
            answer = self._next(end)
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(answer["params"]["exceptionDetails"])
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.errors.append(answer["params"]["entry"])

    def _next(self, end):
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            piece = os.read(self._in, 1 << 16) if ready else b""
            if not piece:
                self._log.seek(0)
                raise AssertionError(f"the browser does not answer\n{self._log.read()[-2000:]}")
            self._received += piece
        message, self._received = self._received.split(b"\0", 1)
        return json.loads(message)

    def open(self, address):
        """Status and text of what a page's address brings."""
        self.ask("Page.enable")
        answer = self.ask("Page.navigate", url=address)
        assert "errorText" not in answer, f"{address}: {answer['errorText']}"
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression):
        """What JavaScript gives; a promise is waited for."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def until(self, condition):
        """Waits until an expression is true; it is looked at whenever the page changes."""
        true = self.value(f"""new Promise(resolve => {{
            const look = () => {{ if ({condition}) {{ watching.disconnect(); clearTimeout(late); resolve(true); }} }};
            const watching = new MutationObserver(look);
            const late = setTimeout(() => resolve(false), {(TIMEOUT - 100) * 1000});
            watching.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
            document.addEventListener("readystatechange", look);
            window.addEventListener("load", look);
            look();
        }})""")
        assert true, f"in vain: {condition}\n{self.value('document.body.innerText')}"

    def size(self, width, height, dark=False):
        """As a screen of that size shows it, light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path):
        """Writes what is seen as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._log.close()


def high(descriptor):
    """The same above those that are given away."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved
