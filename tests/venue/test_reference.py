"""The reference page of the venue says what the code says."""

import re
from pathlib import Path

import pytest

from allause.models import OrderType, TimeInForce
from allause.venue import LogEvent, Refusal

_PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "venue.md").read_text(encoding="utf-8")


def _section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", _PAGE, flags=re.DOTALL | re.MULTILINE)[1]


def _rows(heading):
    return re.findall(r"^\| `(\w+)` \|", _section(heading), flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "words"), [("Order types", OrderType), ("Times in force", TimeInForce), ("Refusals", Refusal)]
)
def test_every_word_has_its_row_in_order(heading, words):
    assert _rows(heading) == [*words]


def test_every_event_of_the_log_is_named():
    assert {*re.findall(r"`(\w+)`", _section("Log"))} >= {*LogEvent}


def test_example_runs_and_fills(capsys):
    (source,) = re.findall(r"```python\n(.*?)```", _PAGE, flags=re.DOTALL)
    names = {}
    exec(compile(source, "venue.md", "exec"), names)
    assert names["fill"].client_order_id == "a"
