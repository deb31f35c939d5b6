"""`weft merge` gives what PEFT's merge_and_unload gives, as a checkpoint that Transformers opens."""

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from weft_interop import models

ADAPTERS = {
    "query-value": {},
    "all-linear": {"target_modules": "all-linear", "r": 3, "lora_alpha": 7},
    "rslora-patterns": {"target_modules": ["q_proj", "down_proj"], "use_rslora": True,
                        "rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.mlp.down_proj": 5}},
    "embeddings": {"target_modules": ["embed_tokens", "o_proj"], "modules_to_save": ["lm_head"]},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("name", ADAPTERS)
def test_it_is_the_model_that_peft_makes(name, dtype, weft, tmp_path):
    base, adapter, merged = tmp_path / "model", tmp_path / "adapter", tmp_path / "merged"
    models.checkpoint(base, dtype=dtype)
    models.adapter(base, adapter, **ADAPTERS[name])

    weft.run("merge", "--model", base, "--adapter", adapter, "--out", merged)

    expected = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter).merge_and_unload().state_dict()
    before = AutoModelForCausalLM.from_pretrained(base).state_dict()
    found = AutoModelForCausalLM.from_pretrained(merged).state_dict()
    assert found.keys() == expected.keys()
    step = torch.finfo(dtype).eps
    for key, tensor in found.items():
        assert tensor.dtype == before[key].dtype == dtype
        assert torch.allclose(tensor.float(), expected[key].float(), rtol=2 * step, atol=2e-7), key
    changed = [key for key in found if not torch.equal(found[key], before[key])]
    assert len(changed) == len([key for key in expected if not torch.equal(expected[key], before[key])]) > 0
    assert AutoTokenizer.from_pretrained(merged)("a red thread") == AutoTokenizer.from_pretrained(base)("a red thread")


def test_it_computes_what_base_and_adapter_compute(weft, tmp_path, generator):
    base, adapter, merged = tmp_path / "model", tmp_path / "adapter", tmp_path / "merged"
    models.checkpoint(base, tie_word_embeddings=True)
    models.adapter(base, adapter, target_modules="all-linear")
    data = models.write_lines(tmp_path / "records.jsonl", models.records(12, generator))

    weft.run("merge", "--model", base, "--adapter", adapter, "--out", merged)

    alone = weft.json("evaluate", "--model", base, "--data", data)["loss"]
    beside = weft.json("evaluate", "--model", base, "--adapter", adapter, "--data", data)["loss"]
    within = weft.json("evaluate", "--model", merged, "--data", data)["loss"]
    assert within == pytest.approx(beside, abs=1e-5)
    assert abs(beside - alone) > 1e-3


def test_what_does_not_fit_is_refused(weft, tmp_path):
    base, other, adapter = tmp_path / "model", tmp_path / "other", tmp_path / "adapter"
    models.checkpoint(base)
    models.checkpoint(other)
    models.adapter(base, adapter)

    weft.run("merge", "--model", other, "--adapter", adapter, "--out", tmp_path / "merged", expect=2)
    weft.run("merge", "--model", base, "--adapter", adapter, "--out", base, expect=2)
    weft.run("merge", "--model", base, "--adapter", base, "--out", tmp_path / "merged", expect=2)
    assert not (tmp_path / "merged").exists()
