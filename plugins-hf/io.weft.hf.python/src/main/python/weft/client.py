"""The functions of the Client API. One process takes part in one job at one site."""

import json
import math
import os

from . import tensors
from .control import Channel, NotConnected
from .model import FLMetaKey, FLModel, ParamsType

TRAIN, EVALUATE, SUBMIT_MODEL = "train", "validate", "submit-model"


class _Session:
    """What this process knows of its job, and the task that it has."""

    def __init__(self, channel):
        self.channel = channel
        self.welcome = channel.welcome
        self.task = None
        self.received = None
        self.types = {}
        self.steps = {}

    def take(self, timeout=None):
        """Waits for a task; False when there will be none, or none came in time."""
        if self.task is None:
            self.task = self.channel.next(timeout)
        return self.task is not None

    def receive(self, timeout):
        if not self.take(timeout):
            return None
        if self.received is None:
            self.received = self._open()
        return self.received

    def _open(self):
        task, params = self.task, None
        if task.get("model"):
            file = tensors.TensorFile(task["model"])
            self.types = file.types
            params = file.arrays(self.welcome.get("params", "numpy"))
        meta = {
            FLMetaKey.CURRENT_ROUND: task["round"] - 1,
            FLMetaKey.TOTAL_ROUNDS: task["rounds"],
            FLMetaKey.JOB_ID: self.welcome["job"],
            FLMetaKey.SITE_NAME: self.welcome["site"],
        }
        return FLModel(params=params, current_round=task["round"] - 1, total_rounds=task["rounds"], meta=meta)

    def send(self, model, clear_cache):
        if self.task is None:
            raise RuntimeError("there is no task to answer: call weft.receive() first, and weft.send() once for each model received")
        if not isinstance(model, FLModel):
            raise TypeError(f"weft.send() takes an FLModel, not {type(model).__name__}")
        task, self.task = self.task, None
        answer = {
            "round": task["round"],
            "task": task["task"],
            "metrics": {str(name): float(value) for name, value in (model.metrics or {}).items()},
            "meta": {str(key): value for key, value in model.meta.items() if isinstance(value, (int, float, str, bool))},
        }
        if model.params is not None and task.get("update"):
            tensors.write(task["update"], model.params, self.types)
            answer["model"] = task["update"]
            answer["difference"] = ParamsType(model.params_type or ParamsType.FULL) is ParamsType.DIFF
        if clear_cache:
            self.clear()
        self.channel.tell("result", **_plain(answer))

    def write(self, kind, tag, step, values):
        if step is None:
            step = self.steps[tag] = self.steps.get(tag, -1) + 1
        self.channel.tell(kind, tag=tag, step=int(step), **values)

    def clear(self):
        if self.received is not None:
            self.received.params = None
        self.received = None


_session = None
_rank = 0
_told = None
_asked_instead = None


def _plain(answer):
    """JSON knows no numbers that are none; the site refuses them by name, so they travel as text."""
    for part in ("metrics", "meta"):
        answer[part] = {key: _number(value) for key, value in answer[part].items()}
    return answer


def _number(value):
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _current():
    if _session is None:
        raise RuntimeError("weft.init() was not called")
    return _session


def _welcome():
    """What the site told; to the ranks that do not talk to it, in a file."""
    global _told
    if _rank == 0:
        return _current().welcome
    if _told is None:
        try:
            with open(os.environ.get("WEFT_WELCOME") or _attachment()["welcome"], encoding="utf-8") as file:
                _told = json.load(file)
        except (KeyError, OSError, ValueError) as error:
            raise NotConnected(f"rank {_rank} does not see what the site tells its processes (WEFT_WELCOME); where ranks share no files,"
                               " let rank 0 pass on what they need") from error
    return _told


