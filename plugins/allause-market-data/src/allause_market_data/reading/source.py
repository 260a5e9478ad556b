"""One file to read: its bytes in blocks, unpacked, with a bound on what a packed byte may become."""

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

import attrs

from allause.exceptions import DataError
from allause_market_data.reading.packing import FAULTS, Packing, bounded, packing_of, unpacked

_HEAD = 65_536
_CHUNK = 1 << 20
EXPECTED = "a file of market data"


@attrs.frozen
class Source:
    """Hold a file and what its first bytes say.

    Attributes:
        name: for messages.
        path: where it is; None for bytes that are held.
        size: in bytes, as stored.
        packing: how it is packed.
        head: the first bytes, unpacked; of the first member of a zip archive.
        members: the files of a zip archive that are not hidden, in order; empty for anything else.
        opened: opens the bytes as stored.
    """

    name: str
    path: Path | None
    size: int
    packing: Packing
    head: bytes
    members: tuple[ZipInfo, ...]
    opened: Callable[[], BinaryIO]

    def chunks(self) -> Iterator[bytes]:
        """Yield the unpacked bytes of a file that is no zip archive.

        Raises:
            DataError: truncated, damaged, or swelling beyond reason; the message names the offset.
        """
        with self.opened() as file:
            yield from unpacked(file, self.packing, self.name)

    def archive(self, infos: tuple[ZipInfo, ...]) -> Iterator[tuple[ZipInfo, bytes]]:
        """Yield members with their bytes; see ``chunks``."""
        with self.opened() as file, _archive(file, self.name) as archive:
            for info in infos:
                yield info, b"".join(_unzipped(archive, info, self.name))

    def member(self, info: ZipInfo) -> Iterator[bytes]:
        """Yield the bytes of one member in chunks; see ``chunks``."""
        with self.opened() as file, _archive(file, self.name) as archive:
            yield from _unzipped(archive, info, self.name)


def hidden(name: str) -> bool:
    """Say whether a file is none to read: it, or a folder on the way to it, begins with a point or an underscore."""
    return any(part.startswith((".", "_")) for part in PurePath(name).parts)


def stamp_of(path: Path | None) -> tuple[int, ...]:
    """Return what changes when a file does; nothing for one that is gone, or for bytes that are held."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return ()
    return () if found is None else (found.st_ino, found.st_size, found.st_mtime_ns)


def open_source(path: Path) -> Source:
    """Look at a file.

    Raises:
        DataError: missing, not a regular file, unreadable, empty or damaged.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(f"{path}: expected {EXPECTED}, found a directory; name one file in it")
        if not stat.S_ISREG(mode):
            raise DataError(f"{path}: expected {EXPECTED}, found a device, pipe or socket; save the data to a file")
        return _looked_at(str(path), path, path.stat().st_size, lambda: path.open("rb"))
    except FileNotFoundError:
        raise DataError(f"{path}: expected {EXPECTED}, found no such file; check the path") from None
    except OSError as error:
        raise DataError(
            f"{path}: expected {EXPECTED}, found a file that cannot be read ({error.strerror}); check its permissions"
        ) from error


def held_source(data: bytes, name: str) -> Source:
    """Look at bytes as if they were the file ``name``; see ``open_source``."""
    return _looked_at(name, None, len(data), lambda: io.BytesIO(data))


def _looked_at(name: str, path: Path | None, size: int, opened: Callable[[], BinaryIO]) -> Source:
    with opened() as file:
        stored = file.read(_HEAD)
        if not stored.strip():
            raise DataError(f"{name}: expected {EXPECTED}, found an empty file; fetch or export the data again")
        packing = packing_of(stored)
        members: tuple[ZipInfo, ...] = ()
        head = stored
        if packing is Packing.ZIP:
            with _archive(file, name) as archive:
                members = tuple(info for info in archive.infolist() if not info.is_dir() and not hidden(info.filename))
                if not members:
                    raise DataError(f"{name}: expected {EXPECTED}, found a zip archive without files; fetch it again")
                head = next(_unzipped(archive, members[0], name), b"")
        elif packing is not Packing.NONE:
            file.seek(0)
            head = next(unpacked(file, packing, name), b"")
    if not head.strip():
        raise DataError(f"{name}: expected {EXPECTED}, found an empty file inside; fetch or export the data again")
    return Source(name, path, size, packing, head[:_HEAD], members, opened)


def _archive(file: BinaryIO, name: str) -> ZipFile:
    try:
        return ZipFile(file)
    except (BadZipFile, EOFError, ValueError, NotImplementedError, OverflowError) as error:
        raise DataError(
            f"{name}: expected a whole zip archive, found a truncated or damaged one ({error}); fetch it again"
        ) from error


def _unzipped(archive: ZipFile, info: ZipInfo, name: str) -> Iterator[bytes]:
    bounded(info.file_size, info.compress_size, f"{name}: {info.filename}")
    length = 0
    try:
        with archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                length += len(chunk)
                bounded(length, info.compress_size, f"{name}: {info.filename}")
                yield chunk
    except (BadZipFile, *FAULTS, RuntimeError, NotImplementedError) as error:
        raise DataError(
            f"{name}: expected a whole member {info.filename!r}, found a truncated or damaged one at byte "
            f"{info.header_offset} ({error}); fetch it again"
        ) from error


def damaged(source: Source, what: str, reason: str) -> DataError:
    """Return the refusal of a file of the format ``what`` that is not whole."""
    return DataError(
        f"{source.name}: expected a whole {what} file, found a truncated or damaged one ({reason}); fetch it again"
    )
