"""Measure the enhancement on given data."""

import polars as pl

from allause.exceptions import DataError
from allause.measurement import SystemClock, percentile, yardstick
from allause.models import ThroughputReport
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.enhancement import enhance

REPETITIONS = 7


def measure_throughput(bars: pl.DataFrame, config: EnhancerConfig) -> ThroughputReport:
    """Time whole enhancements of ``bars`` after one that warms up, each followed by the yardstick.

    Raises:
        DataError: there are no rows to time.
    """
    if bars.is_empty():
        raise DataError("market_data: expected rows to measure with, found none; ask for more symbols or a longer time")
    clock = SystemClock()  # the machine's own: a host's replayed clock measures nothing
    seconds: list[float] = []
    yardsticks: list[float] = []
    enhance(bars, config)
    for _ in range(REPETITIONS):
        start = clock.monotonic_ns()
        enhance(bars, config)
        seconds.append((clock.monotonic_ns() - start) / 1e9)
        yardsticks.append(yardstick() / 1e9)
    median = percentile(seconds, 50)
    return ThroughputReport(
        rows=bars.height,
        repetitions=tuple(seconds),
        rows_per_second=bars.height / median,
        spread=(max(seconds) - min(seconds)) / median,
        yardstick_ratio=median / percentile(yardsticks, 50),
    )
