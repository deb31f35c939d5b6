"""`weft data` counts the tokens and labels that a second implementation counts."""

import pytest
from tokenizers import Tokenizer

from weft_interop import models, oracle


@pytest.mark.parametrize("max_length", [128, 12])
def test_tokens_and_labels(max_length, weft, tmp_path, generator):
    models.checkpoint(tmp_path / "model")
    records = models.records(30, generator)
    data = models.write_lines(tmp_path / "records.jsonl", records)
    tokenizer, end = Tokenizer.from_file(str(tmp_path / "model" / "tokenizer.json")), oracle.end_of_sequence(tmp_path / "model")
    whole = [oracle.tokens_and_labels(record, tokenizer, end, 10**9) for record in records]
    kept = [oracle.tokens_and_labels(record, tokenizer, end, max_length) for record in records]

    found = weft.json("data", data, "--model", tmp_path / "model", "--max-length", max_length)

    lengths = sorted(len(tokens) for tokens, _ in whole)
    assert found["records"] == len(records)
    assert found["tokens"] == {"shortest": lengths[0], "median": lengths[14], "p90": lengths[26], "longest": lengths[-1],
                               "sum": sum(lengths)}
    assert found["labelled"] == sum(sum(labels) for _, labels in kept)
    assert found["shortenedTexts"] + found["shortenedPrompts"] + found["cutAnswers"] == sum(n > max_length for n in lengths)
    assert found["characters"]["sum"] == sum(len("".join(record.values())) for record in records)
    assert found["first"] == records[0]
