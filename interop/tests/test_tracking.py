"""TensorBoard's own reader opens the event files of a simulation and finds in them what metrics.jsonl has."""

import json
import sys

import pytest
import torch
from safetensors.torch import save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from weft_interop import models

JOB = """\
name: tracked
workflow: {type: fedavg, rounds: 2}
model: {backend: hf, base: model}
strategy: {type: lora, rank: 2}
data: {train: words, validate: words-eval, maxLength: 32}
train: {lr: 1.0e-3, batch: 4, epochs: 1, seed: 3, precision: fp32, schedule: cosine}
track: [tensorboard]
"""
SITES = ("site-1", "site-2")


@pytest.fixture(scope="module")
def run(weft, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    generator = torch.Generator().manual_seed(5)
    models.checkpoint(folder / "model", tie_word_embeddings=True)
    for site in SITES:
        models.write_lines(folder / "sites" / site / "words.jsonl", models.records(12, generator))
        models.write_lines(folder / "sites" / site / "words-eval.jsonl", models.records(4, generator))
    (folder / "job.yaml").write_text(JOB)
    weft.run("simulate", folder / "job.yaml", "--out", folder / "run")
    return folder / "run"


def scalars(folder):
    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    return {tag: [(event.step, event.value) for event in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}


def lines(run, kind, site, key):
    """A series of metrics.jsonl; the result's validation is a series of its own."""
    recorded = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [(line["round"], pytest.approx(line[key], rel=1e-6)) for line in recorded
            if line["kind"] == kind and line.get("site") == site and key in line and line.get("model") != "result"]


def test_every_site_has_its_series(run):
    for site in SITES:
        found = scalars(run / "tracking" / "tensorboard" / "sites" / site)
        for kind, key in (("train", "loss"), ("train", "tokensPerSecond"), ("validate", "loss"), ("validate", "perplexity")):
            assert found[f"{kind}/{key}"] == lines(run, kind, site, key), (site, kind, key)
        assert len(found["train/loss"]) == 2
        rates = [value for _, value in found["step/learningRate"]]
        assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1], "a cosine falls"
        assert [step for step, _ in found["step/loss"]] == sorted({step for step, _ in found["step/loss"]})


def test_the_federation_has_its_series(run):
    found = scalars(run / "tracking" / "tensorboard" / "global")
    for key in ("loss", "perplexity"):
        assert found[f"validate/{key}"] == lines(run, "validate", None, key)
    assert [step for step, _ in found["train/loss"]] == [1, 2]
    summary = json.loads((run / "summary.json").read_text())
    assert found["transfer/bytesUp"][-1][1] == summary["bytesUp"]
    assert found["transfer/bytesDown"][-1][1] == summary["bytesDown"]


def test_the_journal_names_the_tracker_that_each_round_held(run):
    events = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    leases = [event for event in events if event["event"] == "lease" and event["kind"] == "Tracker"]
    assert {lease["round"] for lease in leases} >= {1, 2}
    assert all(lease["bundle"] == "io.weft.tracking" and len(lease["sha256"]) == 64 for lease in leases)


SCRIPT = """\
import weft
from weft.tracking import SummaryWriter

weft.init()
writer = SummaryWriter("anywhere")
while weft.is_running():
    received = weft.receive()
    for step in range(2000):
        writer.add_scalar("loss", 1 / (1 + step), global_step=2000 * received.current_round + step)
    writer.add_scalar("train/loss", float("nan"), global_step=received.current_round)
    writer.add_scalars("layers", {"a": 1, "b": 2}, global_step=received.current_round)
    writer.add_text("note", f"round {received.current_round} at {weft.get_site_name()}", global_step=received.current_round)
    writer.add_histogram("weights", [-1.0, 0.5, 0.75, 2.0, float("inf")], global_step=received.current_round, bins=3)
    weft.send(weft.FLModel(params=received.params))
"""


def test_all_that_scripts_write_down_arrives(weft, tmp_path):
    save_file({"w": torch.zeros(4)}, tmp_path / "initial.safetensors")
    (tmp_path / "train.py").write_text(SCRIPT)
    for site in SITES:
        (tmp_path / "sites" / site).mkdir(parents=True)
    (tmp_path / "job.yaml").write_text(
        "name: written\nworkflow: {rounds: 2}\nmodel: {backend: weights, base: initial.safetensors}\n"
        f"trainer: {{command: [{sys.executable}, train.py]}}\ntrack: [tensorboard]\n")
    output = weft.run("simulate", tmp_path / "job.yaml", "--out", tmp_path / "run")
    assert "did not get" not in output
    for site in SITES:
        folder = tmp_path / "run" / "tracking" / "tensorboard" / "sites" / site
        reader = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
        reader.Reload()
        assert [(event.step, event.value) for event in reader.Scalars("loss")] == [
            (2000 * round_ + step, pytest.approx(1 / (1 + step))) for round_ in (0, 1) for step in range(2000)]
        assert [event.value for event in reader.Scalars("layers/b")] == [2, 2]
        assert [event.tensor_proto.string_val[0].decode() for event in reader.Tensors("note")] == [f"round 0 at {site}", f"round 1 at {site}"]
        assert reader.SummaryMetadata("note").plugin_data.plugin_name == "text"
        first = reader.Histograms("weights")[0].histogram_value
        assert (first.min, first.max, first.num, first.sum) == (-1, 2, 4, 2.25)
        assert first.bucket_limit == [0, 1, 2] and first.bucket == [1, 2, 1]
        assert len(reader.Scalars("train/seconds")) == 2, "Weft's own series are there as ever"
        assert [step for step, _ in scalars(folder / "script")["train/loss"]] == [0, 1]
