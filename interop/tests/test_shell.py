"""The interactive shell on a terminal, and one-shot commands that it answers."""

import pytest

from weft_interop import models
from weft_interop.terminal import CTRL_C, CTRL_D, ENTER, TAB, UP, Terminal

PROMPT = "weft> "


@pytest.fixture
def shell(weft, tmp_path):
    terminal = Terminal(weft.program, "shell", "--home", tmp_path / "home", environment={"TERM": "xterm-256color"})
    terminal.wait_for(PROMPT)
    return terminal


def enter(shell, *keys):
    for key in keys:
        shell.type(key)
    shell.type(ENTER)
    return shell.wait_for(PROMPT)


def leave(shell):
    shell.type(CTRL_D)
    assert shell.end() == 0


def test_completes_commands_flags_files_and_names_of_plugins(shell, tmp_path, generator):
    models.write_lines(tmp_path / "records.jsonl", models.records(12, generator))
    assert "io.weft.strategy.lora" in enter(shell, "plu", TAB, "lor", TAB)
    assert "records     12" in enter(shell, "data ", f"{tmp_path}/rec", TAB)
    assert "Folds an adapter into its base" in enter(shell, "help mer", TAB)
    shell.type("data --te" + TAB)
    shell.wait_for("--template")
    shell.type(CTRL_C)
    shell.wait_for(PROMPT)
    leave(shell)


def test_remembers_lines_and_pipes_them(shell):
    # grep colours what it found.
    assert "TuningStrategy" in enter(shell, "weft:plugins | grep lora")
    assert "TuningStrategy" in enter(shell, UP)
    assert "Active" in enter(shell, "lb -s | grep io.weft.shell")
    leave(shell)


def test_an_interrupt_ends_the_run_and_not_the_shell(shell, tmp_path, generator):
    models.checkpoint(tmp_path / "base", tie_word_embeddings=True)
    models.write_lines(tmp_path / "words.jsonl", models.records(60, generator))
    (tmp_path / "job.yaml").write_text("""\
name: long
workflow: {rounds: 1000}
model: {base: base}
strategy: lora
data: {train: words}
train: {lr: 1.0e-3}
""")
    shell.type(f"simulate {tmp_path}/job.yaml --split {tmp_path}/words.jsonl:2{ENTER}")
    shell.wait_for("round 2/1000")
    shell.type(CTRL_C)
    shell.wait_for("interrupted")
    shell.wait_for(PROMPT)
    assert "weft " in enter(shell, "version")
    leave(shell)


def test_answers_one_shot_commands_of_its_home(shell, weft, tmp_path):
    home = tmp_path / "home"
    assert list(home.glob("data/run/*/commands.socket"))
    assert '"lora"' in weft.run("plugins", "lora", "--json", "--home", home)
    assert len(list(home.glob("data/run/*/cache"))) == 1
    weft.run("plugins", "none", "--home", home, expect=2)
    leave(shell)
    assert not list(home.glob("data/run/*/commands.socket"))
    assert '"lora"' in weft.run("plugins", "lora", "--json", "--home", home)
