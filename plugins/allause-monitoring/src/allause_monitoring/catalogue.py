"""Know every metric: name, type, unit, help and source, as data."""

import re
from enum import StrEnum

import attrs

#: Upper bounds of the histograms, in seconds. 0.001 and 0.025 are thresholds of alert rules.
BOUNDS = (
    *(0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5),
    *(0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_UNITS = ("seconds", "bytes", "ratio")


class MetricType(StrEnum):
    """Name how a metric takes values."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """Name who supplies a metric's values."""

    SAMPLED = "sampled"
    RECORDED = "recorded"


@attrs.frozen
class MetricDefinition:
    """Describe one metric.

    Attributes:
        name: Prometheus-style; a counter ends in ``_total``.
        type: how it takes values.
        unit: of its values.
        help: one sentence for people.
        source: where the values come from.
        origin: ``sampled`` by this component, or ``recorded`` with ``record_metric``.
    """

    name: str
    type: MetricType
    unit: str
    help: str
    source: str
    origin: Origin = Origin.SAMPLED

    @property
    def sample_names(self) -> tuple[str, ...]:
        """Return the names under which it appears in the exposition format and in ``get_metrics``."""
        if self.type is MetricType.HISTOGRAM:
            return tuple(self.name + suffix for suffix in ("", "_bucket", "_count", "_sum"))
        return (self.name,)


_C, _G, _H = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM
_PSUTIL_PROCESS = "psutil.Process"
_CALLER = "record_metric"
_SELF = "this component"

CATALOGUE = (
    MetricDefinition("process_cpu_seconds_total", _C, "seconds", "CPU time of this process.", _PSUTIL_PROCESS),
    MetricDefinition(
        "process_cpu_ratio",
        _G,
        "ratio",
        "CPU time of this process over what its allowed cores could give, over the last 10 s at most, 1 s at least.",
        f"{_PSUTIL_PROCESS}, scheduler affinity, cgroup quota",
    ),
    MetricDefinition("process_resident_memory_bytes", _G, "bytes", "Resident set size (RSS).", _PSUTIL_PROCESS),
    MetricDefinition("process_virtual_memory_bytes", _G, "bytes", "Address space in use.", _PSUTIL_PROCESS),
    MetricDefinition("process_threads", _G, "threads", "Threads of this process.", _PSUTIL_PROCESS),
    MetricDefinition("process_open_fds", _G, "descriptors", "Open file descriptors.", _PSUTIL_PROCESS),
    MetricDefinition(
        "process_context_switches_total", _C, "total", "Voluntary and involuntary context switches.", _PSUTIL_PROCESS
    ),
    MetricDefinition("process_start_time_seconds", _G, "seconds", "Start, seconds since 1970.", _PSUTIL_PROCESS),
    MetricDefinition(
        "process_read_bytes_total", _C, "bytes", "Bytes read through system calls.", "psutil.Process.io_counters"
    ),
    MetricDefinition(
        "process_written_bytes_total", _C, "bytes", "Bytes written through system calls.", "psutil.Process.io_counters"
    ),
    MetricDefinition("python_gc_collections_total", _C, "total", "Garbage collections, all generations.", "gc"),
    MetricDefinition(
        "host_cpu_busy_seconds_total", _C, "seconds", "CPU time used, all CPUs and processes.", "psutil.cpu_times"
    ),
    MetricDefinition(
        "host_cpu_seconds_total", _C, "seconds", "CPU time there was, all CPUs, idle included.", "psutil.cpu_times"
    ),
    MetricDefinition("host_cpu_ratio", _G, "ratio", "Busy share of all CPUs, over the same time.", "psutil.cpu_times"),
    MetricDefinition(
        "host_cpu_allowed_cores",
        _G,
        "cores",
        "Cores this process may use: the smaller of its affinity and its cgroup's quota.",
        "scheduler affinity, cgroup quota",
    ),
    MetricDefinition("host_load_1m", _G, "tasks", "Load average over one minute.", "os.getloadavg"),
    MetricDefinition("host_memory_total_bytes", _G, "bytes", "Physical memory.", "psutil.virtual_memory"),
    MetricDefinition(
        "host_memory_available_bytes", _G, "bytes", "Memory available without swapping.", "psutil.virtual_memory"
    ),
    MetricDefinition("host_swap_used_bytes", _G, "bytes", "Swap in use.", "psutil.swap_memory"),
    MetricDefinition("host_boot_time_seconds", _G, "seconds", "Start, seconds since 1970.", "psutil.boot_time"),
    MetricDefinition(
        "host_network_received_bytes_total", _C, "bytes", "Bytes received, all interfaces.", "psutil.net_io_counters"
    ),
    MetricDefinition(
        "host_network_sent_bytes_total", _C, "bytes", "Bytes sent, all interfaces.", "psutil.net_io_counters"
    ),
    MetricDefinition("host_disk_read_bytes_total", _C, "bytes", "Bytes read, all disks.", "psutil.disk_io_counters"),
    MetricDefinition(
        "host_disk_written_bytes_total", _C, "bytes", "Bytes written, all disks.", "psutil.disk_io_counters"
    ),
    MetricDefinition("monitoring_samples_total", _C, "total", "Times process and host were sampled.", _SELF),
    MetricDefinition("monitoring_source_errors_total", _C, "total", "Sources that could not be read.", _SELF),
    MetricDefinition("monitoring_sampler_errors_total", _C, "total", "Background samples that failed.", _SELF),
    MetricDefinition("monitoring_series", _G, "series", "Recorded series held in memory.", _SELF),
    MetricDefinition(
        "trading_orders_total", _C, "total", "Orders tried, failed ones included.", _CALLER, Origin.RECORDED
    ),
    MetricDefinition("trading_errors_total", _C, "total", "Orders that failed.", _CALLER, Origin.RECORDED),
    MetricDefinition(
        "trading_order_latency_seconds", _H, "seconds", "From order call to answer.", _CALLER, Origin.RECORDED
    ),
    MetricDefinition("market_data_events_total", _C, "total", "Market data events seen.", _CALLER, Origin.RECORDED),
    MetricDefinition(
        "market_data_latency_seconds", _H, "seconds", "From receipt of an event to its use.", _CALLER, Origin.RECORDED
    ),
)

DEFINITIONS = {definition.name: definition for definition in CATALOGUE}


def define(name: str) -> MetricDefinition:
    """Return the definition of a recorded metric, from the catalogue or from its name.

    ``*_total`` is a counter, ``*_seconds`` a histogram, anything else a gauge.

    Raises:
        ValueError: malformed, or sampled by this component itself.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"metric name {name!r} is malformed: expected letters, digits and underscores, not beginning with a digit"
        )
    known = DEFINITIONS.get(name)
    if known is not None:
        if known.origin is Origin.SAMPLED:
            raise ValueError(f"metric {name} is sampled by this component: record yours under another name")
        return known
    kind = _C if name.endswith("_total") else _H if name.endswith("_seconds") else _G
    last_word = name.removesuffix("_total").rsplit("_", 1)[-1]
    unit = last_word if last_word in _UNITS else "total" if kind is _C else "number"
    return MetricDefinition(name, kind, unit, f"Recorded as {name}.", _CALLER, Origin.RECORDED)
