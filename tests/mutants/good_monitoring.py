"""A small, honest component of kind monitoring."""

import re
import time
from importlib.metadata import version
from math import isfinite
from threading import Event, RLock, Thread
from time import perf_counter_ns

from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.models import (
    Alert,
    AlertState,
    ComponentInfo,
    ComponentValidation,
    FunctionalityCase,
    FunctionalityReport,
    MetricSample,
    OptimizationMetrics,
    PerformanceStats,
)

NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)


def counted(function):
    """Count and time a call under the lock of its instance."""
    import functools

    @functools.wraps(function)
    def inner(self, *args, **kwargs):
        with self.lock:
            self.operations += 1
            started = perf_counter_ns()
            try:
                return function(self, *args, **kwargs)
            except Exception:
                self.errors += 1
                raise
            finally:
                self.busy_ns += perf_counter_ns() - started

    return inner


class Engine:
    """Keep the sum of every metric."""

    def __init__(self, config=None):
        self.lock = RLock()
        self.operations = 0
        self.errors = 0
        self.busy_ns = 0
        self.values = {}
        self.ended = None
        self.thread = None

    @hookimpl
    @counted
    def start_monitoring(self):
        if self.thread is None:
            self.ended = Event()
            self.thread = Thread(target=self.ended.wait, name="sampler", daemon=True)
            self.thread.start()

    @hookimpl
    @counted
    def stop_monitoring(self):
        if self.thread is not None:
            self.ended.set()
            self.thread.join()
        self.thread = None

    @hookimpl
    @counted
    def record_metric(self, name, value, labels=None):
        if not NAME.fullmatch(name) or not isfinite(value):
            raise ValueError(f"a name without blanks and a finite value, got {name} {value}")
        key = (name, tuple(sorted((labels or {}).items())))
        self.values[key] = self.values.get(key, 0.0) + float(value)

    @hookimpl
    @counted
    def get_metrics(self):
        return tuple(
            MetricSample(name=name, value=value, unit="total", ts=time.time_ns(), labels=dict(labels))
            for (name, labels), value in self.values.items()
        )

    @hookimpl
    @counted
    def get_alerts(self):
        alert = Alert(
            rule="many_metrics",
            state=AlertState.INACTIVE,
            value=float(len(self.values)),
            threshold=1e9,
            comparison=">",
            unit="count",
            since=time.time_ns(),
            samples=1,
            severity="warning",
            summary="There are many metrics.",
        )
        return (alert,)

    @hookimpl
    @counted
    def render_metrics(self):
        shown = ((name, ",".join(f'{k}="{v}"' for k, v in labels), v) for (name, labels), v in self.values.items())
        return "".join(f"{name}{{{labels}}} {v}\n" if labels else f"{name} {v}\n" for name, labels, v in shown)

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(
            name="engine",
            kind="monitoring",
            version=version("mutant-analytics"),
            contract_version=CONTRACT_VERSION,
        )

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=self.errors, busy_ns=self.busy_ns)

    @hookimpl
    def test_functionality(self):
        trial = Engine()
        trial.record_metric("test_total", 2.0)
        trial.record_metric("test_total", 3.0)
        passed = [sample.value for sample in trial.get_metrics() or ()] == [5.0]
        return FunctionalityReport(cases=(FunctionalityCase(name="a counter adds", passed=passed, detail="five"),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics(metrics={"errors_total": float(self.errors)})

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True, examined=("metrics",))

    @hookimpl
    def start(self, context):
        self.context = context

    @hookimpl
    def close(self):
        self.stop_monitoring()
        self.context = None
