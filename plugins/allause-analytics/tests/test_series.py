"""Wrong input is refused with one clear error."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

GOOD = [0.01, -0.02, 0.03]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"returns": [0.01, float("nan")]}, r"returns\[1\]: expected a finite number, got nan"),
        ({"returns": [float("inf")]}, r"returns\[0\]: expected a finite number, got inf"),
        ({"returns": [0.0, 0.0, -1.0]}, r"returns\[2\]: expected more than -1.*got -1.0"),
        ({"returns": [-3.0]}, r"returns\[0\]: expected more than -1"),
        ({"returns": ["0.01"]}, "returns: expected numbers"),
        ({"returns": [Decimal("0.1"), "0.2"]}, "returns: expected numbers"),
        ({"returns": [0.1, None]}, r"returns\[1\]: expected a finite number"),
        ({"returns": [True, False]}, "returns: expected numbers"),
        ({"returns": 0.01}, "returns: expected a flat sequence of numbers, got float"),
        ({"returns": [[0.01, 0.02]]}, "returns: expected a flat sequence"),
        ({"returns": "0.01"}, "returns: expected a flat sequence"),
        ({"returns": GOOD, "benchmark": GOOD[:2]}, "benchmark: expected 3 values, as many as returns, got 2"),
        ({"benchmark": GOOD}, "benchmark: expected 0 values"),
        ({"returns": GOOD, "benchmark": [0.0, 0.0, float("nan")]}, r"benchmark\[2\]: expected a finite number"),
        ({"returns": GOOD, "periods_per_year": 0}, "periods_per_year: expected a finite number above 0, got 0"),
        ({"returns": GOOD, "periods_per_year": float("nan")}, "periods_per_year: expected a finite number"),
        ({"periods_per_year": -1}, "periods_per_year: expected a finite number"),
        ({"returns": GOOD, "risk_free_rate": -1.0}, "risk_free_rate: expected a finite number above -1"),
        ({"returns": GOOD, "risk_free_rate": "0.02"}, "risk_free_rate: expected a finite number"),
    ],
)
def test_wrong_input_is_refused(engine, arguments, words):
    with pytest.raises(ValueError, match=words):
        engine.analyze_performance(**arguments)
    stats = engine.get_performance_stats()
    assert (stats.operations, stats.errors) == (1, 1)


@pytest.mark.parametrize(
    "make",
    [
        tuple,
        np.array,
        lambda v: np.array(v)[::1],
        lambda v: [Decimal(str(x)) for x in v],
        lambda v: [Fraction(x) for x in v],
    ],
)
def test_any_flat_sequence_of_numbers_is_taken(engine, make):
    given, listed = (engine.analyze_performance(returns=values).figures for values in (make(GOOD), GOOD))
    assert given == listed


def test_the_input_is_not_changed(engine):
    returns = np.array(GOOD)
    engine.analyze_performance(returns=returns, benchmark=returns)
    assert returns.tolist() == GOOD
