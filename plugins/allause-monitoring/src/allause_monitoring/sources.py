"""Read process and host: one function for each source, each guarded by ``read_sources``."""

import gc
import math
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types

Readings = dict[str, float]

_SECOND = 1_000_000_000
_CPU_WINDOW_NS = 10 * _SECOND
_CPU_LEAST_NS = _SECOND  # CPU time comes in ticks of 10 ms: over one second that is one percent
_POINT_EVERY_NS = _SECOND // 10


def _process() -> Readings:
    # Built each time: after a fork an older object would describe the parent.
    process = psutil.Process()
    with process.oneshot():
        cpu, memory, switches = process.cpu_times(), process.memory_info(), process.num_ctx_switches()
        return {
            "process_cpu_seconds_total": cpu.user + cpu.system,
            "process_resident_memory_bytes": memory.rss,
            "process_virtual_memory_bytes": memory.vms,
            "process_threads": process.num_threads(),
            "process_open_fds": process.num_fds(),
            "process_context_switches_total": switches.voluntary + switches.involuntary,
            "process_start_time_seconds": process.create_time(),
        }


def _process_io() -> Readings:
    io = psutil.Process().io_counters()
    return {"process_read_bytes_total": io.read_chars, "process_written_bytes_total": io.write_chars}


def _python() -> Readings:
    return {"python_gc_collections_total": sum(generation["collections"] for generation in gc.get_stats())}


def _host() -> Readings:
    memory = psutil.virtual_memory()
    return {
        "host_cpu_allowed_cores": allowed_cores(),
        "host_load_1m": os.getloadavg()[0],
        "host_memory_total_bytes": memory.total,
        "host_memory_available_bytes": memory.available,
        "host_swap_used_bytes": psutil.swap_memory().used,
        "host_boot_time_seconds": psutil.boot_time(),
    }


def _host_cpu() -> Readings:
    times = psutil.cpu_times()
    # Linux counts guest time inside user time as well.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    busy = total - times.idle - getattr(times, "iowait", 0.0)
    return {"host_cpu_busy_seconds_total": busy, "host_cpu_seconds_total": total}


def _network() -> Readings:
    io = psutil.net_io_counters()
    if io is None:
        return {}
    return {"host_network_received_bytes_total": io.bytes_recv, "host_network_sent_bytes_total": io.bytes_sent}


def _disk() -> Readings:
    io = psutil.disk_io_counters()
    if io is None:
        return {}
    return {"host_disk_read_bytes_total": io.read_bytes, "host_disk_written_bytes_total": io.write_bytes}


SOURCES: dict[str, Callable[[], Readings]] = {
    "process": _process,
    "process_io": _process_io,
    "python": _python,
    "host": _host,
    "host_cpu": _host_cpu,
    "network": _network,
    "disk": _disk,
}


def read_sources() -> tuple[Readings, dict[str, str]]:
    """Return the readings, and for each source that could not be read the reason.

    A metric whose source has nothing to say is absent, never zero.
    """
    readings: Readings = {}
    problems: dict[str, str] = {}
    for name, read in SOURCES.items():
        try:
            found = read()
        except (psutil.Error, OSError) as error:
            problems[name] = f"{type(error).__name__}: {error}"
            continue
        readings |= {metric: float(value) for metric, value in found.items() if math.isfinite(value)}
    return readings, problems


def allowed_cores(cgroups: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")) -> float:
    """Return how many cores this process may use: the smaller of its affinity and its cgroups' quotas."""
    cores = float(len(os.sched_getaffinity(0)))
    return min([cores, *_quotas(cgroups, membership)])


def _quotas(cgroups: Path, membership: Path) -> list[float]:
    quotas = []
    for line in _text(membership).splitlines():
        _, controllers, group = line.split(":", 2)
        root = cgroups if not controllers else cgroups / controllers
        if controllers and "cpu" not in controllers.split(","):
            continue
        folder = root / group.lstrip("/")
        # A parent's quota binds its children too.
        for place in (folder, *folder.parents):
            if not place.is_relative_to(root):
                break
            quota, period = (
                (_text(place / "cpu.max").split() or ["max", ""])
                if not controllers
                else (_text(place / "cpu.cfs_quota_us").strip(), _text(place / "cpu.cfs_period_us").strip())
            )
            if quota.isdigit() and period.isdigit() and int(quota) > 0 and int(period) > 0:
                quotas.append(int(quota) / int(period))
    return quotas


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""  # no such controller here, or not ours to read: it then limits nothing we can see


class UsedShare:
    """Follow which share of what was available was used, over a sliding time."""

    def __init__(self) -> None:
        self._points: deque[tuple[int, float, float]] = deque()

    def update(self, now_ns: int, used: float, available: float) -> float | None:
        """Take two totals that only grow and return the share, None until there is enough to tell."""
        points = self._points
        if not points or now_ns - points[-1][0] >= _POINT_EVERY_NS:
            points.append((now_ns, used, available))
        while len(points) > 1 and points[1][0] <= now_ns - _CPU_WINDOW_NS:
            points.popleft()
        then_ns, used_then, available_then = points[0]
        if now_ns - then_ns < _CPU_LEAST_NS or available <= available_then:
            return None
        return (used - used_then) / (available - available_then)
