"""TensorBoard's own reader opens the event files of a simulation and finds in them what metrics.jsonl has."""

import json

import pytest
import torch
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
