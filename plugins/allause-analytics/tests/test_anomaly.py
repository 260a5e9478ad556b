"""A value is flagged by its past alone, once."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause_analytics.anomaly import find_anomalies

SETTINGS = {"window": 40, "history": 10, "threshold": 6.0}


def flagged(values, **settings):
    return find_anomalies(np.array(values, dtype=float), **(SETTINGS | settings))


def slow(values, window, history, threshold):
    """Look at one value after the other."""
    found, was_out = [], False
    for index in range(len(values)):
        past = values[max(0, index - window) : index]
        if index < history:
            continue
        centre = statistics.median(past)
        distances = [abs(value - centre) for value in past]
        spread = 1.4826 * statistics.median(distances)
        if spread <= 1e-9:
            spread = max(1e-9, 1.2533 * statistics.fmean(distances))
        score = abs(values[index] - centre) / spread
        if score > threshold and not was_out:
            found.append((index, pytest.approx(score, rel=1e-9)))
        was_out = score > threshold
    return found


VALUES = st.lists(st.integers(-8, 8).map(lambda tick: tick * abs(tick) / 512), max_size=120)


@given(VALUES)
def test_the_flags_are_those_of_a_slow_search(values):
    assert [(a.index, a.score) for a in flagged(values)] == slow(values, **SETTINGS)


@given(VALUES, st.integers(0, 120))
def test_what_comes_later_changes_no_flag(values, cut):
    before = [anomaly for anomaly in flagged(values) if anomaly.index < cut]
    assert list(flagged(values[:cut])) == before


def quiet(n):
    return [0.001 * (-1) ** index * (1 + index % 3) for index in range(n)]


def test_a_jump_is_flagged_with_its_value():
    values = quiet(100)
    values[60] = -0.2
    (found,) = flagged(values)
    assert (found.index, found.value) == (60, -0.2)
    assert found.score > 6


def test_a_quiet_series_is_not_flagged():
    assert flagged(quiet(500)) == ()


def test_an_alarm_is_not_repeated_while_the_values_stay_out():
    values = quiet(100)
    values[60:65] = [0.2, 0.3, 0.25, 0.2, 0.3]
    values[80] = 0.2
    assert [anomaly.index for anomaly in flagged(values)] == [60, 80]


def test_nothing_is_flagged_before_there_is_a_history():
    values = quiet(100)
    values[9] = 5.0
    assert flagged(values) == ()
    values[10] = 9.0
    assert [anomaly.index for anomaly in flagged(values)] == [10]


def test_the_first_move_after_a_constant_past_is_flagged_with_a_finite_score():
    (found,) = flagged([0.0] * 50 + [0.01])
    assert found.index == 50
    assert np.isfinite(found.score)


def test_more_values_than_one_chunk_are_searched():
    values = quiet(5_000)
    values[4_990] = 0.3
    assert [anomaly.index for anomaly in flagged(values)] == [4_990]


def test_the_crashes_of_recorded_returns_are_flagged(engine, recorded):
    returns = recorded("arch_sp500.csv.gz", "Adj Close")
    found = {anomaly.index for anomaly in engine.analyze_performance(returns=returns).anomalies}
    worst = min(range(len(returns)), key=returns.__getitem__)
    assert worst in found
    assert len(found) < len(returns) / 200
