"""Sampled metrics come from the machine and move with what they measure."""

import gc
import os
import socket
import time
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest

from allause_monitoring.catalogue import CATALOGUE, DEFINITIONS, MetricType, Origin
from allause_monitoring.sources import SOURCES, UsedShare, allowed_cores, read_sources

SECOND = 10**9


def sampled(component):
    return {sample.name: sample.value for sample in component.get_metrics()}


def test_every_sampled_metric_of_the_catalogue_is_produced(monitoring, clock, tmp_path):
    monitoring.get_metrics()
    clock.pass_s(2)
    burn_cpu(tmp_path)  # so that the host's CPU time has moved, too
    absent = {d.name for d in CATALOGUE if d.origin is Origin.SAMPLED} - sampled(monitoring).keys()
    for name, reading in (("host_network", psutil.net_io_counters()), ("host_disk", psutil.disk_io_counters())):
        if reading is None:
            absent = {metric for metric in absent if not metric.startswith(name)}
    assert absent == set()


def test_nothing_outside_the_catalogue_is_produced(monitoring):
    assert sampled(monitoring).keys() <= DEFINITIONS.keys()


def burn_cpu(tmp_path):
    until = time.process_time() + 0.03
    while time.process_time() < until:
        sum(range(1_000))


def switch_context(tmp_path):
    for _ in range(5):
        time.sleep(0.001)


def write_and_read(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(b"x" * 200_000)
    assert len(path.read_bytes()) == 200_000


def use_loopback(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"x" * 100_000)


@pytest.mark.parametrize(
    ("metric", "work", "least"),
    [
        ("process_cpu_seconds_total", burn_cpu, 0.015),
        ("host_cpu_busy_seconds_total", burn_cpu, 0.01),
        ("process_context_switches_total", switch_context, 5),
        ("python_gc_collections_total", lambda _: gc.collect(), 1),
        ("process_written_bytes_total", write_and_read, 200_000),
        ("process_read_bytes_total", write_and_read, 200_000),
        ("host_network_sent_bytes_total", use_loopback, 100_000),
        ("monitoring_samples_total", lambda _: None, 1),
    ],
)
def test_a_counter_grows_with_the_work(monitoring, tmp_path, metric, work, least):
    before = sampled(monitoring)[metric]
    work(tmp_path)
    assert sampled(monitoring)[metric] - before >= least


def test_resident_memory_grows_and_shrinks_with_an_allocation(monitoring):
    size = 64 * 1024 * 1024
    before = sampled(monitoring)
    block = bytearray(b"x") * size
    during = sampled(monitoring)
    del block
    after = sampled(monitoring)
    assert during["process_resident_memory_bytes"] - before["process_resident_memory_bytes"] > 0.9 * size
    assert during["process_resident_memory_bytes"] - after["process_resident_memory_bytes"] > 0.9 * size
    assert during["process_virtual_memory_bytes"] - before["process_virtual_memory_bytes"] > 0.9 * size


def test_threads_and_descriptors_are_those_open_now(monitoring):
    before = sampled(monitoring)
    release = Event()
    thread = Thread(target=release.wait)
    thread.start()
    with Path(os.devnull).open(encoding="utf-8"):
        during = sampled(monitoring)
    release.set()
    thread.join()
    assert during["process_threads"] - before["process_threads"] == 1
    assert during["process_open_fds"] - before["process_open_fds"] == 1


def test_the_process_is_this_one(monitoring):
    assert sampled(monitoring)["process_start_time_seconds"] == psutil.Process(os.getpid()).create_time()


def test_a_source_that_cannot_be_read_is_absent_counted_and_reported(monitoring, monkeypatch):
    def denied():
        raise PermissionError("no business of yours")

    monkeypatch.setitem(SOURCES, "process_io", denied)
    found = sampled(monitoring)
    assert "process_read_bytes_total" not in found
    assert found["monitoring_source_errors_total"] == 1
    validation = monitoring.validate_component()
    assert not validation.valid
    assert "process_io cannot be read: PermissionError: no business of yours" in validation.problems[0]


def test_a_source_that_recovers_is_shown_again(monitoring, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(SOURCES, "process_io", dict)
        assert "process_read_bytes_total" not in sampled(monitoring)
    assert "process_read_bytes_total" in sampled(monitoring)
    assert monitoring.validate_component().valid


def test_a_reading_that_is_not_finite_is_absent(monkeypatch):
    monkeypatch.setitem(SOURCES, "host", lambda: {"host_load_1m": float("nan")})
    assert "host_load_1m" not in read_sources()[0]


def test_no_counter_of_the_catalogue_lacks_its_suffix_and_no_gauge_has_it():
    for definition in CATALOGUE:
        assert definition.name.endswith("_total") == (definition.type is MetricType.COUNTER)
        assert definition.help.endswith(".")


# -- allowed cores


@pytest.mark.parametrize(
    ("files", "membership", "cores"),
    [
        ({}, "0::/\n", None),
        ({"box/cpu.max": "50000 100000\n"}, "0::/box\n", 0.5),
        ({"box/cpu.max": "max 100000\n"}, "0::/box\n", None),
        ({"box/cpu.max": "25000 100000\n", "box/in/cpu.max": "max 100000\n"}, "0::/box/in\n", 0.25),
        (
            {"cpu,cpuacct/box/cpu.cfs_quota_us": "40000\n", "cpu,cpuacct/box/cpu.cfs_period_us": "100000\n"},
            "4:cpu,cpuacct:/box\n0::/\n",
            0.4,
        ),
        ({"cpu/box/cpu.cfs_quota_us": "-1\n", "cpu/box/cpu.cfs_period_us": "100000\n"}, "4:cpu:/box\n", None),
    ],
)
def test_the_cores_allowed_are_the_affinity_or_the_smaller_quota(tmp_path, files, membership, cores):
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    listing = tmp_path / "membership"
    listing.write_text(membership)
    expected = len(os.sched_getaffinity(0)) if cores is None else cores
    assert allowed_cores(tmp_path / "cgroup", listing) == expected


def test_the_cores_allowed_follow_the_affinity():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert allowed_cores() <= 1
    finally:
        os.sched_setaffinity(0, before)


# -- shares


def test_a_share_is_used_over_available_of_the_last_ten_seconds():
    share = UsedShare()
    for second in range(30):
        share.update(second * SECOND, min(second, 15) * 2.0, second * 4.0)
    assert share.update(30 * SECOND, 30.0, 120.0) == 0.0
    busy = UsedShare()
    assert busy.update(0, 0.0, 0.0) is None
    assert busy.update(SECOND - 1, 1.0, 2.0) is None
    assert busy.update(SECOND, 1.0, 2.0) == 0.5


def test_a_gap_between_two_samples_is_averaged_and_not_taken_as_a_burst():
    share = UsedShare()
    share.update(0, 0.0, 0.0)
    assert share.update(60 * SECOND, 12.0, 120.0) == pytest.approx(0.1)


def test_the_cpu_ratio_is_the_cpu_time_used_over_that_of_the_allowed_cores(monitoring, clock):
    monitoring.get_metrics()
    begun = time.process_time()
    while time.process_time() < begun + 0.2:
        sum(range(1_000))
    clock.pass_s(2)
    ratio = sampled(monitoring)["process_cpu_ratio"]
    used = time.process_time() - begun
    assert ratio * 2 * allowed_cores() == pytest.approx(used, abs=0.05)  # psutil's CPU time comes in ticks of 10 ms
