"""The quick start's loss curve in bf16 beside three seeds in fp32.

    python3 benchmarks/quickstart_curve.py [--seeds 7 8 9] [--work DIR] [--weft COMMAND]

The job runs in fp32 with every seed and in bf16 with every seed. For every round the bf16 losses are to lie within the range of the
fp32 ones, widened on both sides by their standard deviation: three runs do not show the whole range. Prints a table; exits with 1
when a bf16 loss lies outside.
"""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUICKSTART = ROOT / "examples" / "quickstart"


def run(weft, work, seed, precision):
    """The global validation loss after every round: round 0 is the model before it was trained."""
    text = (QUICKSTART / "job.yaml").read_text()
    text = re.sub(r"\bseed: \d+", f"seed: {seed}, precision: {precision}", text)
    text = re.sub(r"\bbase: base\b", f"base: {QUICKSTART / 'base'}", text)
    job = work / f"{precision}-{seed}.yaml"
    job.write_text(text)
    folder = work / f"{precision}-{seed}"
    command = [weft, "simulate", job, "--sites", QUICKSTART / "sites", "--out", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["kind"] == "validate" and "site" not in line]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    arguments.add_argument("--work", type=pathlib.Path, help="an empty folder for the runs; a temporary one without it")
    arguments.add_argument("--weft", type=pathlib.Path, default=ROOT / "weft", help="the command; ./weft without it")
    given = arguments.parse_args()
    work = given.work or pathlib.Path(tempfile.mkdtemp(prefix="quickstart-curve-"))
    work.mkdir(parents=True, exist_ok=True)

    exact = [run(given.weft, work, seed, "fp32") for seed in given.seeds]
    half = [run(given.weft, work, seed, "bf16") for seed in given.seeds]
    print("| after round | fp32 " + " | fp32 ".join(f"seed {seed}" for seed in given.seeds), end="")
    print(" | bf16 " + " | bf16 ".join(f"seed {seed}" for seed in given.seeds) + " | within |")
    print("|---|" + "---|" * (2 * len(given.seeds) + 1))
    outside = 0
    for number in range(len(exact[0])):
        curves = [curve[number] for curve in exact]
        halves = [curve[number] for curve in half]
        # Before training there is no spread, and rounding the base to bf16 moves its loss by some 1e-4.
        margin = max(statistics.stdev(curves), 2e-3)
        within = all(min(curves) - margin <= value <= max(curves) + margin for value in halves)
        outside += not within
        print(f"| {number} | {' | '.join(f'{value:.4f}' for value in curves + halves)} | {'yes' if within else 'NO'} |")
    if not given.work:
        shutil.rmtree(work)
    return 1 if outside else 0


if __name__ == "__main__":
    raise SystemExit(main())
