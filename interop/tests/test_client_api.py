"""Programs of a job's own: what they send is what the result has, whatever the tensors are called and hold."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

# What a person who starts a script by hand puts on its path.
PACKAGE = Path(os.environ["WEFT"]).resolve().parents[1] / "client" / "python"

# The least work that a script of NVIDIA FLARE's Client API can do, with its import line changed.
ADD_ONE = """\
import numpy as np
import weft as flare

flare.init()
while flare.is_running():
    received = flare.receive()
    if received is None:
        break
    params = {name: np.asarray(value) + 1.0 for name, value in received.params.items()}
    flare.send(flare.FLModel(params=params, metrics={"accuracy": 1.0}, meta={"NUM_STEPS_CURRENT_ROUND": 1}))
"""

JOB = """\
name: client
workflow: {rounds: ROUNDS}
model: {backend: weights, base: initial.safetensors}
trainer: {command: [PYTHON, train.pyWORDS]}
"""


@pytest.fixture
def job(weft, tmp_path):
    """Runs a script at sites; gives the run's folder."""
    def run(script, tensors, sites=("a", "b"), rounds=2, more="", words="", expect=0):
        save_file(tensors, tmp_path / "initial.safetensors")
        (tmp_path / "train.py").write_text(script)
        for site in sites:
            (tmp_path / "sites" / site).mkdir(parents=True)
        text = JOB.replace("ROUNDS", str(rounds)).replace("PYTHON", sys.executable).replace("WORDS", words)
        (tmp_path / "job.yaml").write_text(text + more)
        run.output = weft.run("simulate", tmp_path / "job.yaml", "--out", tmp_path / "run", expect=expect)
        return tmp_path / "run"

    return run


def tensors_of_every_kind():
    return {
        "layer.weight": torch.randn(3, 5), "half": torch.randn(7).half(), "brain": torch.randn(4, 4).bfloat16(),
        "double": torch.randn(6, dtype=torch.float64), "long": torch.arange(5) - 2, "int": torch.arange(5, dtype=torch.int32),
        "short": torch.arange(5, dtype=torch.int16), "byte": torch.arange(5, dtype=torch.int8), "unsigned": torch.arange(5, dtype=torch.uint8),
        "flag": torch.tensor([True, True]), "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3), "encoder:x/y z": torch.ones(2),
    }


def test_a_flare_script_runs_with_its_import_line_changed(job):
    initial = tensors_of_every_kind()
    run = job(ADD_ONE, initial, sites=("a", "b", "c"))
    first, result = load_file(run / "rounds" / "0" / "global.safetensors"), load_file(run / "result" / "model.safetensors")
    assert [path.name for path in (run / "result").iterdir()] == ["model.safetensors"]
    assert set(result) == set(initial)
    for name, before in initial.items():
        stored = "model:" + name if name.startswith("encoder:") else name
        exact = before.float() if before.dtype == torch.float64 else before  # models are exchanged and kept in fp32
        assert torch.equal(first[stored].to(exact.dtype), exact), name
        assert result[name].dtype == before.dtype and result[name].shape == before.shape, name
        expected = before if before.dtype == torch.bool else before.double() + 2
        tolerance = {torch.float16: 4e-3, torch.bfloat16: 4e-2}.get(before.dtype, 1e-6)
        np.testing.assert_allclose(result[name].double(), expected.double(), atol=tolerance, rtol=0, err_msg=name)
    asked = [json.loads(line) for line in (run / "events.jsonl").open() if '"submit-model"' in line]
    assert [step["models"] for step in asked] == [{}], "the job brings its first model, so no site is asked for it"


def test_a_script_that_failed_at_once_goes_on_when_it_is_mended(job, weft, tmp_path):
    run = job("raise SystemExit(3)\n", {"w": torch.zeros(4)}, expect=1)
    (tmp_path / "train.py").write_text(ADD_ONE)
    weft.run("simulate", "--resume", run)
    assert load_file(run / "result" / "model.safetensors")["w"].tolist() == [2.0] * 4


WEIGHTED = """\
import weft

weft.init()
steps = {"a": 1, "b": 3}[weft.get_site_name()]
while weft.is_running():
    assert weft.is_train() and not weft.is_evaluate() and not weft.is_submit_model()
    received = weft.receive()
    params = received.params
    params["w"] += 4 * steps
    print("round", received.current_round, "of", received.total_rounds)
    weft.send(weft.FLModel(params=params, meta={"NUM_STEPS_CURRENT_ROUND": steps}))
    assert received.params is None
"""


def test_updates_count_by_their_steps(job):
    run = job(WEIGHTED, {"w": torch.zeros(1000)})
    # Round by round (1·4 + 3·12)/4 = 10.
    assert load_file(run / "result" / "model.safetensors")["w"].tolist() == [20.0] * 1000
    log = (run / "sites" / "b" / "work" / "trainer.log").read_text()
    assert log == "round 0 of 2\nround 1 of 2\n"


