#!/usr/bin/env python3
"""What a server and its sites take of memory and time, as processes of their own with startup kits, over TLS on this machine.

    benchmarks/federation.py [--case MIB,SITES,ROUNDS[,TENSORS]]… [--peers] [--folder DIR]      (after mvn -DskipTests package)

Each case is one job: `weft provision`, `weft start` of a server and its sites, `weft submit`, `weft watch`. Its model is random fp32 weights
of so many MiB in as many tensors, and its trainer is a script that sends back what it received, or, with less than 100 MiB, adds one to
every value. Printed are the most memory that the server's and the sites' processes had (VmHWM, file pages included; the scripts are processes of
their own), the rate at which models went down and up and the processor time that a GB took, beside plain TLS sockets with as many connections in
the same run (without files; from a file to a synced file; the same with a SHA-256 at both ends, which is what Weft promises), and the seconds of a
round, and what of it was not the slowest site's training. At the end all cases stand in one table, with this machine's fsync, what NVIDIA FLARE has
published, and with --peers a round of NVIDIA FLARE and of Flower with each of the cases below 100 MiB.

Without --case: 5 MB at 4 sites with 400 rounds (a JVM compiles for some hundreds of them), 1 GiB at 2, 4 and 16 sites, 5 GB at 2 sites, and one tensor of 2.2 GiB.

It needs numpy, and openssl or a JDK's keytool; --peers also uv, which makes the peers' environments once below benchmarks/.venv from
peers/requirements-flare.txt and -flower.txt, safetensors, and Linux. While its job runs a site needs twice its model of disk, the server four times, and
once more for each site and each round after the first: 55 GiB for 1 GiB at 16 sites, 50 GB for 5 GB at 2 sites. All is removed after each case.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CASES = ["4.77,4,400", "1024,2,3", "1024,4,3", "1024,16,1", "4769,2,1", "2253,2,1,1"]
SCRIPT_THAT_RETURNS = """\
import weft
weft.init()
while weft.is_running():
    received = weft.receive()
    if received is None:
        break
    weft.send(weft.FLModel(params=received.params, meta={"NUM_STEPS_CURRENT_ROUND": 1}))
"""
LARGE_MIB = 100
PEER_ROUNDS = {"flare": 10, "flower": 50}
COLUMNS = ["model", "sites", "rounds", "server, MiB", "site, MiB", "down / up, MB/s", "plain TLS with files and SHA-256", "a round, s", "beyond training, s"]
PUBLISHED = """\
NVIDIA FLARE has published, for its own examples on machines of its own:

| model | sites | memory at its highest | time |
|---|---|---|---|
| 5.4 GB (GPT-Neo 1.3B), regular | 1 | 42.4 GB, of the whole system | 47 s, one way |
| the same, by container | 1 | 23.3 GB | 50 s |
| the same, by file | 1 | 19.2 GB | 170 s |
| 5 GB | 4 / 8 / 12 / 16 | server 44.7 / 62.5 / 87.8 / 115 GB | |
| 5 GB, tensors on disk | 4 / 8 / 12 / 16 | server 20.8 / 21 / 21 / 21.3 GB | |

(NVIDIA FLARE's examples/advanced/streaming, and its docs/design/tensor_disk_offload.md.)"""
JAVA = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unpacked(kind, folder):
    archive = next((ROOT / f"distribution/io.weft.distribution.{kind}/target").glob(f"weft-{kind}-*.tar.gz"))
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    return next(folder.glob(f"weft-{kind}-*")) / "bin" / "weft"


def write_model(file, mib, tensors):
    """Random fp32 values, piece by piece: a gibibyte need not be in memory."""
    each = int(mib * 262144) // tensors
    header, at = {}, 0
    for index in range(tensors):
        header[f"w{index:04}"] = {"dtype": "F32", "shape": [each], "data_offsets": [at, at + 4 * each]}
        at += 4 * each
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(1)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        left = each * tensors
        while left:
            count = min(left, 1 << 22)
            out.write(random.standard_normal(count, dtype=np.float32).tobytes())
            left -= count
    return at


def high_water(process):
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+)", status, re.M).group(1)) / 1024


