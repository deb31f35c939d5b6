#!/usr/bin/env python3
"""What a server and its sites take of memory and time, as processes of their own with startup kits, over TLS on this machine.

    benchmarks/federation.py [--case MIB,SITES,ROUNDS[,TENSORS]]… [--folder DIR]      (after mvn -DskipTests package)

Each case is one job: `weft provision`, `weft start` of a server and its sites, `weft submit`, `weft watch`. Its model is random fp32 weights
of so many MiB in as many tensors, and its trainer is a script that sends back what it received, or, with less than 100 MiB, adds one to
every value. Printed are the most memory that the server's and the sites' processes had (VmHWM, file pages included; the scripts are processes of
their own), the rate at which models went down and up and the processor time that a GB took, beside plain TLS sockets with as many connections in
the same run (without files; from a file to a synced file; the same with a SHA-256 at both ends, which is what Weft promises), and the seconds of a
round, and what of it was not the slowest site's training. Without --case: 1 GiB at 2 and at 4 sites, one tensor of 2.2 GiB, and 5 MB at 4 sites with 50 rounds.

A site of 1 GiB needs 3 GiB of disk while its job runs, the server 3 GiB and one more for each site. It needs numpy, and openssl or a JDK's keytool.
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
CASES = ["1024,2,4", "1024,4,4", "2253,2,1,1", "4.77,4,50"]
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
        for index, direction in enumerate(("down", "up")):
            measured = rates(record, direction)
            if measured:
                shown = " ".join(f"{rate:.0f}" for rate in measured[:3] + measured[3:][-3:])
                print(f"  {direction}: {shown} MB/s of all sites together, by round, the first and the last")
        if raw:
            for way, (down, down_seconds, up, up_seconds) in zip(RAW_WAYS, raw):
                print(f"  plain TLS {way}: {down:.0f} MB/s down, {up:.0f} up; {down_seconds:.2f} and {up_seconds:.2f} processor seconds a GB")
            print(f"  {processor_of_a_gigabyte(federation, record)}")
        each = [json.loads((record / f"rounds/{number}/metrics.json").read_text())["seconds"] for number in range(1, rounds + 1)]
        beside = [whole - training for whole, training in zip(each, trainings(record))]
        last = slice(len(each) // 2, None)
        print(f"  seconds a round: {statistics.median(each[last]):.3f} (the median of the last {len(each[last])}), first {each[0]:.2f};"
              f" without the slowest site's training {statistics.median(beside[last]):.3f}", flush=True)


def trainings(record):
    """The seconds of the slowest site's training in each round."""
    slowest = {}
    for line in lines(record):
        if line["kind"] == "train":
            slowest[line["round"]] = max(slowest.get(line["round"], 0), line["seconds"])
    return [seconds for _, seconds in sorted(slowest.items())]


def processor_of_a_gigabyte(federation, record):
    """What server and sites used in the last half of the rounds, for each GB that passed, with all that they do besides."""
    rounds = sorted(federation.processor)
    first, last = federation.processor[rounds[len(rounds) // 2]], federation.processor[rounds[-1]]
    gigabytes = sum(line["wireBytes"] for line in lines(record)
                    if line["kind"] == "transfer" and rounds[len(rounds) // 2] < line["round"] <= rounds[-1]) / 1e9
    server = (last["server"] - first["server"]) / gigabytes
    sites = sum(last[site] - first[site] for site in federation.sites) / gigabytes
    return f"processor seconds a GB, down or up: server {server:.2f}, sites {sites:.2f}; {os.cpu_count()} cores"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", help="MIB,SITES,ROUNDS or MIB,SITES,ROUNDS,TENSORS")
    parser.add_argument("--folder", help="where models and homes lie while it runs; otherwise the system's folder for temporary files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="federation-archives-", dir=given.folder) as archives:
        programs = {kind: unpacked(kind, Path(archives)) for kind in ("workbench", "server", "site")}
        for case in given.case or CASES:
            mib, sites, rounds, *tensors = case.split(",")
            measure(programs, given.folder, float(mib), int(sites), int(rounds), int(tensors[0]) if tensors else 16)


if __name__ == "__main__":
    main()
