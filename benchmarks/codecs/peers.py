"""GB/s of fp32 that PyTorch casts and bitsandbytes codes and decodes on one thread: the best and the median of several passes."""

import statistics
import sys
import time

import torch

torch.set_num_threads(1)
PASSES = 15


def shown(size, seconds):
    return f"{size / min(seconds) / 1e9:.2f} / {size / statistics.median(seconds) / 1e9:.2f}"


def measure(name, values, encode, decode):
    there, back = [], []
    for _ in range(PASSES):
        begun = time.perf_counter()
        coded = encode(values)
        middle = time.perf_counter()
        decode(coded)
        back.append(time.perf_counter() - middle)
        there.append(middle - begun)
    size = values.numel() * 4
    print(f"{name:<18} {shown(size, there):>16} {shown(size, back):>16}")


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
