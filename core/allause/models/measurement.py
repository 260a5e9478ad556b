"""What a measurement is: raw figures first, everything else derived."""

import attrs


@attrs.frozen(kw_only=True)
class Measurement:
    """Summarise repeated timings of one thing.

    Attributes:
        name: what was measured.
        unit: of the quantiles, such as ``ns`` or ``rows/s``.
        n: number of values.
        p5: 5th percentile.
        median: 50th percentile.
        p95: 95th percentile.
        p99: 99th percentile.
        maximum: the largest value.
        yardstick_ratio: the median over the median of the yardstick loop interleaved with it, or None where
            no yardstick ran; carries over to other machines better than the figure itself.
    """

    name: str
    unit: str
    n: int
    p5: float
    median: float
    p95: float
    p99: float
    maximum: float
    yardstick_ratio: float | None = None


@attrs.frozen(kw_only=True)
class ThroughputReport:
    """Hold a measured throughput.

    Attributes:
        rows: rows handled in each repetition.
        repetitions: seconds of each repetition after the warm-up, in order.
        rows_per_second: rows over the median of the repetitions.
        spread: (longest - shortest) / median of the repetitions.
        yardstick_ratio: median repetition over the yardstick loop's median in the same run.
    """

    rows: int
    repetitions: tuple[float, ...]
    rows_per_second: float
    spread: float
    yardstick_ratio: float | None = None
