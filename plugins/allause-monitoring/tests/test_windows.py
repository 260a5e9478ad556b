"""A window remembers exactly the recent slices."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause_monitoring.windows import Window

SECOND = 10**9


@given(st.lists(st.tuples(st.integers(0, 40 * SECOND), st.integers(0, 100)), max_size=60))
def test_the_total_is_that_of_the_last_thirty_slices(moves):
    window = Window(30 * SECOND)
    now, history = 0, []
    for step, value in moves:
        now += step
        window.add(now, value)
        history.append((now // SECOND, value))
        kept = [value for number, value in history if number > now // SECOND - 30]
        assert (window.total(now), window.count(now)) == (sum(kept), len(kept))
        assert 29 * SECOND <= window.covered_ns(now) < 30 * SECOND


@given(st.lists(st.floats(0, 20), min_size=1, max_size=200), st.sampled_from([0.001, 0.025, 1.0]))
def test_the_quantile_exceeds_a_bound_exactly_when_enough_values_do(values, bound):
    window = Window(30 * SECOND, [0.001, 0.025, 1.0])
    for value in values:
        window.add(0, value)
    above = sum(value > bound for value in values)
    exceeds = window.quantile(0, 0.99) > bound
    assert exceeds == (len(values) - above < 0.99 * len(values))


@given(st.lists(st.floats(0, 20), min_size=1, max_size=50))
def test_the_quantile_never_exceeds_the_largest_value(values):
    window = Window(30 * SECOND, [0.001, 0.025, 1.0])
    for value in values:
        window.add(0, value)
    assert window.quantile(0, 0.99) <= max(values)
    assert math.isfinite(window.quantile(0, 0.99))


def test_an_empty_window_has_no_quantile():
    assert Window(30 * SECOND, [1.0]).quantile(0, 0.99) is None


@pytest.mark.parametrize(("at", "full"), [(29.9, False), (30, True)])
def test_it_is_full_when_it_lies_wholly_after_the_first_value(at, full):
    window = Window(30 * SECOND)
    assert not window.is_full(10**15)
    window.add(5 * SECOND, 1)
    assert window.is_full(int((5 + at) * SECOND)) is full
