"""Evaluate alert rules: measure the figure, then move the state."""

import math
from collections.abc import Iterable, Mapping

import attrs

from allause.models import Alert, AlertState
from allause_monitoring.catalogue import BOUNDS
from allause_monitoring.rules import AlertRule, Measure
from allause_monitoring.windows import Window

_SECOND = 1_000_000_000


@attrs.frozen(kw_only=True)
class Reading:
    """Hold the figure a rule compares.

    Attributes:
        value: None when there is not enough to tell.
        samples: what it rests on.
        missing: why there is no value; empty when there is one.
    """

    value: float | None
    samples: int
    missing: str = ""


class Evidence:
    """Collect what the rules need: a window for each metric they look back on, and the latest levels."""

    def __init__(self, rules: Iterable[AlertRule]) -> None:
        self.levels: dict[str, float] = {}
        self._windows: dict[str, list[Window]] = {}
        self._by_rule: dict[tuple[str, str], Window] = {}
        for rule in rules:
            for metric in (rule.metric, rule.per):
                if metric and rule.window_s:
                    window = Window(rule.window_s * _SECOND, sorted({*BOUNDS, rule.threshold}))
                    self._by_rule[rule.name, metric] = window
                    self._windows.setdefault(metric, []).append(window)

    def add(self, metric: str, value: float, now_ns: int) -> None:
        """Take a recorded value, when any rule looks at its metric."""
        for window in self._windows.get(metric, ()):
            window.add(now_ns, value)

    def read(self, rule: AlertRule, now_ns: int) -> Reading:
        """Measure the figure of ``rule``."""
        if rule.measure is Measure.LEVEL:
            level = self.levels.get(rule.metric, math.nan)
            reading = Reading(value=level, samples=1 if math.isfinite(level) else 0)
        elif rule.measure is Measure.RATE:
            reading = self._rate(rule, now_ns)
        elif rule.measure is Measure.RATIO:
            reading = self._ratio(rule, now_ns)
        else:
            reading = self._quantile(rule, now_ns)
        return _enough(rule, reading)

    def _quantile(self, rule: AlertRule, now_ns: int) -> Reading:
        window = self._by_rule[rule.name, rule.metric]
        return Reading(value=window.quantile(now_ns, rule.quantile), samples=window.count(now_ns))

    def _rate(self, rule: AlertRule, now_ns: int) -> Reading:
        window = self._by_rule[rule.name, rule.metric]
        total = window.total(now_ns)
        if window.first_ns is None:
            return Reading(value=None, samples=0, missing=f"no {rule.metric} was ever recorded")
        if not window.is_full(now_ns):
            seconds = (now_ns - window.first_ns) / _SECOND
            missing = f"{rule.metric} was watched for {seconds:.1f} of {rule.window_s} s"
            return Reading(value=None, samples=int(total), missing=missing)
        return Reading(value=total * _SECOND / window.covered_ns(now_ns), samples=int(total))

    def _ratio(self, rule: AlertRule, now_ns: int) -> Reading:
        part = self._by_rule[rule.name, rule.metric].total(now_ns)
        # More failures than tries means that only successes were recorded as tries: count all as tries.
        whole = max(part, self._by_rule[rule.name, rule.per].total(now_ns))
        return Reading(value=part / whole if whole else None, samples=int(whole))


def _enough(rule: AlertRule, reading: Reading) -> Reading:
    if reading.missing:
        return reading
    if reading.samples < rule.minimum_samples or reading.value is None or not math.isfinite(reading.value):
        missing = f"{reading.samples} samples of {rule.per or rule.metric}, {max(1, rule.minimum_samples)} needed"
        return Reading(value=None, samples=reading.samples, missing=missing)
    return reading


class RuleState:
    """Move one rule between inactive, pending, firing and no data.

    The times are those of Prometheus: it fires when the comparison has been true at every evaluation for
    ``hold_s``, and ends ``keep_firing_s`` after the first evaluation at which it was not.

    Attributes:
        rule: the rule.
        state: since the last evaluation.
        since: when it was entered, nanoseconds UTC.
    """

    def __init__(self, rule: AlertRule) -> None:
        self.rule = rule
        self.state = AlertState.NO_DATA
        self.since: int | None = None
        self._true_since_ns: int | None = None
        self._false_since_ns: int | None = None

    def evaluate(self, reading: Reading, *, monotonic_ns: int, utc_ns: int) -> Alert:
        """Take a reading and return the alert as it then stands."""
        state = self._next(reading, monotonic_ns)
        if state is not self.state or self.since is None:
            self.state, self.since = state, utc_ns
        rule = self.rule
        return Alert(
            rule=rule.name,
            state=state,
            value=reading.value,
            threshold=rule.threshold,
            comparison=rule.comparison,
            unit=rule.unit,
            since=self.since,
            samples=reading.samples,
            severity=rule.severity,
            summary=_summary(rule, state, reading),
        )

    def _next(self, reading: Reading, now_ns: int) -> AlertState:
        if self._breached(reading):
            self._false_since_ns = None
            if self._true_since_ns is None:
                self._true_since_ns = now_ns
            held = now_ns - self._true_since_ns >= self.rule.hold_s * _SECOND
            return AlertState.FIRING if held or self.state is AlertState.FIRING else AlertState.PENDING
        self._true_since_ns = None
        if self.state is AlertState.FIRING:
            if self._false_since_ns is None:
                self._false_since_ns = now_ns
            if now_ns - self._false_since_ns < self.rule.keep_firing_s * _SECOND:
                return AlertState.FIRING
        self._false_since_ns = None
        return AlertState.NO_DATA if reading.value is None else AlertState.INACTIVE

    def _breached(self, reading: Reading) -> bool:
        if reading.value is None:
            return False
        if self.rule.comparison == ">":
            return reading.value > self.rule.threshold
        return reading.value < self.rule.threshold


class AlertBoard:
    """Hold the state of every rule, in order."""

    def __init__(self, rules: Iterable[AlertRule]) -> None:
        self._states = [RuleState(rule) for rule in rules]

    @property
    def states(self) -> Mapping[str, AlertState]:
        """Return the state of each rule at its last evaluation."""
        return {state.rule.name: state.state for state in self._states}

    def evaluate(self, evidence: Evidence, *, monotonic_ns: int, utc_ns: int) -> tuple[Alert, ...]:
        """Evaluate all rules at one moment."""
        return tuple(
            state.evaluate(evidence.read(state.rule, monotonic_ns), monotonic_ns=monotonic_ns, utc_ns=utc_ns)
            for state in self._states
        )


def _summary(rule: AlertRule, state: AlertState, reading: Reading) -> str:
    if reading.value is None:
        still = "Firing until the data is back or its time is over" if state is AlertState.FIRING else "Cannot tell"
        return f"{still}: {reading.missing}."
    figure = f"{_WORDS[rule.measure].format(rule=rule)} is {reading.value:.6g} {rule.unit}"
    limit = f"limit {rule.comparison} {rule.threshold:.6g}"
    action = f" {rule.runbook}" if state is AlertState.FIRING else ""
    return f"{figure} ({limit}).{action}"


_WORDS = {
    Measure.RATIO: "{rule.metric} over {rule.per} in {rule.window_s} s",
    Measure.QUANTILE: "The {rule.quantile} quantile of {rule.metric} in {rule.window_s} s",
    Measure.RATE: "The rate of {rule.metric} in {rule.window_s} s",
    Measure.LEVEL: "{rule.metric}",
}
