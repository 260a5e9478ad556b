"""Samples are kept, batch by batch, for as long as configured."""

import signal
import sqlite3
import subprocess
import sys

import pytest

from allause.exceptions import ConfigurationError
from allause.models import MetricSample
from allause_monitoring import AdvancedMonitoringFramework, MonitoringConfig
from allause_monitoring.store import FILE_NAME, MetricsStore

SECOND = 10**9


def sample(ts, value=1.0, **labels):
    return MetricSample(name="level", value=value, unit="number", ts=ts, labels=labels)


def open_store(directory, **settings):
    return MetricsStore(directory, **({"batch_rows": 10, "retention_s": 100} | settings))


def test_what_was_written_is_there_after_a_restart(tmp_path):
    first = open_store(tmp_path)
    first.append([sample(1, 0.5, side="buy"), sample(2, 0.25, side="buy"), sample(2, 4.0)])
    first.close()
    second = open_store(tmp_path)
    second.append([sample(3, 8.0)])
    found = second.read("level")
    assert [(s.ts, s.value, dict(s.labels)) for s in found] == [
        (1, 0.5, {"side": "buy"}),
        (2, 0.25, {"side": "buy"}),
        (2, 4.0, {}),
        (3, 8.0, {}),
    ]
    second.close()


def test_only_a_full_batch_is_written(tmp_path):
    store = open_store(tmp_path, batch_rows=3)
    store.append([sample(1), sample(2)])
    assert store.rows == 0
    store.append([sample(3)])
    assert store.rows == 3
    store.close()


def test_samples_older_than_the_retention_are_deleted(tmp_path):
    store = open_store(tmp_path, retention_s=10)
    store.append([sample(at * SECOND) for at in range(15)])
    assert [s.ts // SECOND for s in store.read("level")] == list(range(4, 15))
    store.close()


def test_the_same_moment_twice_keeps_the_later_value(tmp_path):
    store = open_store(tmp_path)
    store.append([sample(1, 1.0), sample(1, 2.0)])
    assert [s.value for s in store.read("level")] == [2.0]
    store.close()


DIES = """
import os, pathlib, sys
from allause.models import MetricSample
from allause_monitoring.store import MetricsStore

store = MetricsStore(pathlib.Path(sys.argv[1]), batch_rows=2, retention_s=100)
first, second, third = (MetricSample(name="level", value=1.0, unit="number", ts=ts) for ts in (1, 2, 3))
store.append([first, second])
store.append([third])
os.kill(os.getpid(), 9)
"""


def test_a_process_that_is_killed_leaves_a_readable_store_with_the_written_batches(tmp_path):
    died = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    store = open_store(tmp_path)
    assert [s.ts for s in store.read("level")] == [1, 2]
    store.close()


@pytest.mark.parametrize(
    "content", [b"this is not a database, not at all" * 100, b"SQLite format 3\x00" + b"\xff" * 500]
)
def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{FILE_NAME} cannot be used.*move the file away"):
        open_store(tmp_path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ConfigurationError, match="expected a metrics store of version 1"):
        open_store(tmp_path)


def test_a_directory_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="nowhere"):
        AdvancedMonitoringFramework(MonitoringConfig(directory=tmp_path / "nowhere"))


def test_a_store_that_cannot_be_written_is_reported_and_recovers(tmp_path, monitoring):
    store = monitoring._monitor.store
    other = sqlite3.connect(store.path, isolation_level=None)
    store._connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    monitoring.record_metric(name="fills_total", value=3)
    monitoring.get_metrics()
    monitoring.stop_monitoring()
    assert "locked" in monitoring.validate_component().problems[0]
    assert monitoring.get_performance_stats().details["store_rows"] == 0
    other.execute("ROLLBACK")
    other.close()
    assert [s.value for s in store.read("fills_total")] == [3]
    assert monitoring.validate_component().valid


def test_a_series_of_a_batch_that_was_rolled_back_is_written_with_the_next_one(tmp_path):
    store = open_store(tmp_path, batch_rows=1)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("CREATE TRIGGER refuse BEFORE INSERT ON sample BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END")
    store.append([sample(1)])
    assert "refused on purpose" in store.problem
    other.execute("DROP TRIGGER refuse")
    other.close()
    assert [s.ts for s in store.read("level")] == [1]
    store.close()


def test_a_store_that_stays_unwritable_holds_a_bounded_number_of_rows(tmp_path):
    store = open_store(tmp_path, batch_rows=1)
    store._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for at in range(150):
        store.append([sample(at)])
    assert (store.dropped, store.rows) == (50, 0)
    other.execute("ROLLBACK")
    other.close()
    assert [s.ts for s in store.read("level")] == list(range(50, 150))
    store.close()


def test_the_component_keeps_what_it_saw_in_the_directory_of_its_context(build, tmp_path):
    monitoring = build()
    monitoring.record_metric(name="fills_total", value=2)
    monitoring.close()
    store = open_store(tmp_path / "component-0")
    assert [s.value for s in store.read("fills_total")] == [2]
    store.close()


def test_the_directory_of_the_configuration_comes_before_that_of_the_context(build, tmp_path):
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    build(directory=chosen).close()
    assert (chosen / FILE_NAME).exists()
    assert not (tmp_path / "component-0" / FILE_NAME).exists()


def test_a_closed_component_still_records_in_memory(build):
    monitoring = build()
    monitoring.close()
    monitoring.record_metric(name="fills_total", value=2)
    assert "fills_total" in {sample.name for sample in monitoring.get_metrics()}
