"""What the quick start's federation gains, and its loss curve in bf16 beside fp32, over several seeds.

    python3 benchmarks/quickstart.py [--seeds 7 8 9] [--work DIR] [--weft COMMAND]

For every seed the job runs in bf16 with everything it compares (base, every site alone, federation; measured by Weft in fp32 on the
validation records of all sites), and once more in fp32 without. Prints the tables of docs/quick-start-margin.md; exits with 1 when the
federation does not win with every seed, or when the mean loss in bf16 lies outside the range of fp32's.
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


def job_file(work, seed, precision):
    text = (QUICKSTART / "job.yaml").read_text()
    text = re.sub(r"\bseed: \d+", f"seed: {seed}, precision: {precision}", text)
    text = re.sub(r"\bbase: base\b", f"base: {QUICKSTART / 'base'}", text)
    if precision == "fp32":
        text = text.split("\ncompare:")[0] + "\n"
    path = work / f"{precision}-{seed}.yaml"
    path.write_text(text)
    return path


def simulate(weft, work, seed, precision):
    """The validation loss after every round, from round 0, and what the run compared."""
    folder = work / f"{precision}-{seed}"
    job = job_file(work, seed, precision)
    command = [weft, "simulate", job, "--sites", QUICKSTART / "sites", "--out", folder, "--json"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    by_round = {line["round"]: line["loss"] for line in metrics if line["kind"] == "validate" and "site" not in line}
    curve = [by_round[number] for number in sorted(by_round)]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    compared = next((line["losses"] for line in told if line.get("event") == "compared"), [])
    seconds = json.loads((folder / "summary.json").read_text())["seconds"]
    print(f"seed {seed}, {precision}: {curve[-1]:.4f} after the last round, {seconds:.0f} s", flush=True)
    return curve, {model["model"]: model["loss"] for model in compared}


def table(header, rows):
    print("\n| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def margin(seeds, compared):
    """One row a model; the gains of the federation over the best single site."""
    names = list(compared[0])
    losses = {name: [run[name] for run in compared] for name in names}
    federated = losses.pop(names[-1])
    base = losses.pop(names[0])
    best = [min(values) for values in zip(*losses.values(), strict=True)]
    gains = [alone - together for alone, together in zip(best, federated, strict=True)]
    rows = [(names[0], base), *losses.items(), ("best site alone", best), (f"**{names[-1]}**", federated)]
    rows.append(("gain over the best site alone", gains))
    table(
        ["model", *(f"seed {seed}" for seed in seeds), "mean ± standard deviation"],
        [
            [name, *(f"{value:.3f}" for value in values), f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"]
            for name, values in rows
        ],
    )
    return gains


def curves(seeds, exact, half):
    """One row a round; whether the mean bf16 loss lies within the range of the fp32 ones in every round."""
    rows, all_within = [], True
    for number, (exact_losses, half_losses) in enumerate(zip(zip(*exact), zip(*half), strict=True)):
        mean = statistics.mean(half_losses)
        # Before training there is no spread, and rounding the base to bf16 moves its loss by some 1e-4.
        within = number == 0 or min(exact_losses) <= mean <= max(exact_losses)
        all_within &= within
        losses = [f"{loss:.4f}" for loss in (*exact_losses, *half_losses, mean)]
        rows.append([str(number), *losses, "yes" if within else "no"])
    columns = [f"{precision}, seed {seed}" for precision in ("fp32", "bf16") for seed in seeds]
    table(["after round", *columns, "bf16, mean", "within fp32"], rows)
    return all_within


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9], help="two or more")
    arguments.add_argument("--work", type=pathlib.Path, help="an empty folder for the runs; a temporary one without it")
    arguments.add_argument("--weft", type=pathlib.Path, default=ROOT / "weft", help="the command; ./weft without it")
    given = arguments.parse_args()
    work = given.work or pathlib.Path(tempfile.mkdtemp(prefix="quickstart-"))
    work.mkdir(parents=True, exist_ok=True)

    half = [simulate(given.weft, work, seed, "bf16") for seed in given.seeds]
    exact = [simulate(given.weft, work, seed, "fp32") for seed in given.seeds]
    gains = margin(given.seeds, [compared for _, compared in half])
    within = curves(given.seeds, [curve for curve, _ in exact], [curve for curve, _ in half])
    if not given.work:
        shutil.rmtree(work)
    return 0 if min(gains) > 0 and within else 1


if __name__ == "__main__":
    raise SystemExit(main())
