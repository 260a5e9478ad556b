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
        ("", "cwd/{module}.py, found none of that name; it has no callable of its own"),
        ("def decode(): ...", "expected a callable decide in "),
        ("def decode(): ...", "did you mean decode?"),
        ("from abc import ABC\ndef other(): ...", "found none of that name; it has other"),
        (
            "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute",
            "Mute: a message that cannot be read ({module}.py:3); mend that",
        ),
        ("raise ValueError", "ValueError: no message ({module}.py:1)"),
        ("import no_such_library", "No module named 'no_such_library' ({module}.py:1); mend that"),
        ("def helper(): return 1 / 0\nhelper()", "ZeroDivisionError: division by zero ({module}.py:1); mend that"),
        ("decide = 7", "expected a callable, found int"),
        ("async def decide(event, portfolio): ...", "asynchronous"),
        ("class decide:\n    async def __call__(self, event, portfolio): ...", "asynchronous"),
        ("def decide(event): ...", "expected to be called as (event, portfolio)"),
        ("class decide:\n    def __init__(self, must): ...", "missing 1 required positional argument"),
    ],
)
def test_what_is_no_strategy_is_refused_with_the_reason(body, expected, strategy):
    name = strategy(body)
    with pytest.raises(UsageError) as caught:
        load_strategy(name)
    assert expected.replace("{module}", name.partition(":")[0]) in str(caught.value)


@pytest.mark.parametrize("name", ["", "module", "module:", ":callable", "./module.py:callable"])
def test_a_malformed_name_is_told_the_form(name):
    with pytest.raises(UsageError, match="expected MODULE:CALLABLE"):
        load_strategy(name)


def test_a_missing_module_is_told_where_it_was_looked_for_and_the_form(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        load_strategy("no_such_strategy:decide")
    assert str(caught.value).startswith(
        f"--strategy no_such_strategy:decide: expected a module no_such_strategy in {tmp_path} or installed, "
        "found none; write MODULE:CALLABLE, such as mymodule:decide"
    )


@pytest.mark.parametrize("name", ["no_such_strategi", "no_such_strategy.py"])
def test_a_missing_module_is_told_the_file_that_was_meant(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no_such_strategy.py").write_text("")
    with pytest.raises(UsageError, match=r"found none; did you mean no_such_strategy\?"):
        load_strategy(f"{name}:decide")


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
