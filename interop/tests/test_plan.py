"""`weft plan` says what a run takes, and the run says how near that was."""

import json

import pytest

from weft_interop import models

JOB = """\
name: planned
workflow: {type: fedavg, rounds: 3}
model: {backend: hf, base: model}
strategy: {type: lora, rank: 4, targets: all-linear}
data: {train: words, validate: words-eval, maxLength: 64}
train: {lr: 1.0e-3, batch: 4, epochs: 1, seed: 3, precision: fp32}
sites: {site-2: {train: {batch: 2, epochs: 2}}}
"""


def test_the_plan_names_the_bytes_that_the_run_takes(weft, tmp_path, generator):
    models.checkpoint(tmp_path / "model")
    counts = {"site-1": 20, "site-2": 30, "site-3": 40}
    for site, count in counts.items():
        models.write_lines(tmp_path / "sites" / site / "words.jsonl", models.records(count, generator))
        models.write_lines(tmp_path / "sites" / site / "words-eval.jsonl", models.records(5, generator))
    (tmp_path / "job.yaml").write_text(JOB)

    plan = weft.json("plan", tmp_path / "job.yaml")

    assert {site: share["records"] for site, share in plan["sites"].items()} == {"site-1": 20, "site-2": 60, "site-3": 40}
    assert {share["validated"] for share in plan["sites"].values()} == {5}
    assert plan["seconds"] > plan["roundSeconds"] > 0 and plan["memory"] > 0
    assert not list((weft.home / "data").glob("plans/.*")) and not list((weft.home / "data").glob("jobs/planned-*"))

    shown = weft.run("simulate", tmp_path / "job.yaml", "--out", tmp_path / "run")

    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    for direction, planned in (("up", plan["bytesUp"]), ("down", plan["bytesDown"])):
        measured = sum(line["wireBytes"] for line in lines
                       if line["kind"] == "transfer" and line["round"] == 2 and line["direction"] == direction)
        assert planned == pytest.approx(measured, rel=0.01)
    assert "\nplanned  " in shown and "\nwas      " in shown


def test_a_job_that_cannot_begin_is_refused(weft, tmp_path):
    (tmp_path / "job.yaml").write_text(JOB)
    weft.run("plan", tmp_path / "job.yaml", expect=2)
