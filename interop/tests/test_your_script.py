"""The scripts of examples/your-script, as a person writes them on TRL's SFTTrainer: federated with a few lines, they learn what Weft's own
trainer learns from the same records, also under torchrun, and beside sites that have no script."""

import difflib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "your-script"
QUICKSTART = ROOT / "examples" / "quickstart"
RECORDS, ROUNDS = 32, 2
SITES = ("garden", "workshop", "zoo")

# What TRL trains with when nobody says otherwise, but for the learning rate, which the scripts give.
LIKE_TRL = "{lr: LR, schedule: linear, batch: 8, epochs: 1, seed: 3, precision: fp32}"
TORCHRUN = f"{sys.executable}, -m, torch.distributed.run, --standalone, --nproc_per_node=2"


def difference(script):
    lines = [(EXAMPLE / name).read_text().splitlines() for name in (f"{script}.py", f"federated_{script}.py")]
    return [line for line in difflib.ndiff(*lines) if line[:1] in ("+", "-")]


@pytest.mark.parametrize("script", ["sft", "lora"])
def test_a_script_is_federated_with_at_most_six_lines(script):
    changed = difference(script)
    assert 0 < len(changed) <= 6, changed
    shown = re.findall(r"```diff\n(.*?)```", (ROOT / "docs" / "federate-your-script.md").read_text(), re.S)
    assert any([re.sub(r"^([+-])", r"\1 ", line) for line in one.splitlines() if line[:1] in ("+", "-")] == changed for one in shown), (
        "the guide shows another difference")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The example with a share of the quick start's records."""
    folder = tmp_path_factory.mktemp("your-script")
    shutil.copytree(QUICKSTART / "base", folder / "base")
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, folder)
    for site in SITES:
        (folder / "sites" / site).mkdir(parents=True)
        for name in ("glosses.jsonl", "glosses-eval.jsonl"):
            lines = (QUICKSTART / "sites" / site / name).read_text().splitlines(keepends=True)
            (folder / "sites" / site / name).write_text("".join(lines[:RECORDS]))
    subprocess.run([sys.executable, "first_adapter.py", "base", "adapter"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def weft(weft):
    """Processes that import TRL take their time, on a machine that has other work above all."""
    return replace(weft, timeout=1200)


@pytest.fixture(scope="module")
def loss(weft, folder):
    """Loss over the records that no site trained on, of a checkpoint or of an adapter on the base."""
    def measured(result):
        adapter = (result / "adapter_config.json").exists()
        model = ["--model", folder / "base", "--adapter", result] if adapter else ["--model", result]
        return weft.json("evaluate", *model, "--data", QUICKSTART / "eval.jsonl")["loss"]

    return measured


@pytest.fixture(scope="module")
def run(weft, folder):
    """Runs a job file of that text; gives the run's folder."""
    def simulate(name, text):
        (folder / f"{name}.yaml").write_text(f"name: {name}\nworkflow: {{rounds: {ROUNDS}}}\n" + text.replace("PYTHON", sys.executable))
        weft.run("simulate", folder / f"{name}.yaml", "--out", folder / "runs" / name)
        return folder / "runs" / name

    return simulate


@pytest.fixture(scope="module")
def by_weft(run):
    """Weft's own trainer: all weights."""
    return run("by-weft", f"model: {{base: base}}\nstrategy: sft\ndata: {{train: glosses}}\ntrain: {LIKE_TRL.replace('LR', '1.0e-3')}\n")


@pytest.fixture(scope="module")
def by_script(run):
    """The script, of a process a site."""
    return run("by-script", "model: {base: base}\ntrainer: {command: [PYTHON, federated_sft.py], files: [base]}\ntrack: [tensorboard]\n")


def assert_as_good(found, expected, base):
    """What is learnt is the same but for the order of the records: losses that lie far closer together than to the base's."""
    assert expected < base - 0.03, "the records teach something"
    assert abs(found - expected) < 0.1 * (base - expected), (found, expected, base)


def trained(run):
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == "train"]


def test_a_script_learns_what_wefts_own_trainer_learns(folder, by_weft, by_script, loss):
    assert_as_good(loss(by_script / "result"), loss(by_weft / "result"), loss(folder / "base"))


def test_a_script_learns_the_same_under_torchrun(folder, run, by_script, loss):
    text = (folder / "federated_sft.py").read_text()
    # Half a batch for each of two ranks is the same batch.
    (folder / "two_ranks.py").write_text(text.replace("learning_rate=1e-3", "learning_rate=1e-3, per_device_train_batch_size=4"))
    found = run("by-torchrun", f"model: {{base: base}}\ntrainer: {{command: [{TORCHRUN}, two_ranks.py], files: [base]}}\n")
    assert_as_good(loss(found / "result"), loss(by_script / "result"), loss(folder / "base"))
    for one, two in zip(trained(by_script), trained(found), strict=True):
        assert [one[key] for key in ("round", "site", "steps", "samples", "tokens")] == [two[key] for key in ("round", "site", "steps", "samples", "tokens")]
        assert one["loss"] == pytest.approx(two["loss"], rel=1e-3), "what a round trained is the same, rank by rank"


def test_sites_with_and_without_a_script_share_a_job(folder, run, by_weft, loss):
    found = run("mixed", f"model: {{base: base}}\nstrategy: sft\ndata: {{train: glosses}}\ntrain: {LIKE_TRL.replace('LR', '1.0e-3')}\n"
                         "sites: {zoo: {trainer: {command: [PYTHON, federated_sft.py], files: [base]}}}\n")
    assert_as_good(loss(found / "result"), loss(by_weft / "result"), loss(folder / "base"))
    assert (found / "sites" / "zoo" / "work" / "trainer.log").exists()
    assert not (found / "sites" / "garden" / "work").exists()


def test_an_adapter_of_a_script_is_as_good_and_opens_in_peft(folder, run, loss):
    script = run("adapter-by-script", "model: {base: adapter}\ntrainer: {command: [PYTHON, federated_lora.py], files: [base]}\n")
    own = run("adapter-by-weft", "model: {base: base}\nstrategy: {type: lora, rank: 8, alpha: 16, targets: all-linear}\n"
                                 f"data: {{train: glosses}}\ntrain: {LIKE_TRL.replace('LR', '5.0e-3')}\n")
    assert_as_good(loss(script / "result"), loss(own / "result"), loss(folder / "base"))
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    PeftModel.from_pretrained(base, script / "result")
    assert set(load_file(script / "result" / "adapter_model.safetensors")) == set(load_file(own / "result" / "adapter_model.safetensors"))


def test_sites_with_and_without_a_script_share_an_adapter(folder, run, loss):
    found = run("adapter-mixed", "model: {base: base}\nstrategy: {type: lora, rank: 8, alpha: 16, targets: all-linear}\n"
                                 f"data: {{train: glosses}}\ntrain: {LIKE_TRL.replace('LR', '5.0e-3')}\n"
                                 "sites: {zoo: {trainer: {command: [PYTHON, federated_lora.py], files: [base]}}}\n")
    assert loss(found / "result") < loss(folder / "base") - 0.03, "the records teach something"
    assert (found / "sites" / "zoo" / "work" / "trainer.log").exists()
