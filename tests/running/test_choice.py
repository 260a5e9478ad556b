"""Strategies and symbols by name."""

import sys

import pytest

from allause.exceptions import UsageError
from allause.running.choice import choose_symbols, load_strategy
from allause.strategies import MovingAverageCrossover


def test_an_installed_strategy_is_loaded_and_a_class_instantiated():
    assert isinstance(load_strategy("allause.strategies:MovingAverageCrossover"), MovingAverageCrossover)


def test_the_current_directory_is_searched_first_and_then_left_last(strategy):
    name = strategy("def decide(event, portfolio):\n    return ()\n")
    before = list(sys.path)
    assert load_strategy(name)(None, None) == ()
    assert sys.path[: len(before)] == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise ValueError('at import')", "ValueError: at import"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("def decide(", "SyntaxError"),
        ("", "has no attribute 'decide'"),
        ("decide = 7", "expected a callable, found int"),
        ("async def decide(event, portfolio): ...", "asynchronous"),
        ("class decide:\n    async def __call__(self, event, portfolio): ...", "asynchronous"),
        ("def decide(event): ...", "expected to be called as (event, portfolio)"),
        ("class decide:\n    def __init__(self, must): ...", "missing 1 required positional argument"),
    ],
)
def test_what_is_no_strategy_is_refused_with_the_reason(body, expected, strategy):
    with pytest.raises(UsageError) as caught:
        load_strategy(strategy(body))
    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ["", "module", "module:", ":callable"])
def test_a_malformed_name_is_told_the_form(name):
    with pytest.raises(UsageError, match="expected MODULE:CALLABLE"):
        load_strategy(name)


def test_a_missing_module_is_named():
    with pytest.raises(UsageError, match="No module named 'no_such_strategy'"):
        load_strategy("no_such_strategy:decide")


def test_without_a_wish_every_symbol_is_traded():
    assert choose_symbols(None, ["A", "B"]) == ("A", "B")


def test_symbols_keep_their_order_and_come_once():
    assert choose_symbols(["B", "A", "B"], ["A", "B"]) == ("B", "A")


def test_an_unknown_symbol_is_refused_with_what_was_meant():
    with pytest.raises(UsageError, match="did you mean AAPL"):
        choose_symbols(["aapl"], ["AAPL", "IBM"])


def test_no_symbol_at_all_is_refused():
    with pytest.raises(UsageError, match="names no symbol"):
        choose_symbols([], ["AAPL"])
