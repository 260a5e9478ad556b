import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause import measurement
from allause.measurement import SystemClock, Tally, measure, percentile, summarize, yardstick


def test_percentile_interpolates_between_closest_ranks():
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert percentile([1, 2, 3, 4, 5], 25) == 2
    assert percentile([7], 99) == 7


@pytest.mark.parametrize("percent", [-1, 101, float("nan")])
def test_percentile_refuses_what_is_no_percentage(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile([1], percent)


def test_percentile_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.floats(0, 100), st.floats(0, 100))
def test_percentiles_lie_within_the_values_and_keep_their_order(values, one, other):
    low, high = sorted((one, other))
    rounding = 1e-9 + 1e-12 * max(abs(value) for value in values)
    assert min(values) - rounding <= percentile(values, low) <= percentile(values, high) + rounding
    assert percentile(values, high) <= max(values) + rounding


def test_summary_counts_every_value_and_divides_by_the_yardstick():
    summary = summarize("thing", "ns", [10, 20, 30], yardsticks=[5, 10, 15])
    assert (summary.n, summary.median, summary.maximum, summary.yardstick_ratio) == (3, 20, 30, 2)


def test_measure_calls_as_often_as_it_says():
    calls = []
    summary = measure(lambda: calls.append(1), name="append", repetitions=5, warmup=2)
    assert len(calls) == 7
    assert summary.n == 5


def test_more_work_takes_longer():
    once = measure(yardstick, name="one", repetitions=15)
    many = measure(lambda: [yardstick() for _ in range(20)], name="twenty", repetitions=15)
    assert many.median > once.median


def test_monotonic_clock_never_steps_back():
    clock = SystemClock()
    times = [clock.monotonic_ns() for _ in range(1000)]
    assert times == sorted(times)


def test_patching_the_time_module_changes_nothing(monkeypatch):
    monkeypatch.setattr("time.perf_counter_ns", lambda: 0)
    monkeypatch.setattr("time.time_ns", lambda: 0)
    clock = SystemClock()
    assert clock.now_ns() > 0
    assert clock.monotonic_ns() > 0
    assert measurement.yardstick() > 0


class SteppedClock:
    """A clock that moves by 5 ns at each reading."""

    time = 0

    def now_ns(self):
        return self.monotonic_ns()

    def monotonic_ns(self):
        self.time += 5
        return self.time


def test_a_tally_counts_calls_errors_and_time():
    tally = Tally(SteppedClock())
    with tally.call():
        tally.add("rows", 3)
    with pytest.raises(KeyError), tally.call():
        raise KeyError
    stats = tally.stats({"depth": 1.0})
    assert (stats.operations, stats.errors, stats.busy_ns) == (2, 1, 10)
    assert stats.details == {"rows": 3.0, "depth": 1.0}


def test_a_tally_is_exact_from_many_threads():
    tally = Tally()

    def work():
        for _ in range(500):
            with tally.call():
                tally.add("rows", 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.stats().operations == 4000
    assert tally.stats().details == {"rows": 4000.0}
