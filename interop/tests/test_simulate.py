"""A whole simulation, opened elsewhere: PEFT, safetensors."""

import functools
import json

import pytest
import torch
from peft import PeftConfig
from safetensors.torch import load_file, save_file

from weft_interop import models, oracle

JOB = """\
name: interop
workflow: {type: fedavg, rounds: 2}
model: {backend: hf, base: model}
strategy: {type: lora, rank: 4, alpha: 8, targets: TARGETS}
data: {train: words, validate: words-eval, maxLength: 64}
train: {lr: 5.0e-3, batch: 4, epochs: 2, seed: 3, precision: fp32}
"""


@pytest.fixture(scope="module")
def simulated(weft, tmp_path_factory):
    """A simulation of two sites with unequal data, for each kind of targets."""
    def run(targets, dtype):
        folder = tmp_path_factory.mktemp("simulation")
        torch.manual_seed(11)
        generator = torch.Generator().manual_seed(11)
        models.checkpoint(folder / "model", dtype=dtype, tie_word_embeddings=True)
        validation = []
        for site, count in (("site-1", 24), ("site-2", 13)):
            models.write_lines(folder / "sites" / site / "words.jsonl", models.records(count, generator))
            part = models.records(count // 2, generator)
            models.write_lines(folder / "sites" / site / "words-eval.jsonl", part)
            validation += part
        (folder / "job.yaml").write_text(JOB.replace("TARGETS", targets))
        weft.run("simulate", folder / "job.yaml", "--out", folder / "run")
        return folder, validation

    return functools.cache(run)


cases = pytest.mark.parametrize(
    ("targets", "dtype"), [("[q_proj, v_proj]", torch.float32), ("all-linear", torch.bfloat16)], ids=["query-value", "all-linear"])


@cases
def test_peft_opens_the_result_and_gives_the_closing_validation_loss(targets, dtype, simulated):
    folder, validation = simulated(targets, dtype)
    base, result = folder / "model", folder / "run" / "result"

    expected = oracle.evaluate(oracle.load(base, result), base, validation, 64)
    closing = closing_validation(folder / "run" / "metrics.jsonl")
    assert closing["loss"] == pytest.approx(expected["loss"], abs=1e-4)

    before = oracle.evaluate(oracle.load(base), base, validation, 64)
    assert expected["loss"] < before["loss"] - 0.05, "training did not help"
    config = PeftConfig.from_pretrained(result)
    assert (config.r, config.lora_alpha) == (4, 8)
    assert config.base_model_name_or_path == str(base.resolve())


@cases
def test_weft_evaluates_its_result_as_it_did(targets, dtype, simulated, weft):
    folder, validation = simulated(targets, dtype)
    data = models.write_lines(folder / "union.jsonl", validation)
    found = weft.json("evaluate", "--model", folder / "model", "--adapter", folder / "run" / "result", "--data", data,
                      "--max-length", 64)
    assert found["loss"] == pytest.approx(closing_validation(folder / "run" / "metrics.jsonl")["loss"], abs=1e-4)


@cases
def test_every_tensor_file_is_what_safetensors_writes(targets, dtype, simulated, tmp_path):
    run = simulated(targets, dtype)[0] / "run"
    files = sorted(run.rglob("*.safetensors"))
    assert run / "result" / "adapter_model.safetensors" in files
    for file in files:
        again = tmp_path / "again.safetensors"
        save_file(load_file(file), again, {"format": "pt"})
        assert file.read_bytes() == again.read_bytes(), file
    tensors = load_file(run / "result" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {dtype}
    assert all(".lora_" in name for name in tensors), "only the adapter is exchanged"


def test_the_same_seed_gives_the_same_bytes(simulated, weft):
    folder, _ = simulated("all-linear", torch.bfloat16)
    weft.run("simulate", folder / "job.yaml", "--out", folder / "again")
    files = sorted(file.relative_to(folder / "run") for file in (folder / "run").rglob("*.safetensors"))
    assert len(files) >= 6, "a result, three global models, and an update a site of the last round"
    for file in files:
        assert (folder / "run" / file).read_bytes() == (folder / "again" / file).read_bytes(), file


def closing_validation(path):
    """The server's last line about the validation of the global model."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["kind"] == "validate" and "site" not in line][-1]
