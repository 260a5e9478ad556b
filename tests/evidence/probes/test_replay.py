import pytest

from allause.evidence.exchange import Exchange
from allause.evidence.probes.replay import _differences
from allause.isolation import Outcome

VOLATILE = frozenset({"ts_init"})


def answer(value=None, error=""):
    outcome = Outcome.RAISED if error else Outcome.RETURNED
    return Exchange(call="ask()", method="ask", outcome=outcome, value=value, error=error)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (answer(1.5), answer(1.5)),
        (answer(float("nan")), answer(float("nan"))),
        (answer({"ts_init": 1, "n": 2}), answer({"ts_init": 3, "n": 2})),
        (answer({"a": 1, "b": 2}), answer({"b": 2, "a": 1})),
        (answer(error="KeyError"), answer(error="KeyError")),
    ],
)
def test_equal_answers_have_no_difference(one, two):
    assert list(_differences(one, two, VOLATILE)) == []


@pytest.mark.parametrize(
    ("one", "two", "path"),
    [
        (answer([1, 2]), answer([2, 1]), "$[0]"),
        (answer([1]), answer([1, 2]), "$"),
        (answer({"n": [{"m": 1}]}), answer({"n": [{"m": 1.0}]}), "$.n[0].m"),
        (answer({"n": 1}), answer({"m": 1}), "$"),
        (answer(None), answer(error="KeyError"), "$"),
    ],
)
def test_a_difference_is_told_with_its_path(one, two, path):
    assert next(_differences(one, two, VOLATILE))[0] == path
