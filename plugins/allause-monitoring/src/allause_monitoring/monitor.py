"""Bring registry, rules, store and sampler together under one lock."""

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from allause.models import Alert, AlertState, Clock, MetricSample
from allause_monitoring.alerts import AlertBoard, Evidence
from allause_monitoring.config import MonitoringConfig
from allause_monitoring.registry import MetricRegistry
from allause_monitoring.sampler import Sampler
from allause_monitoring.sources import UsedShare, read_sources
from allause_monitoring.store import MetricsStore


class Monitor:
    """Take values, sample process and host, evaluate the rules and store what was seen.

    Attributes:
        sampler: the background thread, not started.
        store: where samples are kept; None without a directory or after ``close``.
        problems: why sources could not be read at the last sample, by source.
    """

    def __init__(
        self, config: MonitoringConfig, clock: Clock, directory: Path | None, logger: logging.Logger | None = None
    ) -> None:
        self.sampler = Sampler(self._tick, config.sample_interval_s)
        self.problems: dict[str, str] = {}
        self.store: MetricsStore | None = None
        if directory is not None:
            self.store = MetricsStore(directory, batch_rows=config.batch_rows, retention_s=config.retention_s)
        self._clock = clock
        self._logger = logger
        self._lock = Lock()
        self._registry = MetricRegistry(config.max_series)
        self._evidence = Evidence(config.rules())
        self._board = AlertBoard(config.rules())
        self._process_share = UsedShare()
        self._host_share = UsedShare()
        self._sampled = 0
        self._source_errors = 0
        self._last_ns = clock.monotonic_ns()
        self._core_seconds = 0.0

    def record(self, name: str, value: float, labels: Mapping[str, str] | None) -> None:
        """Take one measured value."""
        with self._lock:
            number = self._registry.record(name, value, labels, self._clock.now_ns())
            self._evidence.add(name, number, self._clock.monotonic_ns())

    def metrics(self) -> tuple[MetricSample, ...]:
        """Sample now and return every metric; they go to the store, too."""
        readings, problems = read_sources()
        with self._lock:
            self._sample(readings, problems)
            return self._keep()

    def alerts(self) -> tuple[Alert, ...]:
        """Sample now and evaluate every rule."""
        readings, problems = read_sources()
        with self._lock:
            self._sample(readings, problems)
            before, alerts = self._evaluate()
        self._announce(before, alerts)
        return alerts

    def render(self) -> str:
        """Sample now and return the exposition."""
        readings, problems = read_sources()
        with self._lock:
            self._sample(readings, problems)
            return self._registry.render()

    def details(self) -> dict[str, float]:
        """Return figures about the monitor itself."""
        with self._lock:
            details = {
                "series": float(self._registry.recorded),
                "samples": float(self._sampled),
                "source_errors": float(self._source_errors),
                "sampler_errors": float(self.sampler.errors),
            }
            if self.store is not None:
                details |= {"store_rows": float(self.store.rows), "store_rows_dropped": float(self.store.dropped)}
            return details

    def complaints(self) -> list[str]:
        """Return what is wrong right now, one sentence each."""
        with self._lock:
            found = [f"source {name} cannot be read: {reason}" for name, reason in self.problems.items()]
            if self.sampler.problem:
                found.append(f"the last background sample failed: {self.sampler.problem}")
            if self.store is not None and self.store.problem:
                found.append(f"the store cannot be written: {self.store.problem}")
            return found

    def stop(self) -> None:
        """End the background sampling and write what is pending."""
        self.sampler.stop()
        with self._lock:
            if self.store is not None:
                self.store.flush()

    def close(self) -> None:
        """Release thread and file; may be called twice."""
        self.sampler.stop()
        with self._lock:
            if self.store is not None:
                self.store.append(self._registry.samples())
                self.store.close()
                self.store = None

    def _tick(self) -> None:
        readings, problems = read_sources()
        with self._lock:
            self._sample(readings, problems)
            self._keep()
            before, alerts = self._evaluate()
        self._announce(before, alerts)

    def _keep(self) -> tuple[MetricSample, ...]:
        samples = self._registry.samples()
        if self.store is not None:
            self.store.append(samples)
        return samples

    def _evaluate(self) -> tuple[Mapping[str, AlertState], tuple[Alert, ...]]:
        before = self._board.states
        alerts = self._board.evaluate(
            self._evidence, monotonic_ns=self._clock.monotonic_ns(), utc_ns=self._clock.now_ns()
        )
        return before, alerts

    def _sample(self, readings: dict[str, float], problems: dict[str, str]) -> None:
        readings |= self._shares(readings)
        self._sampled += 1
        self._source_errors += len(problems)
        self.problems = problems
        readings |= {
            "monitoring_samples_total": float(self._sampled),
            "monitoring_source_errors_total": float(self._source_errors),
            "monitoring_sampler_errors_total": float(self.sampler.errors),
            "monitoring_series": float(self._registry.recorded),
        }
        self._registry.sample(readings, self._clock.now_ns())
        self._evidence.levels = readings

    def _shares(self, readings: dict[str, float]) -> dict[str, float]:
        now_ns = self._clock.monotonic_ns()
        self._core_seconds += max(0, now_ns - self._last_ns) * readings.get("host_cpu_allowed_cores", 0.0) / 1e9
        self._last_ns = max(self._last_ns, now_ns)
        process, host_busy, host_all = (
            readings.get(name)
            for name in ("process_cpu_seconds_total", "host_cpu_busy_seconds_total", "host_cpu_seconds_total")
        )
        shares: dict[str, float | None] = {}
        if process is not None:
            shares["process_cpu_ratio"] = self._process_share.update(now_ns, process, self._core_seconds)
        if host_busy is not None and host_all is not None:
            shares["host_cpu_ratio"] = self._host_share.update(now_ns, host_busy, host_all)
        return {name: share for name, share in shares.items() if share is not None}

    def _announce(self, before: Mapping[str, AlertState], alerts: tuple[Alert, ...]) -> None:
        # Outside the lock: a log handler may well record a metric.
        if self._logger is None:
            return
        for alert in alerts:
            if alert.state is before[alert.rule]:
                continue
            if alert.state is AlertState.FIRING:
                self._logger.warning("alert %s fires: %s", alert.rule, alert.summary)
            elif before[alert.rule] is AlertState.FIRING:
                self._logger.info("alert %s ended: %s", alert.rule, alert.summary)
