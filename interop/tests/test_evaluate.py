"""`weft evaluate` on checkpoints that nobody prepared, against Transformers and PEFT."""

import pytest
import torch

from weft_interop import models, oracle

CHECKPOINTS = {
    "plain": {},
    "one-kv-head": {"num_key_value_heads": 1, "tie_word_embeddings": True, "dtype": torch.bfloat16},
    "head-dim-biases": {"head_dim": 20, "attention_bias": True, "mlp_bias": True, "dtype": torch.float16, "begin": True},
    "llama3-rope-4": {"rope": models.LLAMA3_ROPE, "style": 4, "dtype": torch.bfloat16, "num_key_value_heads": 4},
    "llama3-rope-5": {"rope": models.LLAMA3_ROPE, "style": 5, "rms_norm_eps": 1e-5, "num_hidden_layers": 3},
}
ADAPTERS = {
    "query-value": {},
    "all-linear": {"target_modules": "all-linear", "r": 3, "lora_alpha": 7},
    "rslora-patterns": {"target_modules": ["q_proj", "down_proj"], "use_rslora": True,
                        "rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.mlp.down_proj": 5}},
    "head-and-norms": {"modules_to_save": ["lm_head", "norm"]},
    "embeddings": {"modules_to_save": ["embed_tokens"]},
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_loss_is_that_of_transformers(name, weft, tmp_path, generator):
    base = tmp_path / "model"
    models.checkpoint(base, **CHECKPOINTS[name])
    records = models.records(24, generator)
    data = models.write_lines(tmp_path / "records.jsonl", records)

    found = weft.json("evaluate", "--model", base, "--data", data)

    compare(found, oracle.evaluate(oracle.load(base), base, records, 128), len(records))


@pytest.mark.parametrize("name", ADAPTERS)
def test_loss_with_a_peft_adapter_is_that_of_peft(name, weft, tmp_path, generator):
    base, adapter = tmp_path / "model", tmp_path / "adapter"
    models.checkpoint(base, dtype=torch.bfloat16, tie_word_embeddings=True)
    models.adapter(base, adapter, **ADAPTERS[name])
    records = models.records(16, generator)
    data = models.write_lines(tmp_path / "records.jsonl", records)
    expected = oracle.evaluate(oracle.load(base, adapter), base, records, 128)
    alone = oracle.evaluate(oracle.load(base), base, records, 128)
    assert abs(expected["loss"] - alone["loss"]) > 1e-3, "an adapter that changes nothing proves nothing"

    found = weft.json("evaluate", "--model", base, "--adapter", adapter, "--data", data)

    compare(found, expected, len(records))


def test_a_sharded_checkpoint_is_one_model(weft, tmp_path, generator):
    base, shards = tmp_path / "model", tmp_path / "shards"
    models.checkpoint(base)
    models.checkpoint(shards)
    (shards / "model.safetensors").unlink()
    oracle.load(base).save_pretrained(shards, max_shard_size="40KB")
    assert len(list(shards.glob("model-*.safetensors"))) > 2
    data = models.write_lines(tmp_path / "records.jsonl", models.records(6, generator))

    assert weft.json("evaluate", "--model", shards, "--data", data) == weft.json("evaluate", "--model", base, "--data", data)


def compare(found, expected, samples):
    assert found["loss"] == pytest.approx(expected["loss"], abs=1e-4)
    assert found["perplexity"] == pytest.approx(torch.tensor(expected["loss"]).exp().item(), rel=1e-3)
    assert found["tokens"] == expected["tokens"]
    assert found["samples"] == samples
    assert found["tokenAccuracy"] == pytest.approx(expected["tokenAccuracy"], abs=1.5 / expected["tokens"])
