"""Stages written out for the fields of an event."""

import msgspec
import pytest

from allause.running import EventPath
from allause.stages import stage_of


class _Quote(msgspec.Struct):
    symbol: str
    bid: float
    ask: float


def test_it_hands_over_what_is_given_then_the_fields_and_makes_the_answer():
    seen = []

    def function(*values):
        seen.append(values)
        return 7, 8

    stage = stage_of(function, ["first"], {"symbol": {"A": 3}, "ask": None}, lambda *answer: answer, 2)
    quote = _Quote("A", 1.0, 2.0)
    assert stage(quote) == (quote, 7, 8)
    assert seen == [("first", 3, 2.0)]


@pytest.mark.parametrize("width", [0, 1, 3])
def test_any_number_of_values(width):
    stage = stage_of(lambda: tuple(range(width)), (), {}, lambda _, *values: values, width)
    assert stage(None) == tuple(range(width))


def test_another_number_of_values_than_was_said_is_an_error():
    with pytest.raises(ValueError, match="unpack"):
        stage_of(lambda: (1, 2), (), {}, print, 1)(None)


def test_none_leaves_the_event_out():
    path = EventPath({"half": stage_of(lambda bid: None, (), {"bid": None}, print, 1)})
    assert path.handle(_Quote("A", 1.0, 2.0)) is None


@pytest.mark.parametrize("name", ["", "a b", "class", "x)", "bid, __import__('os')"])
def test_only_names_of_fields_are_written(name):
    with pytest.raises(TypeError, match="the name of a field"):
        stage_of(print, (), {name: None}, print, 0)
