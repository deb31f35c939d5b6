#!/usr/bin/env python3
"""Writes a safetensors file with the shapes of GPT-Neo 1.3B and random values: gpt_neo_checkpoint.py FILE (5.7 GB)

The output projection stands beside the embeddings, as in the state dict whose sizes NVIDIA FLARE publishes. Values are normally
distributed with a deviation of 0.02 in fp32, piece by piece, so that little of them is in memory. numpy is needed.
"""

import json
import struct
import sys

import numpy as np

HIDDEN, INNER, LAYERS, VOCABULARY, POSITIONS = 2048, 8192, 24, 50257, 2048
PIECE = 1 << 22


def shapes():
    yield "lm_head.weight", (VOCABULARY, HIDDEN)
    yield "transformer.wte.weight", (VOCABULARY, HIDDEN)
    yield "transformer.wpe.weight", (POSITIONS, HIDDEN)
    for layer in range(LAYERS):
        block = f"transformer.h.{layer}."
        for norm in ("ln_1", "ln_2"):
            yield f"{block}{norm}.weight", (HIDDEN,)
            yield f"{block}{norm}.bias", (HIDDEN,)
        for projection in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield f"{block}attn.attention.{projection}.weight", (HIDDEN, HIDDEN)
        yield f"{block}attn.attention.out_proj.bias", (HIDDEN,)
        yield f"{block}mlp.c_fc.weight", (INNER, HIDDEN)
        yield f"{block}mlp.c_fc.bias", (INNER,)
        yield f"{block}mlp.c_proj.weight", (HIDDEN, INNER)
        yield f"{block}mlp.c_proj.bias", (HIDDEN,)
    yield "transformer.ln_f.weight", (HIDDEN,)
    yield "transformer.ln_f.bias", (HIDDEN,)


def main():
    header, at = {}, 0
    for name, shape in shapes():
        size = 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(1)
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for left in range(at // 4, 0, -PIECE):
            values = random.standard_normal(min(left, PIECE), dtype=np.float32)
            out.write((values * np.float32(0.02)).tobytes())


main()
