"""Simulations with every option of the strategies, opened with PEFT and Transformers."""

import functools
import json

import pytest
import torch
from peft import PeftConfig
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from weft_interop import models, oracle

JOB = """\
name: interop
workflow: {type: fedavg, rounds: 2}
model: {backend: hf, base: model}
strategy: STRATEGY
data: {train: words, validate: words-eval, maxLength: 64}
train: {lr: 5.0e-3, batch: 4, epochs: 2, seed: 3, precision: fp32}
"""
ADAPTERS = {
    "rslora-patterns": ("{type: lora, rank: 4, alpha: 8, targets: all-linear, rslora: true, rankPattern: [down_proj=7,"
                        " '0.self_attn.q_proj=2'], alphaPattern: [v_proj=3]}", False),
    "modules-to-save": ("{type: lora, targets: q_proj, modulesToSave: [lm_head, norm, embed_tokens]}", False),
    "head-of-tied": ("{type: lora, targets: q_proj, modulesToSave: lm_head}", True),
    "embeddings-of-tied": ("{type: lora, targets: q_proj, modulesToSave: embed_tokens}", True),
}
WHOLE = {
    "all": ("{type: sft}", torch.bfloat16, False),
    "all-of-tied": ("sft", torch.float16, True),
    "upper-layer-and-head": ("{type: sft, train: ['layers.1', lm_head]}", torch.bfloat16, False),
    "projections-of-tied": ("{type: sft, train: ['[qv]_proj', 'model.norm']}", torch.float32, True),
}


@pytest.fixture(scope="module")
def simulated(weft, tmp_path_factory):
    def run(strategy, dtype, tied):
        folder = tmp_path_factory.mktemp("strategy")
        torch.manual_seed(12)
        generator = torch.Generator().manual_seed(12)
        models.checkpoint(folder / "model", dtype=dtype, tie_word_embeddings=tied)
        validation = []
        for site, count in (("site-1", 20), ("site-2", 11)):
            models.write_lines(folder / "sites" / site / "words.jsonl", models.records(count, generator))
            part = models.records(count // 2, generator)
            models.write_lines(folder / "sites" / site / "words-eval.jsonl", part)
            validation += part
        (folder / "job.yaml").write_text(JOB.replace("STRATEGY", strategy))
        weft.run("simulate", folder / "job.yaml", "--out", folder / "run")
        return folder, validation

    return functools.cache(run)


@pytest.mark.parametrize("name", ADAPTERS)
def test_peft_opens_the_adapter_and_gives_the_closing_validation_loss(name, simulated, weft):
    strategy, tied = ADAPTERS[name]
    folder, validation = simulated(strategy, torch.bfloat16, tied)
    base, result = folder / "model", folder / "run" / "result"

    expected = oracle.evaluate(oracle.load(base, result), base, validation, 64)
    assert expected["loss"] == pytest.approx(closing(folder), abs=1e-4)
    assert expected["loss"] < oracle.evaluate(oracle.load(base), base, validation, 64)["loss"] - 0.02, "training did not help"

    data = models.write_lines(folder / "union.jsonl", validation)
    found = weft.json("evaluate", "--model", base, "--adapter", result, "--data", data, "--max-length", 64)
    assert found["loss"] == pytest.approx(expected["loss"], abs=1e-4)
    prompt = "the weaver pulls"
    text, closest = oracle.greedy(oracle.load(base, result), base, prompt, 6)
    if closest > 1e-3:
        assert weft.run("generate", "--model", base, "--adapter", result, "--prompt", prompt, "--max-tokens", 6).strip() in (
            text.strip(), (prompt + text).strip())


def test_peft_reads_the_options(simulated):
    strategy, tied = ADAPTERS["rslora-patterns"]
    config = PeftConfig.from_pretrained(simulated(strategy, torch.bfloat16, tied)[0] / "run" / "result")
    assert config.use_rslora
    assert config.rank_pattern == {"down_proj": 7, "0.self_attn.q_proj": 2}
    assert config.alpha_pattern == {"v_proj": 3}
    strategy, tied = ADAPTERS["modules-to-save"]
    config = PeftConfig.from_pretrained(simulated(strategy, torch.bfloat16, tied)[0] / "run" / "result")
    assert set(config.modules_to_save) == {"lm_head", "norm", "embed_tokens"}


@pytest.mark.parametrize("name", ["rslora-patterns", "modules-to-save"])
def test_the_adapter_folds_into_its_base(name, simulated, weft):
    strategy, tied = ADAPTERS[name]
    folder, validation = simulated(strategy, torch.bfloat16, tied)
    merged = folder / "merged"
    weft.run("merge", "--model", folder / "model", "--adapter", folder / "run" / "result", "--out", merged)
    assert oracle.evaluate(oracle.load(merged), merged, validation, 64)["loss"] == pytest.approx(closing(folder), abs=2e-2)


@pytest.mark.parametrize("name", WHOLE)
def test_transformers_opens_the_checkpoint_and_gives_the_closing_validation_loss(name, simulated):
    strategy, dtype, tied = WHOLE[name]
    folder, validation = simulated(strategy, dtype, tied)
    base, result = folder / "model", folder / "run" / "result"

    model = AutoModelForCausalLM.from_pretrained(result)
    assert model.dtype == dtype
    expected = oracle.evaluate(oracle.load(result), result, validation, 64)
    assert expected["loss"] == pytest.approx(closing(folder), abs=1e-4)
    assert expected["loss"] < oracle.evaluate(oracle.load(base), base, validation, 64)["loss"] - 0.02, "training did not help"
    assert AutoTokenizer.from_pretrained(result)("a red thread") == AutoTokenizer.from_pretrained(base)("a red thread")
    assert (result / "generation_config.json").read_bytes() == (base / "generation_config.json").read_bytes()


@pytest.mark.parametrize(("name", "trained"), [
    ("upper-layer-and-head", lambda key: ".layers.1." in key or key == "lm_head.weight"),
    ("projections-of-tied", lambda key: ".q_proj." in key or ".v_proj." in key or key == "model.norm.weight")])
def test_only_what_is_trained_is_exchanged_and_changes(name, trained, simulated):
    folder, _ = simulated(*WHOLE[name])
    before = load_file(folder / "model" / "model.safetensors")
    after = load_file(folder / "run" / "result" / "model.safetensors")
    assert before.keys() == after.keys()
    for key in before:
        assert before[key].dtype == after[key].dtype
        assert torch.equal(before[key], after[key]) != trained(key), key
    for file in (folder / "run" / "rounds").rglob("global.safetensors"):
        with safe_open(file, "pt") as tensors:
            assert sorted(tensors.keys()) == sorted(filter(trained, before)), file


def closing(folder):
    lines = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == "validate" and "site" not in line][-1]["loss"]
