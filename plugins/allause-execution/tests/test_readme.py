import re
from pathlib import Path

import attrs

from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine
from allause_execution.orders.transitions import TRANSITIONS, drawn

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_and_prints_what_it_says(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (expected,) = re.findall(r"It prints:\n\n```\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == expected


def test_the_table_of_states_is_the_table_in_force():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README.split("## States")[1].split("## ")[0], re.MULTILINE))
    assert rows == {
        status.name: ", ".join(f"{event} → {after.name}" for event, after in TRANSITIONS[status].items()) or "the end"
        for status in OrderStatus
    }


def test_every_configuration_key_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \|", README.split("## Configuration")[1].split("## ")[0], re.MULTILINE)
    assert rows == [field.name for field in attrs.fields(Config)]


def test_the_drawing_of_the_states_is_the_table_in_force():
    (drawing,) = re.findall(r"```mermaid\n(.*?)\n```", README, re.DOTALL)
    assert drawing == drawn()


def test_every_symptom_is_listed():
    named = re.findall(r"`(\w+)`", README.split("## Symptoms")[1].split("## ")[0].split("`execution_...`")[1])
    assert named == list(TradingExecutionEngine(Config())._engine.figures())
