"""A server and sites as processes of their own, from the archives that are in the source tree."""

import os
import shutil
import socket
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120


def free_port():
    with socket.create_server(("localhost", 0)) as listening:
        return listening.getsockname()[1]


def unpacked(kind, folder):
    """The installation that an archive holds: the one that $WEFT_SERVER or $WEFT_SITE names, else this tree's."""
    named = os.environ.get(f"WEFT_{kind.upper()}")
    found = [Path(named)] if named else sorted((ROOT / f"distribution/io.weft.distribution.{kind}/target").glob("weft-*.tar.gz"))
    assert found, f"there is no archive of a {kind}; interop/run builds it"
    with tarfile.open(found[-1]) as archive:
        archive.extractall(folder, filter="tar")
    return next(path for path in folder.iterdir() if path.name.startswith(f"weft-{kind}-"))


@dataclass
class Home:
    """The home of a server or a site, and the process that lives in it."""

    installation: Path
    folder: Path
    process: subprocess.Popen = None

    @staticmethod
    def of(installation, folder, kit, conf):
        shutil.copytree(kit, folder / "kit")
        (folder / "conf").mkdir()
        for name, text in conf.items():
            (folder / "conf" / name).write_text(text, encoding="utf-8")
        return Home(installation, folder)

    def _line(self, *words):
        return [self.installation / "bin" / "weft", *map(str, words), "--home", self.folder]

    def start(self):
        """Returns when it is ready."""
        self.process = subprocess.Popen(self._line("start", "--foreground"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(self.folder / "start.err", "w", encoding="utf-8"), text=True)
        line = self.process.stdout.readline()
        assert line.startswith("ready: "), (line, (self.folder / "start.err").read_text(encoding="utf-8"))

    def run(self, *words):
        """Standard output of one of its commands."""
        done = subprocess.run(self._line(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=TIMEOUT)
