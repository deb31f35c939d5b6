"""Federates a `transformers.Trainer` (TRL's SFTTrainer is one): `weft.patch(trainer)`, then `trainer.train()` as before.

Training is one call of the Trainer over the whole federation, which exchanges the model where a round ends. So the optimizer, the
learning rate's schedule and all chance go on as in one uninterrupted training: with one site the result is that of the same training
without Weft.
"""

import os
import random
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from transformers import TrainerCallback

from . import client
from .model import FLMetaKey, FLModel

_PATCHED = "_weft_federation"

# What the Trainer logs, by the tags that Weft's own trainer gives the same numbers.
_LOGGED = {"loss": "step/loss", "learning_rate": "step/learningRate", "grad_norm": "step/gradientNorm"}

# What the Trainer measures beside the model when it evaluates.
_OF_THE_RUN = ("runtime", "per_second", "preparation_time", "compilation_time", "epoch", "num_tokens")

# Ranks that wait for rank 0 hear from it as often, so that no collective operation's own limit ends a long wait for other sites.
_WAIT_SECONDS = 60


def patch(trainer, restore_state=True, load_state_dict_strict=True, params_scope="auto", server_key_prefix=None, local_epochs=None, local_steps=None,
          stream_metrics=True):
    """Makes `trainer.train()` take part in the job: one call trains all rounds. `while weft.is_running(): trainer.evaluate(); trainer.train()` comes to
    the same, with the received model measured in every round.

    trainer: a transformers.Trainer or a subclass, also under torchrun (rank 0 talks to the site).
    restore_state: keeps a checkpoint of every round in the output folder, so that a process that is started again goes on with the
        optimizer, schedule and chance it had.
    params_scope: "model" exchanges all weights, "adapter" a PEFT adapter, "auto" the adapter where there is one.
    local_epochs, local_steps: what a round trains. Without them it is what the arguments say (max_steps, else num_train_epochs).
    server_key_prefix: what the job's tensor names begin with beyond the model's own, where they do.
    load_state_dict_strict, stream_metrics: taken for the sake of scripts that give them; all tensors of the job must be the model's, and what the Trainer
        logs is always passed on.
    """
    if hasattr(trainer, _PATCHED):
        raise RuntimeError("this trainer is patched already; call weft.patch(trainer) once")
    if params_scope not in ("auto", "model", "adapter"):
        raise ValueError(f"params_scope is {params_scope!r}; allowed: 'auto', 'model', 'adapter'")
    if local_epochs is not None and local_steps is not None:
        raise ValueError("give local_epochs or local_steps, not both")
    if trainer.args.load_best_model_at_end:
        raise ValueError("load_best_model_at_end would put a model of one site in the federation's place; leave it out (the job file's"
                         " `select` chooses the best round)")
    for name, used in (("DeepSpeed", "is_deepspeed_enabled"), ("FSDP", "is_fsdp_enabled")):
        if getattr(trainer, used, False):
            raise ValueError(f"{name} keeps weights of its own beside the model's, which patch() does not reach; exchange them with weft.receive() and"
                             " weft.send(), or train with one process, or with plain torchrun")
    client.init()
    federation = _Federation(trainer, restore_state, params_scope, local_epochs, local_steps, server_key_prefix or "")
    setattr(trainer, _PATCHED, federation)
    trainer.add_callback(_RoundCallback(federation))
    trainer.train, federation.original_train = federation.train, trainer.train
    trainer.evaluate, federation.original_evaluate = federation.evaluate, trainer.evaluate
    trainer.training_step, federation.original_step = federation.training_step, trainer.training_step
    client.ask_instead(federation.is_running)
    return trainer


class _RoundCallback(TrainerCallback):
    """Tells the federation where the training is."""

    def __init__(self, federation):
        self._federation = federation

    def on_train_begin(self, args, state, control, **kwargs):
        self._federation.begin_round()

    def on_step_end(self, args, state, control, **kwargs):
        self._federation.stepped()
        if self._federation.steps and state.global_step % self._federation.steps == 0:
            self._federation.end_round(control)

    def on_log(self, args, state, control, logs=None, **kwargs):
        for name, tag in _LOGGED.items():
            if name in (logs or {}):
                client.log(tag, float(logs[name]), global_step=state.global_step)

    def on_epoch_end(self, args, state, control, **kwargs):
        if self._federation.epochs and round(state.epoch) % self._federation.epochs == 0:
            self._federation.end_round(control)


