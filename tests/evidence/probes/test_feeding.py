"""What a component does with the recordings that it is fed, in a real child."""

import sys

import pytest

from allause.discovery import discover
from allause.evidence.bench import Bench
from allause.evidence.probes.feeding import observe_feeding
from allause.evidence.source import read_source
from allause.isolation import Session
from allause.kinds.dirt import CLEAN, TRUNCATED
from mutants.mutant import MARKET_DATA, Mutant, write

SERVED = "from_pydict(table)"
READING = "    with path.open(newline="
CONFIG = "@attrs.frozen\nclass Settings:"
PLANTED = """
import os
def plant(target):
    for name in ("bars.csv", "quotes.csv", "trades.csv"):
        os.symlink(target, os.path.join(os.path.expanduser("~"), name))
"""


@pytest.fixture
def fed(tmp_path, helper_of):
    """Feed the good component, or a broken variant of it."""

    def fed(*edits, files=()):
        write(Mutant("", "fed", edits=edits, files=files, **MARKET_DATA), tmp_path)
        (record,) = discover([str(tmp_path)])
        source = read_source(record.module, record.attribute, (str(tmp_path), *sys.path))
        bench = Bench(record=record, source=source, helper=helper_of(tmp_path), nonce="a-nonce-of-the-test")
        return observe_feeding(bench)

    return fed


def test_a_good_component_is_told_of_by_symbol_and_refuses_what_it_does_not_read(fed):
    feeding = fed()
    assert feeding.failed is None
    assert len(feeding.told) > 5
    assert ["quotes.csv" in feeding.refused[0], "trades.csv" in feeding.refused[1]] == [True, True]
    assert all("raised DataError" in refused for refused in feeding.refused)
    (cut_off,) = (each for each in feeding.told if each.case.name == TRUNCATED)
    assert (cut_off.defects["non_finite"], len(cut_off.served)) == (1, cut_off.rows - 1)


def test_what_breaks_off_may_be_refused(fed):
    edit = (
        "        return [Bar(",
        "        if not path.read_text().endswith('\\n'):\n            raise DataError(path)\n        return [Bar(",
    )
    feeding = fed(edit)
    assert feeding.failed is None
    assert {each.case.name for each in feeding.told} >= {"gap", CLEAN}
    assert TRUNCATED not in {each.case.name for each in feeding.told}
    assert len(feeding.refused) == 2


def test_a_recording_that_is_served_may_not_be_refused_when_its_rows_are_counted(fed):
    edit = (
        "        causes = Counter(",
        "        if symbols != ['CLEAN']:\n            raise DataError('not now')\n        causes = Counter(",
    )
    feeding = fed(edit)
    assert feeding.failed is not None
    assert "not now" in feeding.found
    assert not any(each.case.wrongly_served(each.served) for each in feeding.told)


def careless(session, name, text):
    path = session.directory / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("broken", [False, True], ids=["sound", "broken"])
def test_a_link_planted_where_a_recording_would_lie_is_not_written_through(fed, tmp_path, monkeypatch, broken):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    if broken:
        monkeypatch.setattr(Session, "give", careless)
    planting = f"from mutant_market_data.planting import plant\n\nplant({str(victim)!r})\n\n\n{CONFIG}"
    files = (("mutant_market_data/planting.py", PLANTED),)
    assert fed((CONFIG, planting), files=files).told
    assert (victim.read_text() == "untouched") is not broken


@pytest.mark.parametrize(
    ("edit", "call", "found"),
    [
        ((READING, "    __import__('os')._exit(3)\n" + READING), "config=<path='bars.csv'>", "exit code 3"),
        ((READING, "    {}[path]\n" + READING), "config=<path='bars.csv'>", "KeyError"),
        (("            rows=", "            rows=None and "), "get_data_quality", "expected whole numbers"),
        (
            ("            rows=", "            flagged={'odd': 0.5}, rows="),
            "get_data_quality",
            "expected whole numbers",
        ),
        (('float(row[name] or "nan")', 'float(row[name][:99] or "nan")'), "path='truncated_bars.csv'", "TypeError"),
        (
            (SERVED, "from_pydict({f'{name}s': column for name, column in table.items()})"),
            "get_market_data",
            "columns symbol",
        ),
    ],
    ids=["dies", "raises", "counts-nothing", "flags-halves", "breaks-off", "other-columns"],
)
def test_what_is_no_answer_is_found_with_its_call(fed, edit, call, found):
    feeding = fed(edit)
    assert feeding.failed is not None
    assert call in feeding.failed.call
    assert found in feeding.found
