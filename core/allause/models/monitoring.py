"""Metrics and alerts."""

from collections.abc import Mapping
from enum import StrEnum

import attrs


@attrs.frozen(kw_only=True)
class MetricSample:
    """Hold one value of one metric.

    Attributes:
        name: Prometheus-style, unit in the name (``process_resident_memory_bytes``).
        value: finite.
        unit: ``seconds``, ``bytes``, ``ratio``, ``total`` ...
        ts: nanoseconds UTC.
        labels: few and of low cardinality.
    """

    name: str
    value: float
    unit: str
    ts: int
    labels: Mapping[str, str] = attrs.field(factory=dict)


class AlertState(StrEnum):
    """Name the state of an alert rule.

    NO_DATA means that too few samples exist to decide; it is never the same as being well.
    """

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    NO_DATA = "no_data"


@attrs.frozen(kw_only=True)
class Alert:
    """Hold the state of one alert rule.

    Attributes:
        rule: its name.
        state: see ``AlertState``.
        value: the figure compared, None without data.
        threshold: what it is compared with.
        comparison: ``>`` or ``<``.
        unit: of value and threshold.
        since: when the state was entered, nanoseconds UTC.
        samples: how many samples the figure rests on.
        severity: ``warning`` or ``critical``.
        summary: one sentence for people.
    """

    rule: str
    state: AlertState
    value: float | None
    threshold: float
    comparison: str
    unit: str
    since: int
    samples: int
    severity: str
    summary: str
