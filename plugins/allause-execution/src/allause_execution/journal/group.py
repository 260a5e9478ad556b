"""The journal as the engine uses it: whoever needs a commit first writes for everybody waiting.

Whoever does not need the disk writes and leaves the sync to those who do, who are never more than one commit may hold.
"""

import contextlib
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

import msgspec

from allause.exceptions import JournalError
from allause_execution.journal.chain import Chain
from allause_execution.journal.damage import unusable
from allause_execution.journal.disk import Disk
from allause_execution.journal.notation import decoded
from allause_execution.journal.reading import Reading
from allause_execution.orders.events import Event
from allause_execution.turns import Turns

SEGMENT_BYTES = 1 << 20


class Ticket(msgspec.Struct, eq=False, gc=False):  # three of an order; they refer to nothing that refers to them
    """Wait for one event to be committed."""

    body: bytes
    durable: bool
    done: bool = False
    error: str = ""


class Journal:
    """Append events and read them back; safe from several threads, refused to a second process.

    An event that must be durable is on disk before ``flush`` returns; any other is in the operating system's hands by
    then, so that the death of the process cannot undo it, and on disk with the next durable one.

    Args:
        path: the directory, made when missing.
        orders_per_commit: most durable events in one commit.
        segment_bytes: of the first segment.
        disk: where it is.

    Attributes:
        name: for messages.
        broken: why nothing is written any more; empty while it is.
        commits: made since it was opened.

    Raises:
        JournalError: the journal cannot be written, is in use, is damaged or is of another version.
    """

    def __init__(
        self,
        path: Path,
        *,
        orders_per_commit: int = 1,
        segment_bytes: int = SEGMENT_BYTES,
        disk: Disk | None = None,
    ) -> None:
        self.path = path
        self.name = str(path)
        self.broken = ""
        self.commits = 0
        self._orders_per_commit = orders_per_commit
        self._queue: deque[Ticket] = deque()
        self._group: list[Ticket] = []  # taken from it, and not written
        self._committing = Lock()  # held by whoever works on the files
        self._unsynced: list[Ticket] = []  # written, and waiting for the disk
        self._turns = Turns(self._work)
        self._disk = disk or Disk()
        try:
            self._store = Chain(path, disk=self._disk, segment_bytes=segment_bytes)
        except OSError as error:
            raise JournalError(unusable(self.name, error)) from error
        # A component that is dropped without close leaves neither a file nor a lock behind.
        self._release = weakref.finalize(self, self._store.release)

    @property
    def events_written(self) -> int:
        """Return the number of events in the journal."""
        return self._store.events

    @property
    def segments(self) -> int:
        """Return the number of files written since the last compaction."""
        return self._store.segments

    def replay(self) -> Iterator[Event]:
        """Yield every event in order, each checked.

        Raises:
            JournalError: an event is missing, changed or not understood; the message names file and place.
        """
        yield from (event for _, event in decoded(Reading(self.path, self._disk)))

    def verify(self) -> str:
        """Read the whole journal again and return what is wrong with it; empty when nothing is."""
        if self.broken:
            return self.broken
        with self._committing:
            try:
                reading = Reading(self.path, self._disk)
                for _ in decoded(reading):
                    pass
            except JournalError as error:
                return str(error)
            if (reading.events, reading.chain) != (self._store.events, self._store.chain):
                found, written = reading.events, self._store.events
                return f"{self.name} ends with event {found}, {written} were written; keep the file and restore it"
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
        if not ticket.done:
            self._turns.until_done(ticket)
        if ticket.error:
            raise JournalError(ticket.error)

    def compact(self, events: Iterable[bytes]) -> str:
        """Put these encoded events, which say the same in fewer, in place of all that was written.

        Returns:
            Why it was not done and all is as it was, such as a full disk; empty when it was.

        Raises:
            JournalError: it failed half-way; from then on nothing is written.
        """
        with self._committing:
            try:
                draft = self._store.draft(events)
            except OSError as error:
                return f"{self.name} is not compacted: {error.strerror or error}; check its free space"
            try:
                self._store.replace(draft)
            except OSError as error:
                self.broken = unusable(self.name, error)
                raise JournalError(self.broken) from error
        return ""

    def close(self) -> None:
        """Close the files; what is queued and not flushed is dropped."""
        with self._committing:
            if not self.broken:
                # Whoever needed an event on disk has waited for it; the next start reads what is there.
                with contextlib.suppress(OSError):
                    self._store.seal()
            self.broken = self.broken or f"{self.name} is closed"
            self._release()

    def _work(self, ticket: Ticket) -> None:
        with self._committing:
            self._take()
            self._commit(ticket)

    def _take(self) -> None:
        """Move what shares the next commit from the queue into the group, where whoever leads next finds it too."""
        group, queue = self._group, self._queue
        durable = len(self._unsynced)
        if group:  # an interrupt came before it was written
            if queue and group[-1] is queue[0]:
                queue.popleft()
            durable += sum(ticket.durable for ticket in group)
        while queue and durable < self._orders_per_commit:
            group.append(queue[0])  # for a moment in both, never in none
            durable += queue.popleft().durable

    def _commit(self, leading: Ticket) -> None:
        """Write the group; put it on disk when the leader needs that, else whoever needs it will."""
        group = self._group
        try:
            if not self.broken:
                if group:
                    self._store.append([ticket.body for ticket in group])
                    self._release_written(group)
                    self._unsynced += [ticket for ticket in group if ticket.durable]
                    group.clear()
                if not leading.done and self._unsynced:
                    self._store.sync()
                    self._settle("")
                    self._store.prepare()
                self.commits += 1
        except BaseException as failed:
            # After a failed or interrupted write or sync nobody knows what the file holds: it is not trusted again.
            self.broken = self.name  # whatever comes before it is worded
            self.broken = unusable(self.name, failed)
            if not isinstance(failed, OSError):
                raise
        finally:
            if self.broken:
                self._unsynced += [ticket for ticket in group if not ticket.done]
                group.clear()
                self._settle(self.broken)

    def _release_written(self, group: list[Ticket]) -> None:
        """Let go on whoever does not need the disk."""
        for ticket in group:
            ticket.done = not ticket.durable
        if len(group) > 1:
            self._turns.wake()

    def _settle(self, error: str) -> None:
        """Answer those that were written and waited for the disk."""
        for ticket in self._unsynced:
            ticket.error, ticket.done = error, True
        self._unsynced = []
