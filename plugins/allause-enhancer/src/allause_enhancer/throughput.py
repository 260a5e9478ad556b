"""Measure the enhancement on given data."""

from allause.exceptions import DataError
from allause.measurement import SystemClock, percentile, yardstick
from allause.models import ThroughputReport
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.engine import run
from allause_enhancer.tables.exchange import Market

REPETITIONS = 7


def measure_throughput(market: Market, config: EnhancerConfig) -> ThroughputReport:
    """Time whole enhancements of the rows after one that warms up, each followed by the yardstick.

    Raises:
        DataError: there are no rows to time.
    """
    if market.frame.is_empty():
        raise DataError("market_data: expected rows to measure with, found none; ask for more symbols or a longer time")
    clock = SystemClock()  # the machine's own: a host's replayed clock measures nothing
    seconds: list[float] = []
    yardsticks: list[float] = []
    run(market, config)
    for _ in range(REPETITIONS):
        start = clock.monotonic_ns()
        run(market, config)
        seconds.append((clock.monotonic_ns() - start) / 1e9)
        yardsticks.append(yardstick() / 1e9)
    median = percentile(seconds, 50)
    return ThroughputReport(
        rows=market.frame.height,
        repetitions=tuple(seconds),
        rows_per_second=market.frame.height / median,
        spread=(max(seconds) - min(seconds)) / median,
        yardstick_ratio=median / percentile(yardsticks, 50),
    )
