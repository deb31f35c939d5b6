"""Writes clip.json beside itself: one update, clipped flat as in DP-FedAvg (McMahan et al. 2018, section 3), by PyTorch.

Run with Python 3 and torch; the file is the same each time.
"""

import json
import pathlib

import torch

torch.manual_seed(11)
update = {"a": torch.randn(3, 4), "b": torch.randn(7) * 4, "c": torch.randn(1) * 1e-3}
norm = torch.cat([tensor.double().flatten() for tensor in update.values()]).norm()


def clipped(largest):
    factor = torch.clamp(largest / norm, max=1.0)
    return {name: (tensor.double() * factor).float().flatten().tolist() for name, tensor in update.items()}


# The function that clips gradients in PyTorch scales the same way; its 1e-6 in the denominator is the only difference.
parameters = [torch.nn.Parameter(torch.zeros_like(tensor)) for tensor in update.values()]
for parameter, tensor in zip(parameters, update.values()):
    parameter.grad = tensor.clone()
torch.nn.utils.clip_grad_norm_(parameters, 0.5)
for parameter, values in zip(parameters, clipped(0.5).values()):
    assert torch.allclose(parameter.grad.flatten(), torch.tensor(values), rtol=1e-5)

pathlib.Path(__file__).with_name("clip.json").write_text(
    json.dumps(
        {
            "norm": norm.item(),
            "shapes": {name: list(tensor.shape) for name, tensor in update.items()},
            "update": {name: tensor.flatten().tolist() for name, tensor in update.items()},
            "clipped": {str(largest): clipped(largest) for largest in (0.5, 5.0, 100.0)},
        },
        indent=1,
    )
    + "\n"
)