DIFFERENCE = """\
import weft

weft.init()
while weft.is_running():
    received = weft.receive()
    difference = {name: value * 0 + 1 for name, value in received.params.items()}
    weft.send(weft.FLModel(params=difference, params_type=weft.ParamsType.DIFF))
"""


def test_a_script_may_send_the_difference(job):
    run = job(DIFFERENCE, {"w": torch.full((10,), 5.0), "b": torch.full((3,), 2.0).bfloat16()})
    result = load_file(run / "result" / "model.safetensors")
    assert result["w"].tolist() == [7.0] * 10
    assert result["b"].dtype == torch.bfloat16 and result["b"].tolist() == [4.0] * 3


TORCH = """\
import torch
import weft

weft.init()
while weft.is_running():
    received = weft.receive()
    assert {name: value.dtype for name, value in received.params.items()} == {"b": torch.bfloat16, "w": torch.float32}
    net = torch.nn.ParameterDict({name: torch.zeros_like(value) for name, value in received.params.items()})
    net.load_state_dict(received.params)
    weft.send(weft.FLModel(params={name: value + 1 for name, value in net.state_dict().items()}))
"""


def test_torch_scripts_receive_torch_tensors(job):
    run = job(TORCH, {"w": torch.zeros(4), "b": torch.zeros(3).bfloat16()}, words="], params: torch, files: [train.py")
    result = load_file(run / "result" / "model.safetensors")
    assert result["w"].tolist() == [2.0] * 4 and result["b"].tolist() == [2.0] * 3 and result["b"].dtype == torch.bfloat16


FILES = """\
import pathlib
import sys
import weft
from helper import step

assert sys.argv[1:] == ["conf", "--lr", "0.5", "2"]
assert pathlib.Path("conf/a.txt").read_text() == "alpha" and pathlib.Path("extra/b.txt").read_text() == "beta"
assert pathlib.Path.cwd().parts[-3:-1] == ("sites", pathlib.Path.cwd().parts[-2]) and pathlib.Path.cwd().name == "work"
weft.init()
while weft.is_running():
    weft.send(weft.FLModel(params={"w": weft.receive().params["w"] + step}))
"""


def test_files_beside_the_job_file_travel_with_it(job, tmp_path):
    for name, text in {"conf/a.txt": "alpha", "extra/b.txt": "beta", "helper.py": "step = 1\n", "unused.txt": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    run = job(FILES, {"w": torch.zeros(2)}, words=", conf, --lr, 0.5, 2], files: [helper.py, extra")
    assert load_file(run / "result" / "model.safetensors")["w"].tolist() == [2.0, 2.0]
    assert not (run / "sites" / "a" / "work" / "unused.txt").exists()


ATTACHED = """\
import os
import weft

weft.init()
with open(f"seen-{os.environ['RANK']}.txt", "w") as seen:
    print(weft.get_site_name(), weft.get_config()["name"], weft.system_info()["data_folder"], sep="\\n", file=seen)
while weft.is_running():
    weft.send(weft.FLModel(params={"w": weft.receive().params["w"] + 1}))
"""


def test_trainers_that_somebody_else_starts_join_their_sites_with_all_their_ranks(weft, tmp_path):
    save_file({"w": torch.zeros(3)}, tmp_path / "initial.safetensors")
    (tmp_path / "train.py").write_text(ATTACHED)
    sites = {name: tmp_path / "sites" / name for name in ("a", "b")}
    for folder in sites.values():
        folder.mkdir(parents=True)
    (tmp_path / "job.yaml").write_text("name: attached\nworkflow: {rounds: 2}\nmodel: {backend: weights, base: initial.safetensors}\n"
                                       "trainer: {type: process, start: attach}\n")
    simulate = subprocess.Popen([weft.program, "simulate", tmp_path / "job.yaml", "--out", tmp_path / "run"],
                                env={**os.environ, "WEFT_HOME": str(weft.home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    trainers, printed = [], []
    with simulate:
        for line in simulate.stdout:
            printed.append(line)
            invited = re.search(r"(\w+) \| .*WEFT_ATTACH=(\S+)", line)
            for rank in ("1", "0") if invited else ():
                trainers.append(subprocess.Popen([sys.executable, tmp_path / "train.py"], cwd=sites[invited[1]],
                                                 env={**os.environ, "WEFT_ATTACH": invited[2], "RANK": rank, "PYTHONPATH": str(PACKAGE)}))
    assert simulate.returncode == 0, "".join(printed)
    assert [trainer.wait(60) for trainer in trainers] == [0] * 4
    assert load_file(tmp_path / "run" / "result" / "model.safetensors")["w"].tolist() == [2.0] * 3
    for name, folder in sites.items():
        for rank in range(2):
            assert (folder / f"seen-{rank}.txt").read_text() == f"{name}\nattached\n{folder}\n"