def processor_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Federation:
    """A server and its sites, started and connected."""

    def __init__(self, programs, folder, sites):
        self.programs, self.folder = programs, folder
        self.sites = [f"site-{number + 1}" for number in range(sites)]
        self.running = []
        self.processor = {}  # by round: what each process had used when it was seen to be finished
        listed = ", ".join(f"{{name: {site}, organisation: {site}}}" for site in self.sites)
        (folder / "project.yaml").write_text(
            f"name: benchmark\nserver: {{host: localhost, port: {free_port()}}}\nsites: [{listed}]\n"
            "admins: [{name: lead, organisation: benchmark, role: lead}]\n")
        self.weft("provision", folder / "project.yaml", "--out", folder / "kits")

    def weft(self, *words, check=True):
        return subprocess.run([self.programs["workbench"], *words], check=check, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "WEFT_HOME": str(self.folder / "workbench-home")}).stdout

    def start(self):
        for name in ["server", *self.sites]:
            home = self.folder / "homes" / name
            home.mkdir(parents=True)
            (self.folder / "kits" / name).rename(home / "kit")
            if name != "server":
                (home / "conf").mkdir()
                (home / "conf/policy.yaml").write_text(f"programs: ['{sys.executable}']\n")
            program = self.programs["server" if name == "server" else "site"]
            running = subprocess.Popen([program, "start", "--home", home, "--foreground"], stdout=subprocess.PIPE, text=True)
            self.running.append(running)
            if not any(line.startswith("ready:") for line in running.stdout):
                sys.exit(f"{name} did not start")

    def process(self, name):
        return int(re.search(r"\d+", (self.folder / "homes" / name / "data/resident.pid").read_text()).group())

    def run(self, job):
        kit = ["--kit", self.folder / "kits/lead", "--wait", "60"]
        identity = self.weft("submit", job, *kit).strip()
        (job.parent / "initial.safetensors").unlink()  # the server has it
        record = self.folder / "homes/server/data/jobs" / identity
        now = {}
        while now.get("state") not in ("FINISHED", "STOPPED", "FAILED"):
            time.sleep(0.05)
            if (record / "state.json").exists():
                now = json.loads((record / "state.json").read_text())
                self.processor.setdefault(now["round"], {name: processor_seconds(self.process(name)) for name in ["server", *self.sites]})
        if now["state"] != "FINISHED":
            sys.exit(f"the job did not finish: {now}")
        return record

    def stop(self):
        for running in reversed(self.running):
            running.terminate()
            running.wait()


def lines(record):
    return [json.loads(line) for line in (record / "metrics.jsonl").read_text().splitlines()]


def rates(record, direction):
    """MB/s of all sites together, in each round."""
    rounds = {}
    for line in lines(record):
        if line["kind"] == "transfer" and line["direction"] == direction and line["wireBytes"] > 0:
            rounds.setdefault(line["round"], []).append((line["wireBytes"], line["seconds"]))
    return [sum(size for size, _ in each) / max(seconds for _, seconds in each) / 1e6 for _, each in sorted(rounds.items())]


RAW_WAYS = ["without files", "from file to synced file", "the same with SHA-256"]


