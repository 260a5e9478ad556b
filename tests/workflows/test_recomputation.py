"""The host's own figures, against values worked out by hand."""

from math import isclose, log, sqrt

import pytest

from allause.models import Bar
from allause.workflows.recomputation import bar_figures, deviation, max_drawdown, total_return


def bar(ts, close, volume=10.0):
    return Bar(
        symbol="S", ts_event=ts, ts_init=ts, open=close, high=close + 1, low=close - 1, close=close, volume=volume
    )


def test_returns_are_logarithmic_and_missing_on_the_first_row():
    figures = bar_figures([bar(1, 10.0), bar(2, 20.0), bar(3, 10.0)])
    assert [each.log_return for each in figures] == [None, log(2), -log(2)]


def test_vwap_weighs_the_typical_price_by_volume_from_the_first_row():
    figures = bar_figures([bar(1, 10.0, 1.0), bar(2, 20.0, 3.0)])
    assert [each.vwap for each in figures] == [10.0, 17.5]


@pytest.mark.parametrize("volume", [0.0, float("nan")])
def test_vwap_is_missing_without_a_known_volume(volume):
    assert bar_figures([bar(1, 10.0, volume)])[0].vwap is None


def test_of_a_repeated_time_the_first_bar_counts():
    assert len(bar_figures([bar(1, 10.0), bar(1, 99.0), bar(2, 20.0)])) == 2
    assert bar_figures([bar(1, 10.0), bar(1, 99.0), bar(2, 20.0)])[1].log_return == log(2)


def test_deviation_is_that_of_a_sample():
    assert deviation([1.0, 3.0]) == sqrt(2)
    assert deviation([1.0]) is None


def test_returns_compound():
    assert isclose(total_return([0.1, -0.5, 1.0]), 0.1, rel_tol=1e-12)


def test_the_drawdown_is_from_the_highest_equity_so_far():
    assert isclose(max_drawdown([0.5, -0.5, 0.2]), -0.5)
    assert isclose(max_drawdown([-0.25, 1.0]), -0.25)
    assert max_drawdown([0.1, 0.1]) == 0
