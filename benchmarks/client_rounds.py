"""What a round costs beyond the script: client_rounds.py MEGABYTES SITES ROUNDS [--weft PROGRAM] [--flare PYTHON] [--flower PYTHON]

At each site runs the least work that a script can do (benchmarks/peers/client_add_one.py: it adds one to every weight). One line a
system: seconds a round (the median after the first), the script's own share of it, the time of the whole run, and the most memory that
all processes together had (PSS). --flare and --flower name the Python of an environment with nvflare==2.9.0, or with
flwr[simulation]==1.41.0; without them only Weft is measured. numpy and safetensors are needed, on a machine with /proc.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
SAMPLE_SECONDS = 0.25


def tree(root):
    """The process and all that it started."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def pss(process):
    """The process's memory in bytes, what it shares counted by halves, thirds, …"""
    try:
        return 1024 * int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M).group(1))
    except (OSError, AttributeError):
        return 0


def run(command, environment=None):
    """Standard output and error of a command, its seconds, and the most memory of all its processes."""
    started, peak, over = time.perf_counter(), 0, threading.Event()
    process = subprocess.Popen(list(map(str, command)), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)

    def watch():
        nonlocal peak
        while not over.wait(SAMPLE_SECONDS):
            peak = max(peak, sum(map(pss, tree(process.pid))))

    watching = threading.Thread(target=watch)
    watching.start()
    output, _ = process.communicate()
    over.set()
    watching.join()
    if process.returncode != 0:
        print(output, file=sys.stderr)
    return process.returncode, output, time.perf_counter() - started, peak


def weft(program, megabytes, sites, rounds, folder):
    save_file({"w": np.zeros(int(megabytes * 262144), dtype=np.float32)}, folder / "initial.safetensors")
    (folder / "train.py").write_text((PEERS / "client_add_one.py").read_text().replace("nvflare.client", "weft"))
    for site in range(sites):
        (folder / "sites" / f"site-{site + 1}").mkdir(parents=True)
    (folder / "job.yaml").write_text(
        f"name: rounds\nworkflow: {{rounds: {rounds}}}\nmodel: {{backend: weights, base: initial.safetensors}}\n"
        f"trainer: {{command: [{sys.executable}, train.py]}}\n")
    environment = {**os.environ, "WEFT_HOME": str(folder / "home")}
    code, output, seconds, peak = run([program, "simulate", folder / "job.yaml", "--out", folder / "run"], environment)
    if code != 0:
        return "failed", None, seconds, peak
    result = load_file(folder / "run" / "result" / "model.safetensors")["w"]
    assert result.size == int(megabytes * 262144) and (result == rounds).all(), "the result is not what the script sends"
    each = [json.loads((folder / "run" / "rounds" / str(n) / "metrics.json").read_text())["seconds"] for n in range(1, rounds + 1)]
    return "ok", each, seconds, peak


def flare(python, megabytes, sites, rounds, folder):
    code, output, seconds, peak = run([python, PEERS / "nvflare_rounds.py", megabytes, sites, rounds])
    times = [datetime.strptime(match, "%Y-%m-%d %H:%M:%S,%f")
             for match in re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})[^\n]*Round \d+ started", output)]
    each = [(after - before).total_seconds() for before, after in zip(times, times[1:])]
    return ("ok" if code == 0 else "failed"), each or None, seconds, peak


def flower(python, megabytes, sites, rounds, folder):
    code, output, seconds, peak = run([python, PEERS / "flower_rounds.py", megabytes, sites, rounds])
    each = [float(value) for value in re.findall(r"([\d.]+) s/round", output)]
    return ("ok" if code == 0 and each else "failed"), each or None, seconds, peak


def script(megabytes):
    """The seconds of the script's own work, without anybody to exchange with: as one process on an idle core."""
    before = np.zeros(int(megabytes * 262144), dtype=np.float32)
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        before = before + np.float32(1)
        spans.append(time.perf_counter() - start)
    return statistics.median(spans)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("sites", type=int)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--weft", default=HERE.parent / "weft", help="the program of Weft; without it, the source tree's")
    parser.add_argument("--flare", help="the Python of an environment with nvflare")
    parser.add_argument("--flower", help="the Python of an environment with flwr[simulation]")
    given = parser.parse_args()

    own = script(given.megabytes) * -(-given.sites // min(given.sites, os.cpu_count()))
    print(f"{given.megabytes:g} MB, {given.sites} sites, {given.rounds} rounds, {os.cpu_count()} cores; the script's own work: {own:.3f} s a round")
    for name, measure, program in (("Weft", weft, given.weft), ("NVIDIA FLARE", flare, given.flare), ("Flower", flower, given.flower)):
        if program is None:
            continue
        with tempfile.TemporaryDirectory(prefix="client-rounds-") as folder:
            state, each, seconds, peak = measure(program, given.megabytes, given.sites, given.rounds, Path(folder))
        later = each[1:] or each if each else None
        shown = f"{statistics.median(later):.3f} s/round, first {each[0]:.2f} s" if later else state
        print(f"{name}: {shown}, whole run {seconds:.1f} s, peak {peak / 1e9:.2f} GB PSS", flush=True)


if __name__ == "__main__":
    main()
