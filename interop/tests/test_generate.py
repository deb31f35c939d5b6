"""Greedy `weft generate` against Transformers."""

import pytest

from weft_interop import models, oracle


@pytest.mark.parametrize("adapted", [False, True], ids=["base", "adapter"])
def test_the_likeliest_tokens_are_the_same(adapted, weft, tmp_path):
    base, adapter = tmp_path / "model", tmp_path / "adapter"
    prompt = "the weaver pulls"
    for _ in range(20):
        models.checkpoint(base, num_hidden_layers=3, text=models.plain_tokenizer())
        models.adapter(base, adapter)
        text, closest = oracle.greedy(oracle.load(base, adapter if adapted else None), base, prompt, 24)
        if closest > 1e-3:
            break
    else:
        pytest.fail("no model in 20 is sure of its words")

    found = weft.run("generate", "--model", base, *(["--adapter", adapter] if adapted else []), "--prompt", prompt,
                     "--max-tokens", 24, "--temperature", 0)

    assert found.strip() == text.strip()
