"""Trackers of a script: what they are given arrives at the server while the script runs."""

from . import client


class SummaryWriter:
    """Takes scalars as TensorBoard's writer of the same name does."""

    def __init__(self, *args, **kwargs):
        """Arguments such as a folder are taken and not needed: the server keeps what is written."""

    def add_scalar(self, tag, scalar, global_step=None, **kwargs):
        client.log(tag, scalar, global_step=global_step)

    def add_scalars(self, tag, scalars, global_step=None, **kwargs):
        for name, value in scalars.items():
            client.log(f"{tag}/{name}", value, global_step=global_step)

    def flush(self):
        """Nothing is held back, so there is nothing to do."""

    def close(self):
        """There is nothing to close."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
