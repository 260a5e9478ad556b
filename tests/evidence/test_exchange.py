"""Exchanges in words."""

import ast
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause.evidence.exchange import Exchange, shown
from allause.isolation import Outcome


@pytest.mark.parametrize(
    ("value", "beginning", "end"),
    [
        ([-0.5, 0.25], "[-0.5, 0.25", "]"),
        ([0.125] * 9, "[0.125, 0.125", "…]"),
        ([{"returns": [0.0625] * 9}], "[{'returns': [0.0625, 0.0625", "…]}]"),
        (["](" * 40], "['](](](](", "…']"),
        (["it's"] * 40, """["it's", "it's", """, "]"),
        (Decimal("1.50"), "Decimal(1.50", ")"),
    ],
)
def test_what_a_long_value_opens_is_closed_after_the_cut(value, beginning, end):
    text = shown(value)
    assert text.startswith(beginning)
    assert text.endswith(end)
    assert len(text) <= 60
    assert (len(text) > 50) is (len(repr(value)) > 60)


_VALUES = st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner))


@given(_VALUES)
def test_a_value_that_was_cut_is_still_balanced_and_short(value):
    text = shown(value)
    assert len(text) <= 60
    opened = [letter for letter in text if letter in "[{"]
    closed = [letter for letter in text if letter in "]}"]
    assert len(opened) == len(closed)
    if "…" not in text:
        assert ast.literal_eval(text) == value


def test_an_answer_that_is_told_is_closed_too():
    story = Exchange(call="f()", method="f", outcome=Outcome.RETURNED, value=[0.125] * 99).story
    assert story.startswith("returned list [0.125, ")
    assert story.endswith("…]")
