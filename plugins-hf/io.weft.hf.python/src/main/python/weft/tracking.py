"""Trackers of a script: what they are given arrives at the server while the script runs, and nothing of it is left out."""

import sys

import numpy as np

from . import client


class SummaryWriter:
    """Takes what TensorBoard's writer of the same name takes, of numbers, texts and histograms.

    `global_step` says where in the training a value belongs; without it the values of a tag are counted from 0.
    """

    def __init__(self, *args, **kwargs):
        """Arguments such as a folder are taken and not needed: the server keeps what is written."""

    def add_scalar(self, tag, scalar, global_step=None, **kwargs):
        """A number."""
        client.log(tag, float(scalar), global_step=global_step)

    def add_scalars(self, tag, scalars, global_step=None, **kwargs):
        """Numbers by name, as `tag/name`."""
        client.log(tag, {name: float(value) for name, value in scalars.items()}, global_step=global_step)

    def add_text(self, tag, text, global_step=None, **kwargs):
        """A text, which TensorBoard shows as Markdown."""
        client.log(tag, str(text), global_step=global_step)

    def add_histogram(self, tag, values, global_step=None, bins=64, **kwargs):
        """How the finite ones of some numbers are spread: an array of numpy, a tensor of torch, a list.

        bins: buckets of equal width, at most 1024, or what `numpy.histogram` takes.
        """
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(values, torch.Tensor):
            values = values.detach().double().cpu().numpy()
        numbers = np.asarray(values, dtype=np.float64).reshape(-1)
        numbers = numbers[np.isfinite(numbers)]
        counts, edges = np.histogram(numbers, bins=min(bins, 1024) if isinstance(bins, int) else 64 if bins == "tensorflow" else bins)
        client.write(
            "histogram", tag, global_step, count=int(numbers.size), sum=float(numbers.sum()), squares=float(np.square(numbers).sum()),
            min=float(numbers.min()) if numbers.size else 0.0, max=float(numbers.max()) if numbers.size else 0.0,
            limits=edges[1:].tolist(), counts=counts.tolist())

    def flush(self):
        """Nothing is held back, so there is nothing to do."""

    def close(self):
        """There is nothing to close."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
