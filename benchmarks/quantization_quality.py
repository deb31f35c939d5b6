#!/usr/bin/env python3
"""What coding on the wire costs in quality: runs one job with each quantizer and prints a table.

    benchmarks/quantization_quality.py [--job examples/quickstart/job.yaml] [--only fp32,nf4] [--out DIR] [--weft PROGRAM]

Every run is the same job with another `wire`: differences go up, coded; models come down as bf16 in all runs but the first, so that the
rows differ in what goes up alone. The job file is copied beside itself for the time of a run, because its paths start there.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FED_BACK = "{quantizer: %s, errorFeedback: true}"
VARIANTS = {
    "fp32": "{send: difference}",
    "bf16": "{up: bf16, down: bf16, send: difference}",
    "fp16": "{up: fp16, down: bf16, send: difference}",
    "int8": "{up: int8, down: bf16, send: difference}",
    "nf4": "{up: nf4, down: bf16, send: difference}",
    "fp4": "{up: fp4, down: bf16, send: difference}",
    "int8+ef": "{up: %s, down: bf16, send: difference}" % (FED_BACK % "int8"),
    "nf4+ef": "{up: %s, down: bf16, send: difference}" % (FED_BACK % "nf4"),
    "fp4+ef": "{up: %s, down: bf16, send: difference}" % (FED_BACK % "fp4"),
}


def without(section, text):
    """The job file without a section, whether that is one line or several."""
    kept, skipping = [], False
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            skipping = line.startswith(section + ":")
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n"


def run(weft, job, name, out):
    text = without("compare", without("wire", job.read_text()))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=job.parent, prefix=".wire-") as file:
        file.write(text + "wire: " + VARIANTS[name] + "\n")
        file.flush()
        subprocess.run([weft, "simulate", file.name, "--out", out], check=True, stdout=subprocess.DEVNULL)
    summary = json.loads((out / "summary.json").read_text())
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if line["kind"] == "validate" and "site" not in line and "loss" in line]
    errors = [
        line["quantizationError"]
        for line in lines
        if line["kind"] == "transfer" and line["direction"] == "up" and "quantizationError" in line
    ]
    return {
        "wire": name,
        "loss": f"{losses[-1]:.4f}" if losses else "–",
        "up": f"{summary['bytesUp'] / 1e6:.2f} MB",
        "down": f"{summary['bytesDown'] / 1e6:.2f} MB",
        "error up": f"{100 * sum(errors) / len(errors):.2f} %" if errors else "–",
        "seconds": f"{summary['seconds']:.1f}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=pathlib.Path, default=ROOT / "examples/quickstart/job.yaml")
    parser.add_argument("--only", default=",".join(VARIANTS), help="which runs, by their names, with commas between")
    parser.add_argument("--out", type=pathlib.Path, help="where the runs' folders stay; otherwise they are removed")
    parser.add_argument("--weft", default=ROOT / "weft", help="the program, when it is not the source tree's")
    arguments = parser.parse_args()
    names = arguments.only.split(",")
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        sys.exit(f"there is no {', '.join(unknown)}; there are: {', '.join(VARIANTS)}")
    with tempfile.TemporaryDirectory() as scratch:
        out = arguments.out or pathlib.Path(scratch)
        rows = []
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows.append(run(arguments.weft, arguments.job.resolve(), name, (out / name).resolve()))
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    main()
