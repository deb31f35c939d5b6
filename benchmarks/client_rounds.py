"""What a round costs beyond the script: client_rounds.py [MEGABYTES SITES ROUNDS] [--peers] [--weft PROGRAM] [--flare PYTHON] [--flower PYTHON]

At each site runs the least work that a script can do (benchmarks/peers/client_add_one.py: it adds one to every weight). One line a
system: seconds a round (the median after the first), the time of the whole run, and the most memory that all processes together had
(PSS). Without numbers two cases are measured: 5 MB at 4 sites, and 1 GiB at 4 sites. --peers puts NVIDIA FLARE and Flower beside
Weft, in environments that uv makes once below benchmarks/.venv (peers/requirements-flare.txt, -flower.txt); --flare and --flower name the
Python of environments that are there. A peer that would take the machine's last memory is stopped, and measured with 2 sites instead.
numpy and safetensors are needed, on a machine with /proc; the load that the machine has beside the benchmark is printed with the case.
"""

import argparse
import json
import os
import re
import signal
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
CASES = [(5, 4, 20), (1024, 4, 2)]

# A peer is stopped before the machine has to choose what it kills.
LEAST_FREE_BYTES = 3 << 30


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


def free():
    """The bytes that the machine could still give."""
    return 1024 * int(re.search(r"^MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text(), re.M).group(1))


def stop(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def run(command, environment=None):
    """Exit code, standard output and error of a command, its seconds, and the most memory of all its processes."""
    started, peak, over = time.perf_counter(), 0, threading.Event()
    process = subprocess.Popen(list(map(str, command)), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)

    def watch():
        nonlocal peak
        while not over.wait(SAMPLE_SECONDS):
            if free() < LEAST_FREE_BYTES:
                stop(tree(process.pid))
            peak = max(peak, sum(map(pss, tree(process.pid))))

    watching = threading.Thread(target=watch)
    watching.start()
    output, _ = process.communicate()
    over.set()
    watching.join()
    if process.returncode > 0:
        print(output, file=sys.stderr)
    return process.returncode, output, time.perf_counter() - started, peak


def ended(code):
    return "stopped for want of memory" if code == -signal.SIGKILL else "failed"


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
        return ended(code), None, seconds, peak
    result = load_file(folder / "run" / "result" / "model.safetensors")["w"]
    assert result.size == int(megabytes * 262144) and (result == rounds).all(), "the result is not what the script sends"
    each = [json.loads((folder / "run" / "rounds" / str(n) / "metrics.json").read_text())["seconds"] for n in range(1, rounds + 1)]
    return "ok", each, seconds, peak


def between(times):
    return [after - before for before, after in zip(times, times[1:])]


def flare(python, megabytes, sites, rounds, folder):
    code, output, seconds, peak = run([python, PEERS / "nvflare_rounds.py", megabytes, sites, rounds])
    # The announcement of a round is a banner of several lines, of which the first has the time.
    stamps, latest = [], None
    for line in output.splitlines():
        stamp = re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", line)
        latest = datetime.strptime(stamp.group(), "%Y-%m-%d %H:%M:%S,%f") if stamp else latest
        if re.search(r"Round \d+ started|Finished FedAvg", line):
            stamps.append(latest)
    each = between([stamp.timestamp() for stamp in stamps])
    return ("ok" if code == 0 and each else ended(code)), each or None, seconds, peak


def flower(python, megabytes, sites, rounds, folder):
    code, output, seconds, peak = run([python, PEERS / "flower_rounds.py", megabytes, sites, rounds])
    each = between([float(value) for value in re.findall(r"^at ([\d.]+) s", output, re.M)])
    return ("ok" if code == 0 and each else ended(code)), each or None, seconds, peak


def script(megabytes):
    """The seconds of the script's own work, without anybody to exchange with: as one process on an idle core."""
    before = np.zeros(int(megabytes * 262144), dtype=np.float32)
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        before = before + np.float32(1)
        spans.append(time.perf_counter() - start)
    return statistics.median(spans)


def environment(name):
    """The Python of a peer's environment, made when it is not there."""
    folder = HERE / ".venv" / name
    requirements = PEERS / f"requirements-{name}.txt"
    made = folder / "requirements.txt"
    if not made.exists() or made.read_text() != requirements.read_text():
        subprocess.run(["uv", "venv", "--quiet", "--clear", folder], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", folder / "bin" / "python", "-r", requirements], check=True)
        made.write_text(requirements.read_text())
    return folder / "bin" / "python"


def compare(systems, megabytes, sites, rounds):
    own = script(megabytes) * -(-sites // min(sites, os.cpu_count()))
    print(f"{megabytes:g} MB, {sites} sites, {rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the script's own work:"
          f" {own:.3f} s a round", flush=True)
    for name, measure, program in systems:
        for count in dict.fromkeys((sites, min(sites, 2))):
            with tempfile.TemporaryDirectory(prefix="client-rounds-") as folder:
                state, each, seconds, peak = measure(program, megabytes, count, rounds, Path(folder))
            later = each[1:] or each if each else None
            shown = f"{statistics.median(later):.3f} s/round, first {each[0]:.2f} s" if state == "ok" else state
            print(f"  {name}{'' if count == sites else f' with {count} sites'}: {shown}, whole run {seconds:.1f} s, peak {peak / 1e9:.2f} GB PSS",
                  flush=True)
            if state == "ok":
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=float, nargs="*", metavar="NUMBER", help="MEGABYTES SITES ROUNDS")
    parser.add_argument("--weft", default=HERE.parent / "weft", help="the program of Weft; without it, the source tree's")
    parser.add_argument("--peers", action="store_true", help="measure NVIDIA FLARE and Flower, too")
    parser.add_argument("--flare", help="the Python of an environment with nvflare")
    parser.add_argument("--flower", help="the Python of an environment with flwr[simulation]")
    given = parser.parse_args()
    if len(given.case) not in (0, 3):
        parser.error("give MEGABYTES SITES ROUNDS, or none of them")

    flare_python = given.flare or (environment("flare") if given.peers else None)
    flower_python = given.flower or (environment("flower") if given.peers else None)
    systems = [one for one in (("Weft", weft, given.weft), ("NVIDIA FLARE", flare, flare_python), ("Flower", flower, flower_python)) if one[2]]
    for megabytes, sites, rounds in [given.case] if given.case else CASES:
        compare(systems, megabytes, int(sites), int(rounds))


if __name__ == "__main__":
    main()
