"""Runs the workbench as a person would."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Weft:
    program: str
    home: Path
    timeout: int = 300

    def run(self, *arguments, expect=0):
        """Standard output of a command that must end with the exit code `expect`."""
        environment = {**os.environ, "WEFT_HOME": str(self.home)}
        done = subprocess.run([self.program, *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=self.timeout)
        assert done.returncode == expect, (
            f"weft {' '.join(map(str, arguments))}\nexit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *arguments):
        """The one JSON object of a command."""
        return json.loads(self.run(*arguments, "--json"))
