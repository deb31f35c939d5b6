"""Training speed and peak memory beside Transformers and PEFT, case by case in one run.

    uv venv peers && uv pip install --python peers/bin/python -r benchmarks/peers/requirements.txt
    peers/bin/python benchmarks/tokens_per_second.py [--steps N] [--cases lora-bf16-fixed …] [--work DIR]

Both sides train the same shapes (SmolLM2-135M, random weights, made on the spot) with LoRA of rank 8 on q_proj and v_proj, or all
weights (sft), on batches of four records: fixed is 4 × 256 tokens, ragged 48, 96, 160 and 256. Tokens are real ones, padding is none.
Weft runs as a user runs it: ./weft simulate, one site, one round. Speeds are tokens over the time inside steps, the first left out.
Memory is the highest resident size of the process. The
machine's other work moves both: only the ratios of one line mean something.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = ROOT / "benchmarks" / "peers" / "hf_tokens_per_second.py"
LENGTHS = {"fixed": [256] * 4, "ragged": [48, 96, 160, 256]}
WORDS = 49152
CASES = ["lora-bf16-fixed", "lora-fp32-fixed", "lora-bf16-ragged", "lora-fp32-ragged"]
# Another case of the peer to compare with as well: what a processor's bf16 is worth.
ALSO = {"lora-bf16-fixed": "lora-fp32-fixed"}


def make_base(folder):
    """Random weights of the shapes, stored in bf16 as such checkpoints are, and a tokenizer with a word for every id."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=WORDS, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=2048, rope_theta=100000.0, tie_word_embeddings=True,
        rms_norm_eps=1e-5)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {f"w{i}": i for i in range(WORDS)}, "unk_token": "w0"}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "w2"}))


def make_site(folder, lengths):
    """One batch of records; the last word and the end of sequence make as many predictions as there are words."""
    import random

    chance = random.Random(0)
    folder.mkdir(parents=True)
    lines = [json.dumps({"text": " ".join(f"w{chance.randrange(3, WORDS)}" for _ in range(n))}) for n in lengths]
    (folder / "records.jsonl").write_text("\n".join(lines) + "\n")


def measured(command):
    """The output of a command and the highest resident size of its process in MB."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        out.seek(0)
        text = out.read()
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{text}")
    return text, usage.ru_maxrss / 1024


def ours(work, case, steps):
    mode, precision, shape = case.split("-")
    sites = work / f"sites-{shape}"
    if not sites.exists():
        make_site(sites / "site-1", LENGTHS[shape])
    strategy = "{type: lora, rank: 8, alpha: 16, targets: [q_proj, v_proj]}" if mode == "lora" else "{type: sft}"
    job = work / f"{case}.yaml"
    job.write_text(f"""name: {case}
workflow: {{type: fedavg, rounds: 1}}
model: {{backend: hf, base: {work / "base"}}}
strategy: {strategy}
data: {{train: records, maxLength: 512}}
train: {{optimizer: adamw, lr: 1.0e-4, batch: 4, steps: {steps + 1}, precision: {precision}}}
""")
    out = pathlib.Path(tempfile.mkdtemp(prefix=f"{case}-", dir=work)) / "run"
    _, peak = measured([ROOT / "weft", "simulate", job, "--sites", sites, "--out", out])
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return next(line["tokensPerSecond"] for line in lines if line["kind"] == "train"), peak


def peers(case, steps):
    text, peak = measured([sys.executable, PEER, *case.split("-"), str(steps)])
    return float(re.search(r"([\d.]+) tokens/s", text).group(1)), peak


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--steps", type=int, default=8, help="measured steps of a case, after a first one")
    arguments.add_argument("--cases", nargs="+", default=CASES, help="{lora,sft}-{bf16,fp32}-{fixed,ragged}")
    arguments.add_argument("--work", type=pathlib.Path, help="an empty folder; a temporary one without it")
    given = arguments.parse_args()
    work = (given.work or pathlib.Path(tempfile.mkdtemp(prefix="tokens-per-second-"))).resolve()
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "weft", "version"], check=True, stdout=subprocess.DEVNULL)
    if not (work / "base").exists():
        make_base(work / "base")

    print("| case | Weft tokens/s | peer tokens/s | ratio | Weft MB | peer MB | memory |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for case in given.cases:
        speed, peak = ours(work, case, given.steps)
        for other in [case] + ([ALSO[case]] if case in ALSO else []):
            peer_speed, peer_peak = peers(other, given.steps)
            name = case if other == case else f"{case}, peer {other.split('-')[1]}"
            print(f"| {name} | {speed:.0f} | {peer_speed:.0f} | {speed / peer_speed:.2f} "
                  f"| {peak:.0f} | {peer_peak:.0f} | {peak / peer_peak:.2f} |", flush=True)


if __name__ == "__main__":
    main()
