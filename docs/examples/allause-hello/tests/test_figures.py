import math

import pytest

from allause_hello import figures


def test_total_return_is_the_product_of_growth():
    assert figures.total_return((0.1, -0.5, 0.2)) == pytest.approx(-0.34, rel=1e-12)


def test_volatility_is_the_annual_sample_deviation():
    # mean 0.02, deviations -0.01 and +0.01: variance 0.0002 over one degree of freedom
    assert figures.volatility((0.01, 0.03), 252) == pytest.approx(math.sqrt(0.0002 * 252), rel=1e-12)


def test_max_drawdown_is_measured_from_the_highest_equity_before():
    assert figures.max_drawdown((0.25, -0.2, -0.5, 1.0)) == pytest.approx(-0.6, rel=1e-12)


def test_max_drawdown_counts_a_loss_in_the_first_period():
    assert figures.max_drawdown((-0.25, 0.1)) == pytest.approx(-0.25, rel=1e-12)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, -2.5])
def test_a_value_that_is_no_return_is_refused_by_its_place(value):
    with pytest.raises(ValueError, match=r"returns\[1\] must be finite and above -1"):
        figures.check_returns("returns", (0.1, value))
