"""What the quick start's federation gains: the base, the best single site and the federation, on the union of what all sites validate.

    python3 benchmarks/quickstart_margin.py [--seeds 7 8 9] [--work DIR] [--weft COMMAND]

For every seed the job runs once with all sites and once with each site alone, for as many rounds; every adapter and the base are
measured with `weft evaluate` on examples/quickstart/eval.jsonl. Prints the tables of docs/quick-start-margin.md.
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


def run(*words):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def evaluate(weft, *adapter):
    words = ["evaluate", "--model", QUICKSTART / "base", *adapter, "--data", QUICKSTART / "eval.jsonl", "--json"]
    return json.loads(run(weft, *words).splitlines()[-1])["loss"]


def job_file(folder, seed):
    text = (QUICKSTART / "job.yaml").read_text()
    text = re.sub(r"\bseed: \d+", f"seed: {seed}", text)
    text = re.sub(r"\bbase: base\b", f"base: {QUICKSTART / 'base'}", text)
    path = folder / f"seed-{seed}.yaml"
    path.write_text(text)
    return path


def train(weft, work, seed, name, sites):
    folder = work / f"{name}-{seed}"
    chosen = work / f"{name}-{seed}-sites"
    for site in sites:
        shutil.copytree(QUICKSTART / "sites" / site, chosen / site)
    run(weft, "simulate", job_file(work, seed), "--sites", chosen, "--out", folder)
    summary = json.loads((folder / "summary.json").read_text())
    loss = evaluate(weft, "--adapter", folder / "result")
    print(f"seed {seed}, {name}: {loss:.4f} ({summary['seconds']:.0f} s)", flush=True)
    return loss


def spread(values):
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{values[0]:.3f}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    arguments.add_argument("--work", type=pathlib.Path, help="an empty folder for the runs; a temporary one without it")
    arguments.add_argument("--weft", type=pathlib.Path, default=ROOT / "weft", help="the command; ./weft without it")
    given = arguments.parse_args()
    work = given.work or pathlib.Path(tempfile.mkdtemp(prefix="quickstart-margin-"))
    work.mkdir(parents=True, exist_ok=True)
    sites = sorted(path.name for path in (QUICKSTART / "sites").iterdir() if path.is_dir())

    base = evaluate(given.weft)
    print(f"base: {base:.4f}", flush=True)
    losses = {name: [] for name in ["federated", *sites]}
    for seed in given.seeds:
        losses["federated"].append(train(given.weft, work, seed, "federated", sites))
        for site in sites:
            losses[site].append(train(given.weft, work, seed, site, [site]))

    best = [min(losses[site][i] for site in sites) for i in range(len(given.seeds))]
    gains = [b - f for b, f in zip(best, losses["federated"], strict=True)]
    seeds = " | ".join(f"seed {seed}" for seed in given.seeds)
    print(f"\n| model | {seeds} | mean ± standard deviation |\n|---|{'---|' * (len(given.seeds) + 1)}")
    rows = [("base", [base] * len(given.seeds))]
    rows += [(f"{site} alone", losses[site]) for site in sites]
    rows += [("best single site", best), ("**federated**", losses["federated"]), ("gain over the best single site", gains)]
    for name, values in rows:
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} | {spread(values)} |")
    print(f"\nThe smallest gain is {min(gains):.3f} nats a token, {min(gains) / statistics.stdev(gains):.0f} times the spread of the gains."
          if len(gains) > 1 else "")
    if not given.work:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
