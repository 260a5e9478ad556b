"""A journal as it lies on the disk, read from its beginning to its end and left as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import attrs

from allause.exceptions import JournalError
from allause_execution.journal.damage import DamageError, FormatError, damaged, unusable
from allause_execution.journal.disk import Disk
from allause_execution.journal.header import SIZE, Header
from allause_execution.journal.record import Walk

NAME = "orders.journal"
_SUFFIX = ".segment"
_OF_VERSION_1 = "orders.sqlite3"


@attrs.frozen(kw_only=True)
class Entry:
    """Hold one record.

    Attributes:
        number: of the event, counted from 1.
        segment: name of its file.
        offset: where in it.
        body: the event as it was journalled.
    """

    number: int
    segment: str
    offset: int
    body: bytes


class Reading:
    """Yield every record, each checked, and stand behind the last one afterwards.

    Args:
        directory: of the journal.
        disk: where it is.

    Attributes:
        paths: of the segments that count, in order; empty for a journal that was not begun.
        older: of the segments that a compaction has replaced.
        header: of the segment read last.
        events: read.
        chain: checksum of the last record.
        offset: where the next record goes.
        confirmed: bytes of the last segment of which a record says that they are on disk.
        tail: what was written behind that, of which any part may be missing on disk.
        torn: bytes behind the last record that are the remains of a write that was never confirmed.

    Raises:
        JournalError: it is no journal or of another version; reading on, that it is damaged.
    """

    def __init__(self, directory: Path, disk: Disk | None = None) -> None:
        self.directory = directory
        self.header: Header | None = None
        self.events = self.chain = self.offset = self.confirmed = self.torn = 0
        self.tail = b""
        self._disk = disk or Disk()
        refuse_version_1(directory, self._disk)
        self.older, self.paths = self._split()

    def __iter__(self) -> Iterator[Entry]:
        """Yield the records in order."""
        for index, path in enumerate(self.paths):
            with _told(path):
                yield from self._segment(path, last=index == len(self.paths) - 1)

    def _split(self) -> tuple[list[Path], list[Path]]:
        """Part the segments that a compaction has replaced from those that count."""
        with _told(self.directory):
            names = [name for name in self._disk.names(self.directory) if name.endswith(_SUFFIX)]
        found = [self.directory / name for name in names]
        for index in reversed(range(len(found))):
            with _told(found[index]):
                if Header.unpack(self._disk.read(found[index], SIZE)).starts:
                    return found[:index], found[index:]
        if found:
            raise JournalError(damaged(str(self.directory), "the segment with which it starts is missing"))
        return [], []

    def _segment(self, path: Path, *, last: bool) -> Iterator[Entry]:
        header = Header.unpack(self._disk.read(path, SIZE))
        header = self.header = self._placed(path, header, self._disk.size(path))
        data = self._disk.read(path, header.size)
        walk = Walk(data, offset=SIZE, seed=crc32(data[:SIZE]), chain=header.chain)
        for offset, body in walk:
            self.events += 1
            yield Entry(number=self.events, segment=path.name, offset=offset, body=body)
        self.chain, self.offset, self.torn = walk.chain, walk.offset, walk.torn()
        if self.torn and not last:
            raise DamageError("a record does not match its checksum", self.offset)
        self.confirmed = max(walk.confirmed, SIZE)
        self.tail = data[self.confirmed : self.offset]

    def _placed(self, path: Path, header: Header, size: int) -> Header:
        """Return the header of a segment if it is the next one."""
        before = self.header
        if path.name != segment_name(header.number):
            raise DamageError(f"it is segment {header.number}, says the header", 0)
        if size != header.size:
            end = f"{size}: it ends" if size < header.size else f"{size}: it goes on"
            raise DamageError(f"expected {header.size} bytes, found {end}", min(size, header.size))
        if before is None:
            return header
        if (header.number, header.journal, header.starts) != (before.number + 1, before.journal, False):
            raise DamageError(f"expected segment {before.number + 1} of the journal, found the header of another", 0)
        if (header.first, header.chain) != (self.events, self.chain):
            wrong = f"the header continues after event {header.first}, the segment before ends with {self.events},"
            raise DamageError(wrong, 0)
        return header


def segment_name(number: int) -> str:
    """Return the file name of a segment."""
    return f"{number:010d}{_SUFFIX}"


def refuse_version_1(directory: Path, disk: Disk) -> None:
    """Refuse a journal of the first version, which was a database, in place of this one or beside it.

    Raises:
        JournalError: there is one, and its orders would be forgotten.
    """
    directory = directory.absolute()  # "." has no name
    if not directory.name:  # the root has none either, and nothing lies beside it
        return
    with _told(directory):
        old = [name for name in (directory.name, _OF_VERSION_1) if disk.is_file(directory.with_name(name))]
    for name in old:
        place = directory.with_name(name)
        with _told(place):
            Header.unpack(disk.read(place, SIZE))
            raise FormatError("expected a directory, found one segment; give the directory that it was in")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the file system and the format say into one error that names the file."""
    try:
        yield
    except OSError as error:
        raise JournalError(unusable(str(path), error)) from error
    except FormatError as error:
        raise JournalError(f"{path} cannot be used as order journal: {error}") from error
    except DamageError as error:
        raise JournalError(damaged(str(path), str(error))) from error
