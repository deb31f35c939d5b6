"""Writes vectors.safetensors: one tensor, and what bitsandbytes makes of it on a CPU with each code and block size.

    python vectors.py      (needs torch, bitsandbytes, safetensors)

bitsandbytes has its formulas in PyTorch, for every processor, and beside them a native library for some. The library of 0.50.2 looks
8-bit codes up in 65536 cells of equal width, so a number within half a cell of the border between two codes may get another than its
nearest one. The formulas are what a port is held to; what the library gives is kept as *.native.
"""

import ctypes
import pathlib

load = ctypes.cdll.LoadLibrary


def without_native_library(path):
    if "libbitsandbytes" in str(path):
        load_path.append(str(path))
        raise OSError("left out")
    return load(path)


load_path = []
ctypes.cdll.LoadLibrary = without_native_library

import bitsandbytes
import bitsandbytes.functional as F
import torch
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(7)
values = torch.randn(9001, generator=generator) * 0.02
values[4096:4096 + 512] *= 1e-4        # a quiet part
values[5000:5003] = torch.tensor([0.9, -1.1, 0.0])
values[6144:6144 + 128] = 0            # blocks of zeros
out = {"values": values}
versions = {"bitsandbytes": bitsandbytes.__version__, "torch": torch.__version__}

out["int8.map"] = F.create_dynamic_map()
native = load(load_path[0])
for block in (64, 256, 4096):
    codes, state = F.quantize_blockwise(values, blocksize=block)
    out[f"int8.{block}.codes"] = codes
    out[f"int8.{block}.scales"] = state.absmax
    out[f"int8.{block}.decoded"] = F.dequantize_blockwise(codes, state)
    book = F.create_dynamic_map()
    looked_up, scales = torch.empty_like(codes), torch.empty_like(state.absmax)
    native.cquantize_blockwise_cpu_fp32(
        *(ctypes.c_void_p(t.data_ptr()) for t in (book, values, scales, looked_up)),
        ctypes.c_longlong(block),
        ctypes.c_longlong(values.numel()),
    )
    out[f"int8.{block}.native"] = looked_up
for kind in ("nf4", "fp4"):
    for block in (64, 256):
        codes, state = F.quantize_4bit(values, blocksize=block, quant_type=kind)
        out[f"{kind}.{block}.codes"] = codes.flatten()
        out[f"{kind}.{block}.scales"] = state.absmax
        out[f"{kind}.{block}.decoded"] = F.dequantize_4bit(codes, state)
    codes, state = F.quantize_4bit(values, blocksize=64, quant_type=kind, compress_statistics=True)
    out[f"{kind}.double.codes"] = codes.flatten()
    out[f"{kind}.double.scales"] = state.absmax
    out[f"{kind}.double.mean"] = state.offset.reshape(1)
    out[f"{kind}.double.nested"] = state.state2.absmax
    out[f"{kind}.double.decoded"] = F.dequantize_4bit(codes, state)
file = pathlib.Path(__file__).with_name("vectors.safetensors")
save_file({name: tensor.contiguous().clone() for name, tensor in out.items()}, file, metadata=versions)
print(versions, file.stat().st_size)