class _Federation:
    def __init__(self, trainer, restore_state, scope, local_epochs, local_steps, prefix):
        self.trainer = trainer
        self.restore_state = restore_state
        self.prefix = prefix
        self.adapter = _is_adapter(trainer.model) if scope == "auto" else scope == "adapter"
        self.steps, self.epochs = _budget(trainer.args, local_epochs, local_steps)
        if self.adapter and _rank() == 0:
            _refuse_other_scale(trainer.model.peft_config, client.get_config().get("strategy"))
        self.received = None  # the task that is to be answered
        self.counted = None
        self.training = False
        self.measures = str(getattr(trainer.args.eval_strategy, "value", trainer.args.eval_strategy)) != "no"

    # --- the whole training -----------------------------------------------------------------------------------------

    def train(self, *args, **kwargs):
        """trainer.train, over all rounds that are left; None when the job is over."""
        if not self._take():
            return None
        arguments, round_, rounds = self.trainer.args, self.received["round"], self.received["rounds"]
        if self.steps:
            arguments.max_steps = self.steps * rounds
        else:
            arguments.num_train_epochs = self.epochs * rounds
        if round_ > 0 and not kwargs.get("resume_from_checkpoint"):
            kept = self._kept(round_)
            if kept is not None:
                kwargs["resume_from_checkpoint"] = str(kept)
            else:
                print(f"weft: round {round_ + 1} of {rounds} begins without the optimizer's state of the rounds before it", flush=True)
        self.training = True
        try:
            return self.original_train(*args, **kwargs)
        finally:
            self.training = False

    def evaluate(self, *args, **kwargs):
        """trainer.evaluate, of the received model where there is one; what it finds goes to the server, in all rounds from then on."""
        if self.training or not self.is_running():
            return self.original_evaluate(*args, **kwargs)
        self.measures = True
        self._load()
        found = self._measured(*args, **kwargs)
        if self.received["kind"] == "train":
            self.received["metrics"] = _validation(found)
        else:
            self._answer(found)
        return found

    def is_running(self):
        """Whether there is something to do; every rank learns the same."""
        if self.received is None:
            self.received = self._received()
        return self.received is not None

    def training_step(self, model, inputs, *args, **kwargs):
        loss = self.original_step(model, inputs, *args, **kwargs)
        labels = inputs.get("labels") if hasattr(inputs, "get") else None
        if self.counted is not None:
            self.counted["losses"].append(loss.detach())
            if labels is not None:
                self.counted["samples"] += int(labels.shape[0])
                self.counted["tokens"] += int((labels != -100).sum()) if labels.dim() > 1 else int(labels.shape[0])
        return loss

    def begin_round(self):
        self._load()
        metrics = self.received.get("metrics")
        if metrics is None:
            metrics = _validation(self._measured()) if self.measures and self.trainer.eval_dataset is not None else {}
        self.received["params"] = None
        self.counted = {"losses": [], "samples": 0, "tokens": 0, "steps": 0, "metrics": metrics, "start": time.monotonic()}

    def stepped(self):
        self.counted["steps"] += 1

    def end_round(self, control):
        """Sends what the round made, waits for the next global model and puts it in place."""
        if self.restore_state:
            self._keep(self.received["round"] + 1)
        self._send()
        if self._take():
            self.begin_round()
        else:
            control.should_training_stop = True

    # --- with the site, by rank 0 -----------------------------------------------------------------------------------

    def _take(self):
        """Waits for a training task, measuring models in between; False when there will be none."""
        while self.is_running():
            if self.received["kind"] == "train":
                return True
            self._load()
            self._answer({} if self.trainer.eval_dataset is None else self._measured())
        return False

    def _answer(self, found):
        """Answers a task that trains nothing."""
        if _rank() == 0:
            client.send(FLModel(metrics=_validation(found)))
        self.received = None

    def _received(self):
        """The next task, known to all ranks; its params to rank 0 alone. None when the job is over."""
        while True:
            model, told = None, [None]
            if _rank() == 0:
                model = client.receive(_WAIT_SECONDS if _distributed() else None)
                if model is not None:
                    told = [{"kind": client.get_task_name(), "round": model.current_round, "rounds": model.total_rounds,
                             "names": {name: tuple(value.shape) for name, value in model.params.items()}}]
                elif not client.is_over():
                    told = ["wait"]
            if _distributed():
                torch.distributed.broadcast_object_list(told, src=0)
            if told[0] == "wait":
                continue
            if told[0] is not None:
                told[0]["params"] = None if model is None else model.params
            return told[0]

    def _load(self):
        """Puts the received model into the trainer's, in place, so that the optimizer goes on with the same tensors."""
        own, params = self._tensors(), self.received["params"]
        with torch.no_grad():
            for name, shape in self.received["names"].items():
                key = self._key(name, own)
                if key not in own:
                    raise KeyError(f"the job's tensor '{name}' is not in the trainer's "
                                   f"{'adapter' if self.adapter else 'model'}; it has {len(own)}, such as '{next(iter(own), '')}'")
                target = own[key]
                if tuple(target.shape) != tuple(shape):
                    raise ValueError(f"the job's tensor '{name}' is {list(shape)} where the trainer's is {list(target.shape)}")
                if params is not None:
                    target.copy_(_tensor(params[name]))
                if _distributed():
                    torch.distributed.broadcast(target, src=0)

    def _key(self, name, own):
        """What the trainer calls one of the job's tensors."""
        stripped = name[len(self.prefix):] if name.startswith(self.prefix) else name
        return stripped if stripped in own else name

    def _send(self):
        counted = self.counted
        # A step's parts are scaled so that they add up to the step's mean, of each rank and then over the ranks.
        losses = float(torch.stack(counted["losses"]).float().sum()) if counted["losses"] else 0.0
        numbers = [counted["samples"], counted["tokens"], losses]
        if _distributed():
            sums = torch.tensor(numbers, dtype=torch.float64, device=self.trainer.args.device)
            torch.distributed.all_reduce(sums)
            numbers = sums.tolist()
            numbers[2] /= torch.distributed.get_world_size()
        received, self.received = self.received, None
        if _rank() != 0:
            return
        own = self._tensors()
        params = {name: own[self._key(name, own)].detach() for name in received["names"]}
        metrics = dict(counted["metrics"])
        seconds = time.monotonic() - counted["start"]
        if counted["losses"]:
            metrics["train_loss"] = numbers[2] / max(1, counted["steps"])
        metrics["train_seconds"] = seconds
        if seconds > 0 and numbers[1]:
            metrics["tokens_per_second"] = numbers[1] / seconds
        client.send(FLModel(params=params, metrics=metrics, meta={
            FLMetaKey.NUM_STEPS_CURRENT_ROUND: counted["steps"],
            FLMetaKey.NUM_SAMPLES_CURRENT_ROUND: int(numbers[0]),
            FLMetaKey.NUM_TOKENS_CURRENT_ROUND: int(numbers[1]),
        }))

    def _tensors(self):
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        if self.adapter:
            from peft import get_peft_model_state_dict

            return get_peft_model_state_dict(model)
        return model.state_dict()

    def _measured(self, *args, **kwargs):
        """What the Trainer finds of the received model; leaves no trace in the training's chance."""
        chance = _chance()
        found = self.original_evaluate(*args, **kwargs)
        _restore(chance)
        return found

    # --- across a restart of the process ------------------------------------------------------------------------------

    def _folder(self, round_):
        return Path(self.trainer.args.output_dir) / f"weft-round-{round_}"

    def _keep(self, round_):
        """Keeps the trainer's own checkpoint, under the number of the round that goes on from it."""
        trainer = self.trainer
        trainer._save_checkpoint(trainer.model, trial=None)
        if _distributed():
            torch.distributed.barrier()  # every rank has put its own part there
        if _rank() == 0:
            made = Path(trainer.args.output_dir) / f"checkpoint-{trainer.state.global_step}"
            target = self._folder(round_)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(made, target)
            shutil.rmtree(self._folder(round_ - 2), ignore_errors=True)
        if _distributed():
            torch.distributed.barrier()

    def _kept(self, round_):
        folder = self._folder(round_)
        return folder if self.restore_state and (folder / "trainer_state.json").exists() else None


