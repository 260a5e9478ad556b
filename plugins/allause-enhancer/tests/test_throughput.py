from statistics import median

import pytest

from allause.exceptions import DataError
from allause.measurement import percentile
from allause_enhancer import MarketDataEnhancer, throughput

ROWS = [("A", time, 100.0 + time % 5) for time in range(300)]


def test_throughput_follows_from_its_repetitions(enhancer, bars):
    report = enhancer.enhance_market_data_throughput(market_data=bars(*ROWS))
    seconds = report.repetitions
    assert report.rows == 300
    assert len(seconds) >= 5
    assert min(seconds) > 0
    assert report.rows_per_second == pytest.approx(300 / median(seconds))
    assert report.spread == pytest.approx((max(seconds) - min(seconds)) / percentile(seconds, 50))
    assert report.yardstick_ratio > 0


def test_each_repetition_enhances_the_callers_rows_after_a_warm_up(enhancer, bars, monkeypatch):
    table, seen = bars(*ROWS), []
    real = throughput.run
    monkeypatch.setattr(throughput, "run", lambda rows, config: (seen.append(rows), real(rows, config)))
    report = enhancer.enhance_market_data_throughput(market_data=table)
    assert len(seen) == len(report.repetitions) + 1
    assert all(rows.frame is table for rows in seen)


def test_time_reported_lies_within_the_time_of_the_call(enhancer, bars):
    report = enhancer.enhance_market_data_throughput(market_data=bars(*ROWS))
    assert sum(report.repetitions) * 1e9 <= enhancer.get_performance_stats().busy_ns


def test_nothing_to_measure_is_an_error(bars):
    with pytest.raises(DataError, match="expected rows to measure with, found none"):
        MarketDataEnhancer().enhance_market_data_throughput(market_data=bars())
