"""The segments of one journal, the last of them open for writing."""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from errno import ESTALE
from pathlib import Path
from zlib import crc32

import attrs

from allause.exceptions import JournalError
from allause_execution.fork import leave_in_children
from allause_execution.journal.disk import Disk
from allause_execution.journal.header import SIZE, Header
from allause_execution.journal.reading import Reading, refuse_version_1, segment_name
from allause_execution.journal.record import PREFIX, pack
from allause_execution.journal.spare import Spare

_LARGEST = 1 << 24
_BLOCK = 4096
_WORTHWHILE = 1 << 18  # a smaller segment is made as quickly as a thread is begun
_FRESH = ".new"  # a file that is being made: nothing in it counts yet


@attrs.frozen
class Draft:
    """Hold a segment that is on disk and counts for nothing yet.

    Attributes:
        header: of it.
        descriptor: of its file.
        chain: checksum of its last record.
        offset: where its next record goes.
        events: in it.
    """

    header: Header
    descriptor: int
    chain: int
    offset: int
    events: int


class Chain:
    """Append records to the last segment, and follow it by a new one when it is full.

    Every change of which files there are is a file made complete under another name, on disk before it is renamed, and
    a directory on disk before anything builds on it.

    Args:
        directory: of the journal, made when missing.
        disk: where it is.
        segment_bytes: of the first segment; each next one is twice as large, up to 16 MiB.

    Attributes:
        events: in the journal.
        chain: checksum of the last record.

    Raises:
        OSError: the file system refuses.
        JournalError: it is in use, damaged, or of another version.
    """

    def __init__(self, directory: Path, *, disk: Disk, segment_bytes: int) -> None:
        self.directory = directory
        self._disk = disk
        self._segment_bytes = segment_bytes
        self._process = os.getpid()
        self._descriptor: int | None = None
        self._header: Header  # of the segment written now
        self._path: Path  # of it
        self._seed = self._offset = self._synced = self.events = self.chain = self._start = 0
        self._sealed = False
        self._spare: Spare | None = None
        refuse_version_1(directory, disk)
        disk.prepare(directory)
        self._locks: tuple[int, ...] = ()
        leave_in_children(self, Chain.abandon)
        locks = disk.lock(directory)
        if locks is None:
            raise JournalError(f"{directory} is in use by another engine; close that one or give another directory")
        self._locks = locks
        try:
            self._open()
        except BaseException:
            self.release()
            raise

    @property
    def segments(self) -> int:
        """Return the number of segments written since the last compaction."""
        return self._header.number - self._start + 1

    def append(self, bodies: Sequence[bytes]) -> None:
        """Write records; they are on disk after the next ``sync``.

        Raises:
            OSError: it failed, and what the last segment holds is not known.
        """
        # at most; a segment need not be full to its last byte
        needed = sum(map(len, bodies)) + (PREFIX + 8) * len(bodies)
        if self._offset + needed > self._header.size:
            self._rotate(needed)
        assert self._descriptor is not None
        data, chain = pack(bodies, offset=self._offset, synced=self._synced, seed=self._seed, chain=self.chain)
        self._disk.write(self._descriptor, self._offset, data)
        self._offset += len(data)
        self.chain = chain
        self.events += sum(map(bool, bodies))
        self._sealed = False

    def sync(self) -> None:
        """Return when all that was written is on disk, where the next start looks for it.

        Raises:
            OSError: it failed, and what the last segment holds is not known.
        """
        assert self._descriptor is not None
        self._disk.sync(self._descriptor)
        if not self._disk.is_named(self._descriptor, self._path):
            raise OSError(ESTALE, "it was removed or moved while it was written", str(self._path))
        self._synced = self._offset

    def prepare(self) -> None:
        """Have the next segment made, once more than half of this one is written."""
        if self._spare is None and 2 * self._offset > self._header.size and self._next_size >= _WORTHWHILE:
            self._spare = Spare(self._disk, self._fresh(self._header.number + 1), self._next_size)

    def seal(self) -> None:
        """Put all on disk, and say so in the journal: from then on no event can be taken for a torn one.

        Nothing is done in a process that was forked with the files.
        """
        if self._descriptor is not None and (self._synced != self._offset or not self._sealed):
            self.append([b""])
            self.sync()
            self._sealed = True

    def draft(self, bodies: Iterable[bytes]) -> Draft:
        """Return a segment with which the journal can begin anew; until ``replace`` it counts for nothing.

        Raises:
            OSError: it could not be made; the journal is as it was.
        """
        records = [*bodies, b""]
        needed = SIZE + sum(map(len, records)) + (PREFIX + 8) * len(records)
        header = Header(
            journal=self._header.journal,
            number=self._header.number + 1,
            starts=True,
            first=0,
            chain=0,
            size=_room(needed, self._segment_bytes),
        )
        try:
            return self._draft(header, records)
        except OSError:
            with suppress(OSError):  # the next start removes it
                self._disk.remove(self._fresh(header.number))
            raise

    def replace(self, draft: Draft) -> None:
        """Begin the journal anew: after any interruption it is either the old one or the new.

        Raises:
            OSError: it failed, and which of them it is is not known.
        """
        replaced = Reading(self.directory, self._disk).paths
        self._publish(draft)
        self._start, self.events = draft.header.number, draft.events
        self._remove(replaced)

    def release(self) -> None:
        """Close the files and let go of the lock, where this is not a process that was forked with them."""
        if os.getpid() == self._process:
            if self._spare is not None:
                self._spare.drop()
            self._disk.unlock(self._locks)
        self.abandon()

    def abandon(self) -> None:
        """Close the files and remove none: another process may have them open too, and then keeps the lock."""
        self._spare = None
        for descriptor in (*self._locks, *(() if self._descriptor is None else (self._descriptor,))):
            self._disk.close(descriptor)
        self._descriptor, self._locks = None, ()

    def _open(self) -> None:
        for name in self._disk.names(self.directory):
            if name.endswith(_FRESH):
                self._disk.remove(self.directory / name)
        reading = Reading(self.directory, self._disk)
        for _ in reading:
            pass
        self.events = reading.events
        if reading.header is None:
            self._begin()
            return
        self._remove(reading.older)
        self._header, self.chain = reading.header, reading.chain
        self._start = reading.header.number - len(reading.paths) + 1
        self._seed = crc32(reading.header.pack())
        self._path = reading.paths[-1]
        self._descriptor = self._disk.open(self._path)
        # What was not confirmed may be in the cache alone, even after a sync that failed: it is written again.
        self._disk.write(self._descriptor, reading.confirmed, reading.tail + bytes(reading.torn))
        self._offset = reading.offset
        self.sync()

    def _begin(self) -> None:
        size = _room(SIZE + PREFIX, self._segment_bytes)
        self._start = 1
        header = Header(journal=os.urandom(16), number=1, starts=True, first=0, chain=0, size=size)
        self._publish(self._draft(header))

    def _rotate(self, needed: int) -> None:
        if self._synced != self._offset:
            self.sync()
        before = self._header
        header = Header(
            journal=before.journal,
            number=before.number + 1,
            starts=False,
            first=self.events,
            chain=self.chain,
            size=_room(SIZE + needed, self._next_size),
        )
        self._publish(self._draft(header))

    @property
    def _next_size(self) -> int:
        return max(self._segment_bytes, min(2 * self._header.size, _LARGEST))

    def _fresh(self, number: int) -> Path:
        return (self.directory / segment_name(number)).with_suffix(_FRESH)

    def _create(self, path: Path, size: int) -> int:
        """Return a new file, the spare one when it is the right one."""
        spare, self._spare = self._spare, None
        if spare is not None and (spare.path, spare.size) == (path, size):
            descriptor = spare.take()
            if descriptor is not None:
                return descriptor
        elif spare is not None:
            spare.drop()
        return self._disk.create(path, size)

    def _draft(self, header: Header, records: Sequence[bytes] = ()) -> Draft:
        """Return the segment, complete and on disk under another name."""
        packed = header.pack()
        data, chain = pack(records, offset=SIZE, synced=SIZE, seed=crc32(packed), chain=header.chain)
        descriptor = self._create(self._fresh(header.number), header.size)
        try:
            self._disk.write(descriptor, 0, packed + data)
            self._disk.sync(descriptor)
        except BaseException:
            self._disk.close(descriptor)
            raise
        return Draft(header, descriptor, chain=chain, offset=SIZE + len(data), events=sum(map(bool, records)))

    def _publish(self, draft: Draft) -> None:
        """Give the segment its name, and write into it from now on."""
        path = self.directory / segment_name(draft.header.number)
        try:
            self._disk.rename(self._fresh(draft.header.number), path)
            self._disk.sync_directory(self.directory)
        except BaseException:
            self._disk.close(draft.descriptor)
            raise
        if self._descriptor is not None:
            self._disk.close(self._descriptor)
        self._descriptor, self._path = draft.descriptor, path
        self._header, self.chain = draft.header, draft.chain
        self._seed = crc32(draft.header.pack())
        self._offset = self._synced = draft.offset

    def _remove(self, replaced: Sequence[Path]) -> None:
        for path in replaced:
            self._disk.remove(path)


def _room(needed: int, usual: int) -> int:
    """Return a size that holds what is needed, a multiple of what a disk writes at once."""
    return max(-needed % _BLOCK + needed, usual)
