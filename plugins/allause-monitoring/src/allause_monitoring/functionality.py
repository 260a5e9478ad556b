"""Try the component on small known input."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from allause.models import AlertState, FunctionalityCase, FunctionalityReport
from allause_monitoring.rules import RULES

if TYPE_CHECKING:
    from allause_monitoring.plugin import AdvancedMonitoringFramework


class SettableClock:
    """Be a clock that moves only when told to."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000_000

    def now_ns(self) -> int:
        """Return the time set."""
        return self.ns

    def monotonic_ns(self) -> int:
        """Return the time set."""
        return self.ns

    def pass_s(self, seconds: float) -> None:
        """Move on."""
        self.ns += int(seconds * 1e9)


#: Makes a component with nothing recorded, on the clock given.
Probe = Callable[[SettableClock], "AdvancedMonitoringFramework"]


def try_functionality(probe: Probe) -> FunctionalityReport:
    """Run every case on a probe of its own."""
    return FunctionalityReport(cases=tuple(_attempt(case, probe) for case in _CASES))


def _attempt(case: Callable[[Probe], Iterable[str]], probe: Probe) -> FunctionalityCase:
    name = (case.__doc__ or case.__name__).rstrip(".")
    try:
        faults = list(case(probe))
    except Exception as error:  # noqa: BLE001 - whatever the method under test raises is the case's outcome
        faults = [f"raised {type(error).__name__}: {error}"]
    return FunctionalityCase(name=name, passed=not faults, detail="; ".join(faults))


def _counts_and_gauges(probe: Probe) -> Iterable[str]:
    """Counters add, gauges replace, histograms count and sum."""
    monitoring = probe(SettableClock())
    for value in (1.0, 2.0, 0.5):
        monitoring.record_metric(name="selftest_total", value=value, labels=None)
        monitoring.record_metric(name="selftest_level", value=value, labels={"side": "buy"})
        monitoring.record_metric(name="selftest_seconds", value=value, labels=None)
    seen = {sample.name: sample.value for sample in monitoring.get_metrics()}
    expected = {"selftest_total": 3.5, "selftest_level": 0.5, "selftest_seconds_count": 3, "selftest_seconds_sum": 3.5}
    return [f"{name} is {seen.get(name)}, expected {want}" for name, want in expected.items() if seen.get(name) != want]


def _sampling(probe: Probe) -> Iterable[str]:
    """The process is sampled for real."""
    seen = {sample.name: sample.value for sample in probe(SettableClock()).get_metrics()}
    names = ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_threads")
    return [f"{name} is {seen.get(name)}, expected more than 0" for name in names if not seen.get(name, 0) > 0]


def _exposition(probe: Probe) -> Iterable[str]:
    """The exposition parses and shows what was recorded."""
    monitoring = probe(SettableClock())
    monitoring.record_metric(name="trading_orders_total", value=7, labels=None)
    families = text_string_to_metric_families(monitoring.render_metrics())
    seen = {sample.name: sample.value for family in families for sample in family.samples}
    if seen.get("trading_orders_total") != 7:  # noqa: PLR2004 - the value recorded above
        yield f"trading_orders_total is {seen.get('trading_orders_total')}, expected 7"


def _alerting(probe: Probe) -> Iterable[str]:
    """An alert goes from no data through pending to firing, and ends."""
    clock = SettableClock()
    monitoring = probe(clock)
    rule = RULES[0]
    expected = (
        (0, 0, 0, AlertState.NO_DATA),
        (100, 2, 0, AlertState.PENDING),
        (0, 0, rule.hold_s, AlertState.FIRING),
        (10_000, 0, 0, AlertState.FIRING),
        (0, 0, rule.keep_firing_s, AlertState.INACTIVE),
    )
    for orders, errors, seconds, state in expected:
        monitoring.record_metric(name=rule.per, value=orders, labels=None)
        monitoring.record_metric(name=rule.metric, value=errors, labels=None)
        clock.pass_s(seconds)
        seen = {alert.rule: alert.state for alert in monitoring.get_alerts()}
        if seen[rule.name] is not state:
            yield f"after {orders} orders, {errors} errors and {seconds} s it is {seen[rule.name]}, expected {state}"


def _refusal(probe: Probe) -> Iterable[str]:
    """Malformed names and values that are not finite are refused."""
    monitoring = probe(SettableClock())
    for name, value in (("9lives", 1.0), ("selftest_level", float("nan"))):
        try:
            monitoring.record_metric(name=name, value=value, labels=None)
        except ValueError:
            continue
        yield f"record_metric({name!r}, {value}) was accepted"


_CASES = (_counts_and_gauges, _sampling, _exposition, _alerting, _refusal)
