"""Scripts on Transformers' Trainer with two lines added: federated, over one site they give what they give alone."""

import difflib
import json
import os
import subprocess
import sys

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

ALONE = """\
import json
import sys
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments, set_seed


class Records(torch.utils.data.Dataset):
    def __init__(self, count, seed):
        self.ids = torch.randint(0, 50, (count, 12), generator=torch.Generator().manual_seed(seed))

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        return {"input_ids": self.ids[index], "labels": self.ids[index], "attention_mask": torch.ones(12, dtype=torch.long)}


base, adapter, epochs = sys.argv[1:4]
set_seed(3)
model = AutoModelForCausalLM.from_pretrained(base)
if adapter != "none":
    model = PeftModel.from_pretrained(model, adapter, is_trainable=True)
arguments = TrainingArguments(
    output_dir="out", num_train_epochs=float(epochs), per_device_train_batch_size=4, gradient_accumulation_steps=2, learning_rate=1e-2,
    lr_scheduler_type="cosine", warmup_steps=2, logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True)
trainer = Trainer(model=model, args=arguments, train_dataset=Records(20, 7))
trainer.train()
model.save_pretrained("trained")
json.dump(trainer.state.log_history, open("log.json", "w"))
"""

FEDERATED = ALONE.replace("import sys\n", "import sys\nimport weft\n", 1).replace("trainer.train()", "weft.patch(trainer)\ntrainer.train()")

JOB = """\
name: script
workflow: {rounds: 3}
model: MODEL
trainer: {command: [PYTHON, train.py, base, ADAPTER, 1], files: [base, adapter]MORE}
"""


@pytest.fixture
def script(weft, tmp_path):
    """Runs the script alone over three epochs, and federated over three rounds of one."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        attention_dropout=0.1, tie_word_embeddings=True)
    base = LlamaForCausalLM(config)
    base.save_pretrained(tmp_path / "base")
    get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj", "v_proj"])).save_pretrained(tmp_path / "adapter")

    def run(adapter="none", sites=("one",), more="", federated=FEDERATED):
        alone = tmp_path / "alone"
        alone.mkdir()
        (alone / "train.py").write_text(ALONE)
        environment = {**os.environ, "OMP_NUM_THREADS": str(os.cpu_count() // min(len(sites), os.cpu_count()))}
        subprocess.run([sys.executable, "train.py", "../base", adapter if adapter == "none" else "../adapter", "3"], cwd=alone,
                       env=environment, check=True, capture_output=True)
        for site in sites:
            (tmp_path / "sites" / site).mkdir(parents=True)
        (tmp_path / "train.py").write_text(federated)
        model = "{base: base}" if adapter == "none" else "{backend: weights, base: adapter/adapter_model.safetensors}"
        (tmp_path / "job.yaml").write_text(
            JOB.replace("MODEL", model).replace("PYTHON", sys.executable).replace("ADAPTER", adapter).replace("MORE", more))
        weft.run("simulate", tmp_path / "job.yaml", "--out", tmp_path / "run")
        return alone, tmp_path / "run"

    return run


def curve(log):
    return [(line["step"], line["loss"], line["learning_rate"]) for line in json.loads(log.read_text()) if "loss" in line]


def assert_same_tensors(first, second, tolerance):
    assert set(first) == set(second)
    for name in first:
        assert torch.allclose(first[name], second[name], atol=tolerance, rtol=0), name


def test_only_two_lines_differ():
    changed = [line for line in difflib.ndiff(ALONE.splitlines(), FEDERATED.splitlines()) if line[0] in "+-"]
    assert changed == ["+ import weft", "+ weft.patch(trainer)"]


@pytest.mark.parametrize("adapter", ["none", "adapter"])
def test_one_site_trains_as_alone(adapter, script):
    alone, run = script(adapter)
    trained = "model.safetensors" if adapter == "none" else "adapter_model.safetensors"
    assert_same_tensors(load_file(alone / "trained" / trained), load_file(run / "result" / "model.safetensors"), 1e-6)
    federated, expected = (torch.tensor(curve(path / "log.json"), dtype=torch.float64) for path in (run / "sites" / "one" / "work", alone))
    assert torch.allclose(federated, expected, atol=1e-6, rtol=0), "the losses, or the learning rates, differ"


# The loop of NVIDIA FLARE's scripts, with the options that they give.
LOOP = FEDERATED.replace("weft.patch(trainer)\ntrainer.train()", """\
trainer.eval_dataset = Records(6, 8)
weft.patch(trainer, restore_state=True, load_state_dict_strict=True, params_scope="auto", server_key_prefix="model.", stream_metrics=True)
while weft.is_running():
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] > 0
    trainer.train()""")


def test_the_loop_of_flare_s_scripts_measures_every_round_and_trains_as_alone(script):
    alone, run = script(federated=LOOP)
    assert_same_tensors(load_file(alone / "trained" / "model.safetensors"), load_file(run / "result" / "model.safetensors"), 1e-6)
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    measured = [(line["round"], line["loss"]) for line in lines if line["kind"] == "validate" and line.get("site") == "one"]
    assert [round_ for round_, _ in measured] == [0, 1, 2], "the models that the rounds began with"
    assert len({loss for _, loss in measured}) == 3


KILLED = FEDERATED.replace("trainer.train()", """\
from transformers import TrainerCallback
import os, pathlib, signal

class Accident(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == 5 and not pathlib.Path("killed").exists():
            pathlib.Path("killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)

trainer.add_callback(Accident())
trainer.train()""")


def test_a_script_that_is_killed_goes_on_where_its_round_began(script):
    alone, run = script(more=", restarts: 1", federated=KILLED)
    assert (run / "sites" / "one" / "work" / "killed").exists()
    assert_same_tensors(
        load_file(alone / "trained" / "model.safetensors"), load_file(run / "result" / "model.safetensors"), 1e-6)


def test_three_sites_with_the_same_records_train_as_one(script):
    alone, run = script(sites=("a", "b", "c"))
    assert_same_tensors(
        load_file(alone / "trained" / "model.safetensors"), load_file(run / "result" / "model.safetensors"), 1e-5)
    AutoModelForCausalLM.from_pretrained(run / "result")
