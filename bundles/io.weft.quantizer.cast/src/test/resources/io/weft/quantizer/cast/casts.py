"""Writes casts.bin: 4096 fp32 values, then the same as PyTorch's bf16 and as its fp16 after clamping to what fp16 can hold.

    python casts.py        (needs torch)
"""

import pathlib

import torch

generator = torch.Generator().manual_seed(1)
spread = torch.randn(4000, generator=generator) * torch.pow(10.0, torch.randint(-12, 6, (4000,), generator=generator))
edges = torch.tensor(
    [0.0, -0.0, 1.0, -1.0, 65504.0, 65519.9, 65520.0, 65536.0, -70000.0, 3.0e38, 3.4028235e38, -3.4028235e38]
    + [2.0**-14, 2.0**-24, 2.0**-25, 1.5 * 2.0**-25, -(2.0**-26), 1.4e-45, -1.0e-40]
    + [1.00390625, 1.01171875, 1.001953125, 1.0009765625 + 2.0**-11, 1.00048828125]
)
ties = (torch.arange(72).to(torch.int32) * 0x8000 + 0x3F800000).view(torch.float32)
values = torch.cat([spread, edges, ties])
values = torch.nn.functional.pad(values, (0, 4096 - len(values)))
halves = values.clamp(-65504, 65504).to(torch.float16)
out = pathlib.Path(__file__).with_name("casts.bin")
out.write_bytes(
    values.numpy().tobytes()
    + values.to(torch.bfloat16).view(torch.int16).numpy().tobytes()
    + halves.view(torch.int16).numpy().tobytes()
)
