"""Weft's Client API: a single-machine training script becomes a federated one.

    import weft

    weft.init()
    while weft.is_running():
        received = weft.receive()
        params, steps = train(received.params)
        weft.send(weft.FLModel(params=params, meta={"NUM_STEPS_CURRENT_ROUND": steps}))

The names are those of NVIDIA FLARE's client, so `import weft as flare` is all that its scripts need to change.
Needs Python 3.9 or newer and numpy; torch and ml_dtypes are used where they are installed.
"""

import importlib.util
import os
import sys


def _need(there, message):
    """A program that a site started ends with this one line: nobody needs to read how it came there."""
    if not there:
        raise SystemExit(message) if "WEFT_CONTROL" in os.environ else ImportError(message)


_need(sys.version_info >= (3, 9), f"weft needs Python 3.9 or newer, and {sys.executable} is Python {sys.version.split()[0]}; name"
      " another interpreter in trainer.command")
_need(importlib.util.find_spec("numpy"), f"weft needs numpy, and {sys.executable} has none; install it there"
      f" ({sys.executable} -m pip install numpy), or name another interpreter in trainer.command")

from . import tracking
from .client import (
    clear,
    get_config,
    get_job_id,
    get_site_name,
    get_task_name,
    init,
    is_evaluate,
    is_running,
    is_submit_model,
    is_train,
    log,
    receive,
    send,
    shutdown,
    system_info,
)
from .control import NotConnected
from .model import FLMetaKey, FLModel, ParamsType


def patch(trainer, **options):
    """Makes `trainer.train()` of a transformers.Trainer, or of TRL's SFTTrainer, take part in the job; see `weft.hf.patch`."""
    from . import hf

    return hf.patch(trainer, **options)


__all__ = [
    "FLMetaKey", "FLModel", "NotConnected", "ParamsType", "clear", "get_config", "get_job_id", "get_site_name", "get_task_name",
    "init", "is_evaluate", "is_running", "is_submit_model", "is_train", "log", "patch", "receive", "send", "shutdown", "system_info", "tracking",
]
