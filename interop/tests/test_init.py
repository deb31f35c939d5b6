"""What `weft init` writes runs as it is."""

import json

import pytest

from weft_interop import models


def runs(weft, folder, *split):
    weft.run("init", folder)
    weft.run("simulate", folder / "job.yaml", *split, "--out", folder / "run")
    assert json.loads((folder / "run" / "summary.json").read_text())["state"] == "FINISHED"
    return (folder / "job.yaml").read_text()


@pytest.fixture
def folder(tmp_path):
    models.checkpoint(tmp_path / "base", tie_word_embeddings=True)
    return tmp_path


def test_for_sites(weft, folder, generator):
    for site, count in (("north", 20), ("south", 11)):
        models.write_lines(folder / "sites" / site / "words.jsonl", models.records(count, generator))
    models.write_lines(folder / "sites" / "north" / "words-val.jsonl", models.records(5, generator))
    text = runs(weft, folder)
    assert "validate: words-val" in text and "31 records over all sites" in text


def test_for_one_file_with_a_template(weft, folder, generator):
    records = [{"instruction": record["prompt"], "output": record["completion"]}
               for record in models.records(60, generator) if "prompt" in record]
    models.write_lines(folder / "words.jsonl", records)
    text = runs(weft, folder, "--split", f"{folder / 'words.jsonl'}:2")
    assert "template: alpaca" in text
