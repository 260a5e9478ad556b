"""Hold the recorded and sampled values and show them as Prometheus metrics."""

import bisect
import math
import re
from collections.abc import Iterator, Mapping

import attrs
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from allause.models import MetricSample
from allause_monitoring.catalogue import BOUNDS, DEFINITIONS, MetricDefinition, MetricType, Origin, define

Labels = tuple[tuple[str, str], ...]

_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_RESERVED_LABELS = ("le", "quantile")


@attrs.define
class _Series:
    value: float = 0.0
    ts: int = 0
    total: float = 0.0
    buckets: list[int] = attrs.field(factory=list)


@attrs.define
class _Family:
    definition: MetricDefinition
    series: dict[Labels, _Series] = attrs.field(factory=dict)


class MetricRegistry(Collector):
    """Keep every metric in plain slots, and be the Prometheus collector that reads them when asked.

    It has no lock of its own: its owner calls it from one thread at a time.

    Attributes:
        recorded: number of recorded series.
    """

    def __init__(self, max_series: int) -> None:
        self.recorded = 0
        self._max_series = max_series
        self._families: dict[str, _Family] = {}
        self._names = {name: definition.name for definition in DEFINITIONS.values() for name in definition.sample_names}
        self._prometheus = CollectorRegistry(auto_describe=False)
        self._prometheus.register(self)

    def record(self, name: str, value: float, labels: Mapping[str, str] | None, ts: int) -> float:
        """Take one recorded value and return it as a float.

        Raises:
            ValueError: see ``MonitoringSpec.record_metric``; nothing was taken.
        """
        family = self._families.get(name) if isinstance(name, str) else None
        definition = family.definition if family else define(name)
        number = _number(definition, value)
        key = () if labels is None else _labels(name, labels)
        if family is None or key not in family.series:
            family = self._admit(definition, key)
        series = family.series[key]
        series.ts = ts
        if definition.type is MetricType.COUNTER:
            series.value += number
        else:
            series.value = number
            if definition.type is MetricType.HISTOGRAM:
                series.total += number
                series.buckets[bisect.bisect_left(BOUNDS, number)] += 1
        return number

    def sample(self, readings: Mapping[str, float], ts: int) -> None:
        """Replace the sampled values; a reading that is absent now is no longer shown."""
        for definition in DEFINITIONS.values():
            if definition.name in readings:
                family = self._families.setdefault(definition.name, _Family(definition))
                family.series[()] = _Series(value=readings[definition.name], ts=ts)
            elif definition.origin is Origin.SAMPLED:
                self._families.pop(definition.name, None)

    def samples(self) -> tuple[MetricSample, ...]:
        """Return the latest value of every metric.

        A histogram shows its latest observation under its own name, and ``_count`` and ``_sum`` beside it.
        """
        found: list[MetricSample] = []
        for family in self._ordered():
            definition = family.definition
            for labels, series in family.series.items():
                values = {definition.name: (series.value, definition.unit)}
                if definition.type is MetricType.HISTOGRAM:
                    values[f"{definition.name}_count"] = (float(sum(series.buckets)), "total")
                    values[f"{definition.name}_sum"] = (series.total, definition.unit)
                found.extend(
                    MetricSample(name=name, value=value, unit=unit, ts=series.ts, labels=dict(labels))
                    for name, (value, unit) in values.items()
                )
        return tuple(found)

    def render(self) -> str:
        """Return the metrics in the Prometheus text exposition format."""
        return generate_latest(self._prometheus).decode()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric in Prometheus's own form."""
        for family in self._ordered():
            definition = family.definition
            is_counter = definition.type is MetricType.COUNTER
            # prometheus-client names a counter's family without the suffix that its samples carry.
            name = definition.name.removesuffix("_total") if is_counter else definition.name
            metric = Metric(name, definition.help, definition.type)
            for key, series in family.series.items():
                labels = dict(key)
                if definition.type is not MetricType.HISTOGRAM:
                    metric.add_sample(definition.name, labels, series.value)
                    continue
                count = 0
                for bound, inside in zip((*BOUNDS, math.inf), series.buckets, strict=True):
                    count += inside
                    upper = "+Inf" if math.isinf(bound) else repr(bound)
                    metric.add_sample(f"{definition.name}_bucket", {**labels, "le": upper}, count)
                metric.add_sample(f"{definition.name}_count", labels, count)
                metric.add_sample(f"{definition.name}_sum", labels, series.total)
            yield metric

    def _admit(self, definition: MetricDefinition, key: Labels) -> _Family:
        if self.recorded >= self._max_series:
            raise ValueError(
                f"metric {definition.name} would be series {self.recorded + 1}, {self._max_series} are allowed: "
                "use labels with few values, or raise max_series"
            )
        for name in definition.sample_names:
            owner = self._names.get(name, definition.name)
            if owner != definition.name:
                raise ValueError(f"metric {definition.name} would show as {name}, which {owner} uses: rename it")
        self._names |= dict.fromkeys(definition.sample_names, definition.name)
        family = self._families.setdefault(definition.name, _Family(definition))
        series = family.series[key] = _Series()
        if definition.type is MetricType.HISTOGRAM:
            series.buckets = [0] * (len(BOUNDS) + 1)
        self.recorded += 1
        return family

    def _ordered(self) -> list[_Family]:
        known = [self._families[name] for name in DEFINITIONS if name in self._families]
        return known + [family for name, family in self._families.items() if name not in DEFINITIONS]


def _number(definition: MetricDefinition, value: float) -> float:
    if isinstance(value, bool | str | bytes):
        raise ValueError(f"metric {definition.name}: expected a number, got {value!r}")  # noqa: TRY004 - the contract's error
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"metric {definition.name}: expected a number, got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"metric {definition.name}: expected a finite number, got {number}")
    if number < 0 and definition.type is not MetricType.GAUGE:
        what = "an increment" if definition.type is MetricType.COUNTER else "a duration"
        raise ValueError(f"metric {definition.name}: {what} cannot be negative, got {number}")
    return number


def _labels(metric: str, labels: Mapping[str, str]) -> Labels:
    if not isinstance(labels, Mapping):
        raise ValueError(f"metric {metric}: labels must be a mapping, got {labels!r}")  # noqa: TRY004 - the contract's error
    for name, value in labels.items():
        if not isinstance(name, str) or not _LABEL.fullmatch(name) or name in _RESERVED_LABELS:
            raise ValueError(
                f"metric {metric}: label name {name!r} is malformed or reserved: expected letters, digits and "
                f"underscores, not beginning with a digit or two underscores, and not {' or '.join(_RESERVED_LABELS)}"
            )
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError(f"metric {metric}: label {name} must be printable text, got {value!r}")
    return tuple(sorted(labels.items()))