def _budget(args, local_epochs, local_steps):
    """What a round trains: steps or epochs, the other one 0."""
    if local_steps is None and local_epochs is None:
        if args.max_steps > 0:
            local_steps = args.max_steps
        else:
            local_epochs = args.num_train_epochs
    if local_steps is not None:
        if local_steps < 1:
            raise ValueError(f"local_steps is {local_steps}; allowed: a whole number from 1")
        return int(local_steps), 0
    if local_epochs < 1 or local_epochs != int(local_epochs):
        raise ValueError(f"a round of {local_epochs} epochs does not end with an epoch; give a whole number of epochs, or local_steps")
    return 0, int(local_epochs)


def _refuse_other_scale(adapters, strategy):
    """The shapes of an adapter's tensors do not say by which factor it enters, so sites that differ there would not be noticed."""
    if not isinstance(strategy, dict) or strategy.get("type") != "lora":
        return
    for config in adapters.values():
        own = {"rank": config.r, "alpha": config.lora_alpha, "rslora": bool(getattr(config, "use_rslora", False))}
        for key, value in own.items():
            if key in strategy and value != strategy[key]:
                raise ValueError(f"the script's LoraConfig has {key} {value} where the job's strategy has {strategy[key]}; give both the same")


def _validation(found):
    """What an evaluation says of the model, by the names that jobs use; not what it says of the run."""
    numbers = {name: value for name, value in found.items() if isinstance(value, (int, float)) and not name.endswith(_OF_THE_RUN)}
    return {"validation_" + name[len("eval_"):] if name.startswith("eval_") else name: value for name, value in numbers.items()}


def _is_adapter(model):
    return hasattr(model, "peft_config")


def _tensor(value):
    if isinstance(value, torch.Tensor):
        return value
    if value.dtype.name == "bfloat16":
        return torch.from_numpy(value.view(np.uint16)).view(torch.bfloat16)
    return torch.from_numpy(np.ascontiguousarray(value))


def _distributed():
    return torch.distributed.is_available() and torch.distributed.is_initialized() and torch.distributed.get_world_size() > 1


def _rank():
    return torch.distributed.get_rank() if _distributed() else 0


def _chance():
    return random.getstate(), np.random.get_state(), torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []


def _restore(chance):
    random.setstate(chance[0])
    np.random.set_state(chance[1])
    torch.set_rng_state(chance[2])
    if chance[3]:
        torch.cuda.set_rng_state_all(chance[3])
