"""GB/s of fp32 that PyTorch casts and bitsandbytes codes and decodes, on one thread and on all cores: the median of several passes."""

import os
import statistics
import sys
import time

import torch

PASSES = 30
WARM = 5


def rates(values, encode, decode):
    there, back = [], []
    for index in range(WARM + PASSES):
        begun = time.perf_counter()
        coded = encode(values)
        middle = time.perf_counter()
        decode(coded)
        if index >= WARM:
            back.append(time.perf_counter() - middle)
            there.append(middle - begun)
    size = values.numel() * 4
    return [f"{size / statistics.median(seconds) / 1e9:.2f}" for seconds in (there, back)]


def measure(name, values, encode, decode):
    cells = []
    for threads in (1, os.cpu_count()):
        torch.set_num_threads(threads)
        cells += rates(values, encode, decode)
    print(f"{name:<18} " + " ".join(f"{cell:>15}" for cell in cells), flush=True)


def main():
    values = torch.randn(int(sys.argv[1]) * 65536) * 0.02
    measure("torch copy", values, torch.clone, torch.clone)
    measure("torch bf16", values, lambda x: x.to(torch.bfloat16), lambda x: x.to(torch.float32))
    measure("torch fp16", values, lambda x: x.to(torch.float16), lambda x: x.to(torch.float32))
    try:
        import bitsandbytes.functional as F
    except ImportError:
        print("bitsandbytes is not installed here")
        return
    measure("bitsandbytes int8", values, lambda x: F.quantize_blockwise(x, blocksize=4096), lambda c: F.dequantize_blockwise(*c))
    for kind in ("nf4", "fp4"):
        measure(
            f"bitsandbytes {kind}",
            values,
            lambda x, kind=kind: F.quantize_4bit(x, blocksize=64, quant_type=kind),
            lambda c: F.dequantize_4bit(*c),
        )


main()
