"""The log's bytes: the same whatever the hash seed, the decimal context and the interpreter."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import which

import msgspec
import pytest

_ROOT = Path(__file__).parents[2]
_REPLAY = """
from venue.steps import drawn_steps, run

print(run(drawn_steps(seed=7, length=1_500))[0].log_bytes().decode(), end="")
"""
#: Of that log. Every interpreter that runs this test has to come to it; a new format changes it on purpose.
_DIGEST = "ee85de956129d86a200850087827ef4e22c35ef0f94be67d4fc224f6d044bffb"

#: Stops that were met together in the order of a set of names: another one under every hash seed.
_UNORDERED = """
from allause.venue.stops import Stops

met = Stops.met


def unordered(self, last):
    names = {order.client_order_id: order for order in met(self, last)}
    return [names[name] for name in set(names)]


Stops.met = unordered
"""
_OTHERS = [f"python3.{minor}" for minor in (11, 12, 13, 14) if minor != sys.version_info.minor]


def _log(python=sys.executable, *, hash_seed="0", before=""):
    paths = os.pathsep.join(map(str, (_ROOT / "core", _ROOT / "tests")))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
    command = [python, "-c", before + _REPLAY]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def _interpreter(name):
    """Return an interpreter that can import the venue: on the path, or of another tox environment."""
    minor = name.removeprefix("python3.")
    probing = f"import attrs, msgspec, sys; sys.exit(sys.version_info.minor != {minor})"
    for found in (which(name), *(_ROOT / ".tox" / env / "bin" / "python" for env in (f"py3{minor}", "core"))):
        probe = [str(found), "-c", probing]
        if found and Path(found).exists() and not subprocess.run(probe, capture_output=True, check=False).returncode:
            return str(found)
    return pytest.skip(f"no {name} here that has attrs and msgspec")


@pytest.fixture(scope="module")
def log():
    return _log()


def test_log_is_the_one_that_every_interpreter_has_to_come_to(log):
    assert log.count(b'"filled"') > 100
    assert sha256(log).hexdigest() == _DIGEST


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_log_is_the_same_whatever_the_hash_seed(log, hash_seed):
    assert _log(hash_seed=hash_seed) == log


def test_venue_that_follows_the_order_of_a_set_is_noticed():
    assert _log(hash_seed="1", before=_UNORDERED) != _log(hash_seed="2", before=_UNORDERED)


def test_log_is_the_same_under_a_poor_decimal_context(log):
    assert _log(before="import decimal; decimal.getcontext().prec = 3; decimal.DefaultContext.prec = 3\n") == log


@pytest.mark.parametrize("name", _OTHERS)
def test_log_is_the_same_under_another_interpreter(log, name):
    assert _log(_interpreter(name)) == log


def test_every_line_of_the_log_is_one_json_record_in_order(venue, order):
    venue.submit(order("buy 5"))
    records = [msgspec.json.decode(line) for line in venue.log_bytes().splitlines()]
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert [record["event"] for record in records] == ["quoted", "quoted", "accepted", "filled", "filled"]


def test_reading_the_log_in_between_changes_nothing(venue, order):
    venue.submit(order("buy 5 @ 90", "a"))
    first = venue.log
    venue.cancel("a")
    assert venue.log[: len(first)] == first
    assert len(venue.log) == len(first) + 1


def test_accepted_record_keeps_what_was_asked_after_a_replacement(venue, order):
    asked = order("buy 5 @ 90", "a")
    venue.submit(asked)
    venue.replace("a", asked.quantity - 1, asked.price - 1, None)
    accepted, replaced = venue.log[-2:]
    assert (accepted.quantity, accepted.price, replaced.quantity, replaced.price) == (5, 90, 4, 89)


def test_amounts_in_the_log_are_decimal_text(venue, order):
    venue.submit(order("buy 0.10 @ 100.010", "a"))
    accepted = msgspec.json.decode(venue.log_bytes().splitlines()[2])
    assert (accepted["quantity"], accepted["price"]) == ("0.10", "100.010")
