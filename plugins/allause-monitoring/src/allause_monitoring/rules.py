"""Write the alert rules down as data."""

from enum import StrEnum

import attrs

#: 8 GB is 8e9 bytes here, not 8 GiB.
GIGABYTE = 1_000_000_000


class Measure(StrEnum):
    """Name how a rule turns a metric into the figure it compares.

    RATIO: increase of the metric over increase of ``per``, in the window. QUANTILE: of the observations in
    the window. RATE: increase a second, once the window is covered. LEVEL: the latest sample.
    """

    RATIO = "ratio"
    QUANTILE = "quantile"
    RATE = "rate"
    LEVEL = "level"


@attrs.frozen(kw_only=True)
class AlertRule:
    """Describe one alert rule.

    Attributes:
        name: of the rule.
        measure: how the figure is made.
        metric: what it is made from, all label sets together.
        per: the denominator of a ratio.
        quantile: for ``Measure.QUANTILE``.
        comparison: ``>`` or ``<``; equal to the threshold is well.
        threshold: what the figure is compared with.
        unit: of figure and threshold.
        window_s: how far back the figure looks; 0 for a level.
        minimum_samples: with fewer the state is NO_DATA. Samples are orders for a ratio, observations for a
            quantile and events for a rate, which needs a covered window instead: a dead feed has none.
        hold_s: how long the comparison must stay true before the alert fires (Prometheus: ``for``).
        keep_firing_s: how long it keeps firing after the comparison became false or lost its data.
        severity: ``warning`` or ``critical``.
        runbook: what to do, one sentence.
    """

    name: str
    measure: Measure
    metric: str
    per: str = ""
    quantile: float = 0.0
    comparison: str
    threshold: float
    unit: str
    window_s: int
    minimum_samples: int
    hold_s: int
    keep_firing_s: int
    severity: str
    runbook: str


RULES = (
    AlertRule(
        name="trading_error_rate",
        measure=Measure.RATIO,
        metric="trading_errors_total",
        per="trading_orders_total",
        comparison=">",
        threshold=0.01,
        unit="ratio",
        window_s=60,
        minimum_samples=10,
        hold_s=5,
        keep_firing_s=30,
        severity="critical",
        runbook="Read the reasons of the failed orders; halt trading when they are not understood.",
    ),
    AlertRule(
        name="trading_latency",
        measure=Measure.QUANTILE,
        metric="trading_order_latency_seconds",
        quantile=0.99,
        comparison=">",
        threshold=0.025,
        unit="seconds",
        window_s=60,
        minimum_samples=20,
        hold_s=5,
        keep_firing_s=30,
        severity="warning",
        runbook="Compare with CPU and disk of the same minute; look at the venue's own latency.",
    ),
    AlertRule(
        name="market_data_throughput",
        measure=Measure.RATE,
        metric="market_data_events_total",
        comparison="<",
        threshold=1000.0,
        unit="events/s",
        window_s=30,
        minimum_samples=0,
        hold_s=5,
        keep_firing_s=30,
        severity="critical",
        runbook="Check the feed's connection and its session hours; trade on no price older than allowed.",
    ),
    AlertRule(
        name="market_data_latency",
        measure=Measure.QUANTILE,
        metric="market_data_latency_seconds",
        quantile=0.99,
        comparison=">",
        threshold=0.001,
        unit="seconds",
        window_s=30,
        minimum_samples=20,
        hold_s=5,
        keep_firing_s=30,
        severity="warning",
        runbook="Look for a full queue between feed and strategy, and for garbage collections.",
    ),
    AlertRule(
        name="memory",
        measure=Measure.LEVEL,
        metric="process_resident_memory_bytes",
        comparison=">",
        threshold=8.0 * GIGABYTE,
        unit="bytes",
        window_s=0,
        minimum_samples=1,
        hold_s=10,
        keep_firing_s=60,
        severity="critical",
        runbook="Find what grows before the kernel ends the process; restart from the journal.",
    ),
    AlertRule(
        name="cpu",
        measure=Measure.LEVEL,
        metric="process_cpu_ratio",
        comparison=">",
        threshold=0.9,
        unit="ratio",
        window_s=0,
        minimum_samples=1,
        hold_s=30,
        keep_firing_s=60,
        severity="warning",
        runbook="Take a profile; move what is not on the order path to another process.",
    ),
)
