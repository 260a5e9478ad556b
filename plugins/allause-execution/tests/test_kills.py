"""A process may die at any moment: nothing acknowledged is lost, nothing is sent or counted twice."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PROGRAM = Path(__file__).with_name("kill_at_each_call.py")


def answer(*words, code=0):
    process = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    assert process.returncode == code, process.stderr
    return json.loads(process.stdout)


def soak(directory, *words):
    return answer("-m", "allause_execution.soak", "--directory", directory, *words)


def test_random_kills_lose_and_double_nothing(tmp_path):
    told = soak(tmp_path, "--kills", 25, "--orders", 200, "--seed", 3)
    assert (told["kills"], told["wrong"]) == (25, [])


@pytest.mark.exam
def test_a_thousand_random_kills_lose_and_double_nothing(tmp_path):
    told = soak(tmp_path, "--kills", 1000, "--orders", 200, "--seed", 4)
    assert (told["kills"], told["wrong"]) == (1000, [])


def test_a_soak_of_seconds_ends_runs_and_leaves_nothing_behind(tmp_path):
    told = soak(tmp_path, "--minutes", 0.1, "--orders", 10)
    assert told["runs"] > 0
    assert told["restarts"] == told["runs"] + told["kills"]
    assert told["wrong"] == []
    assert len(list(tmp_path.iterdir())) <= 1  # the run that the end of the time has interrupted


def killed_at_each_call(variant, *, first=30, orders=34, every=1):
    return answer(PROGRAM, variant, first, orders, every)


def test_a_kill_before_within_and_after_each_call_loses_and_doubles_nothing():
    told = killed_at_each_call("none")
    assert told["wrong"] == []
    assert told["deaths"] > 60


@pytest.mark.exam
def test_a_kill_at_each_call_of_two_hundred_orders_loses_and_doubles_nothing():
    told = killed_at_each_call("none", first=0, orders=200)
    assert told["wrong"] == []
    assert told["deaths"] > 1000


def variants():
    spec = spec_from_file_location("kill_at_each_call", PROGRAM)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return [name for name in module.VARIANTS if name != "none"]


@pytest.mark.parametrize("variant", variants())
def test_an_engine_that_is_broken_is_noticed(variant):
    assert killed_at_each_call(variant)["wrong"]
