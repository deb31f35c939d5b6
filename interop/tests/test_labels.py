"""Which tokens are labels, and what a limit cuts off: counted and weighed by the loss, which depends on every one of them."""

import json

import pytest

from weft_interop import models, oracle


@pytest.mark.parametrize("begin", [False, True], ids=["without-begin", "with-begin"])
@pytest.mark.parametrize("limit", [5, 20, 128])
def test_a_limit_cuts_as_documented(begin, limit, weft, tmp_path, generator):
    base = tmp_path / "model"
    tokenizer = models.checkpoint(base, begin=begin, num_hidden_layers=1)
    records = models.records(30, generator) + [
        {"text": "the"},
        {"text": "the weaver pulls a red thread " * 60},
        {"prompt": "🧵🐑 sentiment: ", "completion": "the"},
        {"prompt": "", "completion": "🐑 alone"},
        {"prompt": "the loom " * 40, "completion": "and " * 6},
        {"prompt": "short ", "completion": "織る 🧵 " * 30},
    ]
    lengths = [len(oracle.tokens_and_labels(record, tokenizer, 1, 10**6)[0]) for record in records]
    assert max(lengths) > 100 and any(length <= limit for length in lengths)
    data = models.write_lines(tmp_path / "records.jsonl", records)

    found = weft.json("evaluate", "--model", base, "--data", data, "--max-length", limit)

    expected = oracle.evaluate(oracle.load(base), base, records, limit)
    assert (found["tokens"], found["samples"]) == (expected["tokens"], len(records))
    assert found["loss"] == pytest.approx(expected["loss"], abs=1e-4)


def test_a_text_of_600_tokens_is_cut_at_the_models_limit(weft, tmp_path):
    base = tmp_path / "model"
    tokenizer = models.checkpoint(base, num_hidden_layers=1)
    text = "the weaver pulls a red thread"
    while len(tokenizer.encode(text).ids) < 600:
        text += " the"
    assert len(tokenizer.encode(text).ids) == 600
    data = models.write_lines(tmp_path / "records.jsonl", [{"text": text}])

    found = weft.json("evaluate", "--model", base, "--data", data)

    assert found["tokens"] == 127
    assert found["loss"] == pytest.approx(oracle.evaluate(oracle.load(base), base, [{"text": text}], 128)["loss"], abs=1e-4)


@pytest.mark.parametrize("source", ["generation_config.json", "config.json"])
def test_the_end_of_sequence_is_found_where_documented(source, weft, tmp_path, generator):
    base = tmp_path / "model"
    models.checkpoint(base, num_hidden_layers=1)
    change(base / "tokenizer_config.json", lambda config: config.pop("eos_token"))
    if source == "generation_config.json":
        change(base / source, lambda config: config.update(eos_token_id=[7, 1]))
    else:
        (base / "generation_config.json").unlink()
        change(base / source, lambda config: config.update(eos_token_id=9))
    assert oracle.end_of_sequence(base) in (7, 9)
    records = models.records(8, generator)
    data = models.write_lines(tmp_path / "records.jsonl", records)

    found = weft.json("evaluate", "--model", base, "--data", data)

    assert found["loss"] == pytest.approx(oracle.evaluate(oracle.load(base), base, records, 128)["loss"], abs=1e-4)


def change(path, edit):
    config = json.loads(path.read_text())
    edit(config)
    path.write_text(json.dumps(config))
