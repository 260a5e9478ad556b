"""Keep metric samples in one SQLite file: written in batches, deleted when they are old."""

import json
import sqlite3
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from allause.exceptions import ConfigurationError
from allause.models import MetricSample

FILE_NAME = "metrics.sqlite3"
_APPLICATION_ID = 0x616C6D6F  # "almo"
_VERSION = 1
_SECOND = 1_000_000_000
_KEEP_BATCHES = 100

_SCHEMA = f"""
CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (name, labels)
);
CREATE TABLE sample (
    series INTEGER NOT NULL REFERENCES series, ts INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, ts)
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""


class MetricsStore:
    """Write samples to ``metrics.sqlite3`` in a directory and read them back.

    A crash loses at most the batch that is not yet written. Its owner calls it from one thread at a time.

    Attributes:
        path: of the file.
        rows: samples written by this instance.
        dropped: samples given up because the file could not be written.
        problem: why the last write failed; empty when it did not.
    """

    def __init__(self, directory: Path, *, batch_rows: int, retention_s: float) -> None:
        self.path = directory / FILE_NAME
        self.rows = 0
        self.dropped = 0
        self.problem = ""
        self._batch_rows = batch_rows
        self._retention_ns = int(retention_s * _SECOND)
        self._pending: deque[MetricSample] = deque()
        self._ids: dict[tuple[str, str], int] = {}
        self._newest_ts = 0
        self._connection = _open(self.path)

    def append(self, samples: Iterable[MetricSample]) -> None:
        """Take samples; a full batch is written at once."""
        self._pending.extend(samples)
        if len(self._pending) >= self._batch_rows:
            self.flush()

    def flush(self) -> None:
        """Write what is pending and delete what is too old, in one transaction.

        A failure is kept in ``problem`` and tried again with the next batch; 100 batches are held at most.
        """
        if not self._pending:
            return
        newest = max(self._newest_ts, *(sample.ts for sample in self._pending))
        try:
            with self._connection:
                rows = [(self._series_id(sample), sample.ts, sample.value) for sample in self._pending]
                self._connection.executemany("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", rows)
                self._connection.execute("DELETE FROM sample WHERE ts < ?", (newest - self._retention_ns,))
        except sqlite3.Error as error:
            self._ids.clear()  # those of the transaction that was rolled back are gone
            self.problem = f"{self.path}: {error}"
            while len(self._pending) > self._batch_rows * _KEEP_BATCHES:
                self._pending.popleft()
                self.dropped += 1
            return
        self._newest_ts = newest
        self.rows += len(rows)
        self.problem = ""
        self._pending.clear()

    def read(self, name: str) -> tuple[MetricSample, ...]:
        """Write what is pending and return the stored samples of one metric, oldest first."""
        self.flush()
        rows = self._connection.execute(
            "SELECT name, value, unit, ts, labels FROM sample JOIN series ON id = series WHERE name = ? ORDER BY ts",
            (name,),
        )
        return tuple(
            MetricSample(name=name, value=value, unit=unit, ts=ts, labels=json.loads(labels))
            for name, value, unit, ts, labels in rows
        )

    def close(self) -> None:
        """Write what is pending and close the file."""
        self.flush()
        self.dropped += len(self._pending)
        self._connection.close()

    def _series_id(self, sample: MetricSample) -> int:
        labels = json.dumps(dict(sample.labels), sort_keys=True)
        key = (sample.name, labels)
        if key not in self._ids:
            self._connection.execute(
                "INSERT OR IGNORE INTO series (name, labels, unit) VALUES (?, ?, ?)", (*key, sample.unit)
            )
            found = self._connection.execute("SELECT id FROM series WHERE name = ? AND labels = ?", key)
            self._ids[key] = found.fetchone()[0]
        return self._ids[key]


def _open(path: Path) -> sqlite3.Connection:
    try:
        # Its owner holds a lock around every use, so that the sampler's thread may write too.
        connection = sqlite3.connect(path, check_same_thread=False)
    except sqlite3.Error as error:
        raise _unusable(path, str(error)) from error
    try:
        problem = _prepare(connection)
    except sqlite3.Error as error:
        problem = str(error)
    if problem:
        connection.close()
        raise _unusable(path, problem)
    return connection


def _prepare(connection: sqlite3.Connection) -> str:
    identity, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if (identity, version) == (0, 0) and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
    elif (identity, version) != (_APPLICATION_ID, _VERSION):
        return f"expected a metrics store of version {_VERSION}, found application {identity}, version {version}"
    connection.execute("PRAGMA synchronous = NORMAL")
    check: str = connection.execute("PRAGMA quick_check").fetchone()[0]
    return "" if check == "ok" else check


def _unusable(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"metrics store {path} cannot be used: {problem}; expected a new or an intact store in an existing, writable "
        "directory: move the file away or choose another directory",
        "directory",
    )