def init(rank=None, config_file=None):
    """Joins the site that started this process. Of several processes of one training only that of rank 0 talks to the site.

    rank: this process's; without it, what the environment says (RANK), else 0.
    config_file: taken for the sake of scripts that give one; the site tells all there is to know.
    """
    global _session, _rank
    _rank = int(os.environ.get("RANK", "0") if rank is None else rank)
    if _rank != 0 or _session is not None:
        return
    path, token = os.environ.get("WEFT_CONTROL"), os.environ.get("WEFT_TOKEN")
    if not path or not token:
        attachment = _attachment()
        path, token = attachment["control"], attachment["token"]
    _session = _Session(Channel(path, token, _rank))


def _attachment():
    """What a site told that waits for a trainer which somebody else starts: its socket, its token, and a file with its welcome."""
    file = os.environ.get("WEFT_ATTACH")
    if not file:
        raise NotConnected("no Weft site started this process (WEFT_CONTROL and WEFT_TOKEN are not set), and it was not told which one to"
                           " join (WEFT_ATTACH); run it with a job: weft simulate JOB")
    try:
        with open(file, encoding="utf-8") as opened:
            return json.load(opened)
    except OSError as error:
        raise NotConnected(f"WEFT_ATTACH names {file}, which cannot be read ({error.strerror}): no site waits for a trainer there") from error


def is_running():
    """Waits for the next task; False when the job is over, or this process has not rank 0 (of a patched trainer all ranks learn the same)."""
    if _asked_instead is not None:
        return _asked_instead()
    return _rank == 0 and _current().take()


def receive(timeout=None):
    """The model of the current task, waiting for one; None when the job is over, no task came in `timeout` seconds, or this process
    has not rank 0."""
    return None if _rank != 0 else _current().receive(timeout)


def ask_instead(running):
    """What `is_running` asks from now on: a patched trainer, whose ranks take part together."""
    global _asked_instead
    _asked_instead = running


def is_over():
    """Whether the site has no more tasks for this process."""
    return _rank != 0 or _current().channel.over


def send(model, clear_cache=True):
    """Answers the current task. The received model's params are given back, unless `clear_cache` is False."""
    if _rank == 0:
        _current().send(model, clear_cache)


def clear():
    """Gives the received model's params back."""
    if _rank == 0:
        _current().clear()


def get_task_name():
    """`train`, `validate` or `submit_model`; None when there is no task."""
    task = None if _rank != 0 else _current().task
    return None if task is None else task["task"].replace("-", "_")


def is_train():
    """Whether the current task is to train."""
    return get_task_name() == TRAIN


def is_evaluate():
    """Whether the current task is to measure the received model and send metrics alone."""
    return get_task_name() == EVALUATE


def is_submit_model():
    """Whether the current task is to send a model as it is."""
    return get_task_name() == SUBMIT_MODEL.replace("-", "_")


def get_job_id():
    return _welcome()["job"]


def get_site_name():
    return _welcome()["site"]


def get_config():
    """The job file as this site runs it."""
    return _welcome()["config"]


def system_info():
    """Where this process takes part: job_id, site_name, datasets (files of `train` and `validate`), data_folder (or None)."""
    welcome = _welcome()
    return {
        "job_id": welcome["job"],
        "site_name": welcome["site"],
        "datasets": welcome.get("datasets", {}),
        "data_folder": welcome.get("data"),
    }


def log(key, value, data_type=None, global_step=None, **kwargs):
    """Writes a number, a text, or a dictionary of numbers down for the server's trackers, live; see `weft.tracking`.

    global_step: where in the training it belongs; without it the values of a key are counted.
    """
    if isinstance(value, dict):
        for name, one in value.items():
            log(f"{key}/{name}", one, global_step=global_step)
    elif isinstance(value, str):
        write("text", key, global_step, text=value)
    else:
        write("scalar", key, global_step, value=_number(float(value)))


def write(kind, tag, step, **values):
    """Sends what trackers are to have: nothing of it is left out."""
    if _rank == 0:
        _current().write(kind, str(tag), step, values)


def shutdown():
    """Leaves the job, and lets the process go on. One that ends leaves by that."""
    global _session
    if _session is not None:
        _session.clear()
        _session.channel.close()
        _session = None