def raw_tls(folder, mib, connections):
    """By plain sockets, for each of RAW_WAYS: MB/s and processor seconds of a GB, down and up; medians after the first rounds."""
    folder.mkdir()
    subprocess.run([HERE / "network/prepare", folder, "", "RawCopy.java"], check=True)
    program = [JAVA, "-Xmx256m", "-XX:+UseSerialGC", "-cp", folder / "classes", "RawCopy"]
    server = subprocess.Popen([*program, "serve", folder / "keys", folder], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        size = str(max(1, min(512, round(mib)) // connections))
        output = subprocess.run([*program, "copy", folder / "keys", folder, port, size, str(connections), "5"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
    finally:
        server.terminate()
        server.wait()
    measured = [[float(word) for word in line.split()] for line in output.splitlines()]
    columns = [statistics.median(column) for column in zip(*measured[2:])]
    return [columns[4 * way:4 * way + 4] for way in range(len(RAW_WAYS))]


def sync_seconds(folder):
    """What this machine takes to make a small file durable."""
    spans = []
    for _ in range(21):
        with open(folder / "synced", "wb") as file:
            file.write(b"x" * 4096)
            begun = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            spans.append(time.perf_counter() - begun)
    return statistics.median(spans)


def measure(programs, scratch, mib, sites, rounds, tensors):
    """Runs a case, prints what was seen of it, and gives its row of the table."""
    with tempfile.TemporaryDirectory(prefix="federation-", dir=scratch) as name:
        folder = Path(name)
        size = write_model(folder / "initial.safetensors", mib, tensors)
        large = mib >= LARGE_MIB
        script = SCRIPT_THAT_RETURNS if large else (HERE / "peers/client_add_one.py").read_text().replace("nvflare.client", "weft")
        (folder / "train.py").write_text(script)
        (folder / "job.yaml").write_text(
            f"name: benchmark\nworkflow: {{rounds: {rounds}}}\nmodel: {{backend: weights, base: initial.safetensors}}\n"
            f"trainer: {{command: ['{sys.executable}', train.py]}}\n")
        print(f"{size / 1e6:.1f} MB in {tensors} tensors, {sites} sites, {rounds} rounds; {os.cpu_count()} cores,"
              f" load {os.getloadavg()[0]:.1f}, fsync {1e3 * sync_seconds(folder):.1f} ms", flush=True)
        raw = raw_tls(folder / "raw", mib, sites) if large else None
        shutil.rmtree(folder / "raw", ignore_errors=True)
        federation = Federation(programs, folder, sites)
        try:
            federation.start()
            idle = high_water(federation.process("server")), max(high_water(federation.process(site)) for site in federation.sites)
            record = federation.run(folder / "job.yaml")
            server = high_water(federation.process("server"))
            highest = max(high_water(federation.process(site)) for site in federation.sites)
        finally:
            federation.stop()
        print(f"  memory at its highest (VmHWM): server {server:.0f} MiB (after its start {idle[0]:.0f}), site {highest:.0f} MiB ({idle[1]:.0f})")
        passed = {direction: rates(record, direction) for direction in ("down", "up")}
        for direction, measured in passed.items():
            if measured:
                shown = " ".join(f"{rate:.0f}" for rate in measured[:3] + measured[3:][-3:])
                print(f"  {direction}: {shown} MB/s of all sites together, by round, the first and the last")
        if raw:
            for way, (down, down_seconds, up, up_seconds) in zip(RAW_WAYS, raw):
                print(f"  plain TLS {way}: {down:.0f} MB/s down, {up:.0f} up; {down_seconds:.2f} and {up_seconds:.2f} processor seconds a GB")
        used = processor_of_rounds(federation, record)
        if used:
            print(f"  {used}; {os.cpu_count()} cores")
        each = [json.loads((record / f"rounds/{number}/metrics.json").read_text())["seconds"] for number in range(1, rounds + 1)]
        beside = [whole - training for whole, training in zip(each, trainings(record))]
        last = slice(len(each) // 2, None)
        whole, beyond = statistics.median(each[last]), statistics.median(beside[last])
        print(f"  seconds a round: {whole:.3f} (the median of the last {len(each[last])}), first {each[0]:.2f};"
              f" without the slowest site's training {beyond:.3f}", flush=True)
        middle = {direction: statistics.median(measured[len(measured) // 2:]) for direction, measured in passed.items()}
        return [f"{size / 1e6:.1f} MB in {tensors} tensors", sites, rounds, f"{server:.0f}", f"{highest:.0f}",
                f"{middle['down']:.0f} / {middle['up']:.0f}", f"{raw[-1][0]:.0f} / {raw[-1][2]:.0f}" if raw else "",
                f"{whole:.3f}", f"{beyond:.3f}"]


def peers(mib, sites):
    """Rows of NVIDIA FLARE and Flower, by the scripts that benchmarks/client_rounds.py runs."""
    import client_rounds

    for name, shown, run in (("flare", "NVIDIA FLARE", client_rounds.flare), ("flower", "Flower", client_rounds.flower)):
        with tempfile.TemporaryDirectory(prefix="federation-peer-") as folder:
            state, each, seconds, peak = run(client_rounds.environment(name), mib, sites, PEER_ROUNDS[name], Path(folder))
        each = each or []
        later = each[1:] or each
        yield [f"{shown}, {mib * 1.048576:.1f} MB in one tensor", sites, PEER_ROUNDS[name], "", "", "", "",
               f"{statistics.median(later):.3f}" if later else state, f"all processes {peak / 1e9:.1f} GB, whole run {seconds:.0f} s"]


def table(rows):
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [COLUMNS, ["---"] * len(COLUMNS), *rows])


def trainings(record):
    """The seconds of the slowest site's training in each round."""
    slowest = {}
    for line in lines(record):
        if line["kind"] == "train":
            slowest[line["round"]] = max(slowest.get(line["round"], 0), line["seconds"])
    return [seconds for _, seconds in sorted(slowest.items())]


def processor_of_rounds(federation, record):
    """What server and sites used in the last half of the rounds, for each round and each GB that passed; empty when too few were seen."""
    rounds = sorted(federation.processor)
    before, after = rounds[len(rounds) // 2], rounds[-1]
    gigabytes = sum(line["wireBytes"] for line in lines(record) if line["kind"] == "transfer" and before < line["round"] <= after) / 1e9
    if not gigabytes:
        return ""
    first, last = federation.processor[before], federation.processor[after]
    server = last["server"] - first["server"]
    sites = sum(last[site] - first[site] for site in federation.sites)
    return (f"processor seconds a round: server {server / (after - before):.3f}, sites {sites / (after - before):.3f};"
            f" a GB, down or up: server {server / gigabytes:.2f}, sites {sites / gigabytes:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", help="MIB,SITES,ROUNDS or MIB,SITES,ROUNDS,TENSORS")
    parser.add_argument("--peers", action="store_true", help="measure a round of NVIDIA FLARE and Flower, too")
    parser.add_argument("--folder", help="where models and homes lie while it runs; otherwise the system's folder for temporary files")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="federation-archives-", dir=given.folder) as archives:
        programs = {kind: unpacked(kind, Path(archives)) for kind in ("workbench", "server", "site")}
        synced = sync_seconds(Path(archives))
        for case in given.case or CASES:
            mib, sites, rounds, *tensors = case.split(",")
            rows.append(measure(programs, given.folder, float(mib), int(sites), int(rounds), int(tensors[0]) if tensors else 16))
            if given.peers and float(mib) < LARGE_MIB:
                rows += peers(float(mib), int(sites))
    print(f"\n{os.cpu_count()} cores, fsync {1e3 * synced:.1f} ms\n\n{table(rows)}\n\n{PUBLISHED}")


if __name__ == "__main__":
    main()
