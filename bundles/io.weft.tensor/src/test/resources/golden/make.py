"""Makes the files of this folder with torch, safetensors and Transformers.

    python make.py        # in an environment with interop/requirements.txt
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent
METADATA = {"format": "pt"}


def all_types():
    """Every type that Weft reads, in an order that is not the file's, with names that need care in JSON."""
    steps = torch.arange(-6, 6)
    tensors = {
        "weights.f32": torch.linspace(-2, 2, 12).reshape(3, 4),
        "weights.f64": steps.to(torch.float64).reshape(2, 6) / 3,
        "weights.f16": (steps / 4).to(torch.float16).reshape(2, 2, 3),
        "weights.bf16": (steps / 4).to(torch.bfloat16),
        "codes.e5m2": (steps / 4).to(torch.float8_e5m2),
        "codes.e4m3": (steps / 4).to(torch.float8_e4m3fn),
        "count.i64": steps * 2**40, "count.i32": (steps * 2**20).to(torch.int32), "count.i16": (steps * 100).to(torch.int16),
        "count.i8": steps.to(torch.int8), "count.u8": (steps + 6).to(torch.uint8), "mask": steps % 2 == 0,
        "scalar": torch.tensor(0.5), "empty": torch.zeros(0, 7), "Größe.é": torch.ones(2), "日本語": torch.ones(1),
        "\U0001f9f5thread": torch.ones(1), "\uffee": torch.ones(1), "B": torch.ones(1), "a": torch.ones(1),
        'quote " slash / backslash \\ tab \t bell \x07 escape \x1b delete \x7f': torch.ones(3),
    }
    save_file(tensors, HERE / "all-types.safetensors", METADATA)
    save_file({}, HERE / "no-tensors.safetensors", METADATA)
    save_file({"a": torch.ones(2)}, HERE / "no-metadata.safetensors")
    save_file({"a": torch.ones(2, dtype=torch.uint32)}, HERE / "unsigned.safetensors", METADATA)


def sharded():
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
                                         num_attention_heads=2, tie_word_embeddings=False))
    model.to(torch.bfloat16).save_pretrained(HERE / "sharded", max_shard_size="2KB")
    for extra in ("generation_config.json",):
        (HERE / "sharded" / extra).unlink()
    save_file(model.state_dict(), HERE / "sharded-as-one.safetensors", METADATA)


def halves():
    """Narrowing at random bit patterns and around every rounding boundary; widening as a digest over all bit patterns."""
    torch.manual_seed(0)
    every = torch.arange(65536, dtype=torch.int32).to(torch.uint16)
    digests = {}
    edges = []
    for name, dtype in (("F16", torch.float16), ("BF16", torch.bfloat16)):
        values = every.view(dtype).float()
        values[values.isnan()] = torch.nan
        digests[name] = hashlib.sha256(values.numpy().tobytes()).hexdigest()
        some = values[torch.randint(0, 65536, (700,))]
        between = (some.double() + every.view(dtype)[torch.randint(0, 65536, (700,))].double()) / 2
        neighbours = (some.double() + torch.nextafter(some, torch.tensor(torch.inf)).double()) / 2
        bits = some.view(torch.int32)
        half_up = (bits + (0x1000 if name == "F16" else 0x8000)).view(torch.float32)
        edges += [some, between.float(), neighbours.float(), half_up, torch.nextafter(half_up, torch.tensor(0.0)),
                  torch.nextafter(half_up, torch.tensor(torch.inf))]
    special = torch.tensor([0.0, -0.0, torch.inf, -torch.inf, 65504.0, 65519.9, 65520.0, 65536.0, 1e-8, 2.0**-24, 2.0**-25,
                            2.0**-25 * 1.0001, 2.0**-14, 6.1e-5, 1e-40, -1e-45, 3.4e38, 3.3895e38])
    random = torch.randint(-2**31, 2**31, (1500,)).to(torch.int32).view(torch.float32)
    wide = torch.cat([*edges, special, random])
    wide = wide[~wide.isnan()].contiguous()
    save_file({"wide": wide, "f16": wide.to(torch.float16), "bf16": wide.to(torch.bfloat16)},
              HERE / "halves.safetensors", METADATA)
    (HERE / "halves.json").write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    all_types()
    sharded()
    halves()
