"""What further sites cost a process that simulates them: its peak memory and time with 1, 6 and 20 LoRA sites on one frozen base.

    uv venv peers && uv pip install --python peers/bin/python -r benchmarks/peers/requirements.txt
    peers/bin/python benchmarks/many_sites.py [--sites 1 6 20] [--rounds N] [--work DIR]

Base and records are those of tokens_per_second.py (SmolLM2-135M's shapes, 4 × 256 tokens); each site takes one step a round.
Memory is the highest resident size of the process, and the ratio is the one to the line of one site.
"""

import argparse
import pathlib
import subprocess
import tempfile
import time

from tokens_per_second import LENGTHS, ROOT, make_base, make_site, measured


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sites", type=int, nargs="+", default=[1, 6, 20])
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--work", type=pathlib.Path, help="an empty folder; a temporary one without it")
    given = arguments.parse_args()
    work = (given.work or pathlib.Path(tempfile.mkdtemp(prefix="many-sites-"))).resolve()
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "weft", "version"], check=True, stdout=subprocess.DEVNULL)
    if not (work / "base").exists():
        make_base(work / "base")

    job = work / "job.yaml"
    job.write_text(f"""name: many-sites
workflow: {{type: fedavg, rounds: {given.rounds}}}
model: {{backend: hf, base: {work / "base"}}}
strategy: {{type: lora, rank: 8, alpha: 16, targets: [q_proj, v_proj]}}
data: {{train: records, maxLength: 512}}
train: {{optimizer: adamw, lr: 1.0e-4, batch: 4, steps: 1, precision: bf16}}
""")
    print("| sites | MB | ratio | seconds |")
    print("|---|---|---|---|", flush=True)
    first = None
    for count in given.sites:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            sites = pathlib.Path(folder) / "sites"
            for i in range(count):
                make_site(sites / f"site-{i + 1}", LENGTHS["fixed"])
            start = time.monotonic()
            _, peak = measured([ROOT / "weft", "simulate", job, "--sites", sites, "--out", pathlib.Path(folder) / "run"])
            first = first or peak
            print(f"| {count} | {peak:.0f} | {peak / first:.2f} | {time.monotonic() - start:.0f} |", flush=True)


if __name__ == "__main__":
    main()
