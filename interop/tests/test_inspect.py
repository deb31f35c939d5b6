"""`weft inspect` shows what the safetensors and Transformers libraries see."""

import json

import pytest
import torch
from safetensors import safe_open
from transformers import AutoTokenizer

from weft_interop import models

SIZES = {"F32": 4, "F16": 2, "BF16": 2}


def seen(path):
    """Every tensor by the library's own reader."""
    with safe_open(path, "pt") as file:
        return {name: (file.get_slice(name).get_dtype(), file.get_slice(name).get_shape()) for name in file.keys()}


def shown(found):
    assert all(one["bytes"] == SIZES[one["dtype"]] * torch.Size(one["shape"]).numel() for one in found["tensors"])
    return {one["name"]: (one["dtype"], one["shape"]) for one in found["tensors"]}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_checkpoint(dtype, weft, tmp_path):
    models.checkpoint(tmp_path, dtype=dtype, tie_word_embeddings=True)

    found = weft.json("inspect", tmp_path)

    assert found["kind"] == "checkpoint"
    assert shown(found) == seen(tmp_path / "model.safetensors")
    assert found["config"] == json.loads((tmp_path / "config.json").read_text())
    assert found["tokenizer"]["tokens"] == len(AutoTokenizer.from_pretrained(tmp_path))
    assert found["tokenizer"]["endOfSequence"] == "</s>"


def test_an_adapter_and_its_file(weft, tmp_path):
    models.checkpoint(tmp_path / "model")
    models.adapter(tmp_path / "model", tmp_path / "adapter")

    found = weft.json("inspect", tmp_path / "adapter")

    assert found["kind"] == "adapter"
    assert shown(found) == seen(tmp_path / "adapter" / "adapter_model.safetensors")
    assert found["config"] == json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert shown(weft.json("inspect", tmp_path / "adapter" / "adapter_model.safetensors")) == shown(found)
