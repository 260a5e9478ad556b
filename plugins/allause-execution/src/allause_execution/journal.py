"""The journal: events in SQLite, each chained to the one before by a checksum.

Whoever needs a commit first writes for everybody waiting. Intents are on disk (``synchronous=FULL``) before
``flush`` returns; what the venue told is in the operating system's hands by then, because reconciliation can
ask for it again after a power loss.
"""

import contextlib
import fcntl
import os
import sqlite3
import weakref
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from zlib import crc32

import attrs
import msgspec

from allause.exceptions import JournalError
from allause_execution.events import Event

FORMAT_VERSION = 1
_APPLICATION_ID = 0x616C6C75
_SCHEMA = "CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL)"
_INSERT = "INSERT INTO events VALUES (?, ?, ?)"
_READ = "SELECT seq, body, crc FROM events ORDER BY seq"


@attrs.define(eq=False)
class Ticket:
    """Wait for one event to be committed."""

    body: bytes
    durable: bool
    done: bool = False
    error: str = ""


class Journal:
    """Append events and read them back; safe from several threads, refused to a second process.

    Args:
        path: the file, made when missing; None keeps the journal in memory, which no restart survives.
        orders_per_commit: most durable events in one commit.

    Raises:
        JournalError: the file cannot be written, is in use, is damaged or is of another version.
    """

    def __init__(self, path: Path | None, *, orders_per_commit: int = 1) -> None:
        self.path = path
        self.name = str(path) if path else "the journal in memory"
        self.broken = ""
        self.commits = 0
        self._orders_per_commit = orders_per_commit
        self._queue: deque[Ticket] = deque()
        self._committing = Lock()
        self._seq = self._crc = 0
        self._synchronous = ""
        lock = _lock(path) if path else None
        try:
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            _release(None, lock)
            raise JournalError(_unusable(self.name, error)) from error
        # A component that is dropped without close leaves neither a connection nor a lock behind.
        self._release = weakref.finalize(self, _release, self._db, lock)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise JournalError(_unusable(self.name, error)) from error
        except JournalError:
            self.close()
            raise

    @property
    def durable(self) -> bool:
        """Tell whether a restart finds what was written."""
        return self.path is not None

    @property
    def events_written(self) -> int:
        """Return the number of events in the journal."""
        return self._seq

    def replay(self) -> Iterator[Event]:
        """Yield every event in order, each checked, before anything is written; appending continues after the last.

        Raises:
            JournalError: an event is missing, changed or not understood; the message names file and event.
        """
        self._seq = self._crc = 0
        for seq, crc, event in self._checked():
            self._seq, self._crc = seq, crc
            yield event

    def verify(self) -> str:
        """Read the whole journal again and return what is wrong with it; empty when nothing is."""
        if self.broken:
            return self.broken
        with self._committing:
            last = (0, 0)
            try:
                for seq, crc, _ in self._checked():
                    last = (seq, crc)
            except JournalError as error:
                return str(error)
            if last != (self._seq, self._crc):
                return f"{self.name} ends with event {last[0]}, {self._seq} were written; keep the file and restore it"
        return ""

    def enqueue(self, body: bytes, *, durable: bool = False) -> Ticket:
        """Fix the place of an encoded event in the order of events; it is written by the next ``flush``."""
        ticket = Ticket(body, durable)
        self._queue.append(ticket)
        return ticket

    def flush(self, ticket: Ticket) -> None:
        """Return when the ticket's event, and all before it, are committed.

        Raises:
            JournalError: it could not be written; from then on nothing is.
        """
        while not ticket.done:
            with self._committing:
                if not ticket.done:
                    self._commit(self._take())
        if ticket.error:
            raise JournalError(ticket.error)

    def close(self) -> None:
        """Close the file; what is queued and not flushed is dropped."""
        self.broken = self.broken or f"{self.name} is closed"
        with self._committing:
            self._release()

    def _prepare(self) -> None:
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        new = (application, version, tables) == (0, 0, 0)
        if not new and (application, version) != (_APPLICATION_ID, FORMAT_VERSION):
            found = f"version {version}" if application == _APPLICATION_ID else "another program's database"
            raise JournalError(
                f"{self.name}: expected an order journal of version {FORMAT_VERSION}, found {found}; "
                "give another directory or the allause-execution that wrote it"
            )
        self._db.execute("PRAGMA journal_mode=WAL").fetchone()
        self._set_synchronous("FULL")
        if new:
            # One transaction: a process that dies here leaves an empty file, which the next start takes for new.
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(_SCHEMA)
            self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version={FORMAT_VERSION}")
            self._db.execute("COMMIT")
            if self.path:
                _sync_directory(self.path.parent)
        problem = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise JournalError(_damaged(self.name, problem))

    def _checked(self) -> Iterator[tuple[int, int, Event]]:
        last = chain = 0
        try:
            for seq, body, crc in self._db.execute(_READ):
                if seq != last + 1:
                    raise JournalError(_damaged(self.name, f"expected event {last + 1}, found event {seq}"))
                chain = crc32(_bytes(body), chain)
                if chain != crc:
                    raise JournalError(_damaged(self.name, f"event {seq} does not match its checksum"))
                event = _DECODER.decode(body)
                last = seq
                yield seq, crc, event
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise JournalError(_damaged(self.name, f"after event {last}: {error}")) from error

    def _take(self) -> list[Ticket]:
        group: list[Ticket] = []
        durable = 0
        while self._queue and durable < self._orders_per_commit:
            group.append(self._queue.popleft())
            durable += group[-1].durable
        return group

    def _commit(self, group: list[Ticket]) -> None:
        seq, chain, rows = self._seq, self._crc, []
        for ticket in group:
            seq, chain = seq + 1, crc32(ticket.body, chain)
            rows.append((seq, ticket.body.decode(), chain))
        try:
            if self.broken:
                return
            self._set_synchronous("FULL" if any(ticket.durable for ticket in group) else "NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(_INSERT, rows)
            self._db.execute("COMMIT")
            self._seq, self._crc = seq, chain
            self.commits += 1
        except sqlite3.Error as error:
            # After a failed write or sync nobody knows what the file holds: it is not trusted again.
            self.broken = _unusable(self.name, error)
            with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
                self._db.execute("ROLLBACK")
        finally:
            for ticket in group:
                ticket.error, ticket.done = self.broken, True

    def _set_synchronous(self, mode: str) -> None:
        if mode != self._synchronous:
            self._db.execute(f"PRAGMA synchronous={mode}")
            self._synchronous = mode


_DECODER = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the event as it is journalled.

    Raises:
        ValueError: it would not be read back as it is, because a field is not of its type.
    """
    try:
        body = msgspec.json.encode(event)
        if _DECODER.decode(body) == event:
            return body
    except (TypeError, msgspec.MsgspecError) as error:
        raise ValueError(f"it cannot be journalled: {error}") from error
    raise ValueError("it cannot be journalled: it would be read back as another event")


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else b""


def _lock(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(_unusable(str(path), error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise JournalError(f"{path} is in use by another engine; close that one or give another directory") from error
    return descriptor


def _release(db: sqlite3.Connection | None, lock: int | None) -> None:
    if db is not None:
        db.close()
    if lock is not None:
        os.close(lock)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(name: str, error: Exception) -> str:
    return f"{name} cannot be used as order journal: {error}; check the directory, its free space and the file"


def _damaged(name: str, what: str) -> str:
    return f"{name} is damaged: {what}; keep the file and restore it from a copy, nothing was applied"
