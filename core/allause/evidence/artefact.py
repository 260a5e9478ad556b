"""What is installed: the metadata, the record of files and the origin of one distribution, read as files."""

import csv
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from errno import EFBIG, ENOENT
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar

import attrs

from allause.discovery import headers, normalize

#: Stands for the distributions whose RECORD cannot be read.
UNREADABLE = "an unreadable distribution"
_LARGEST = 20_000_000
_MOST = 4 * 2**30
_Read = TypeVar("_Read")
_HASHES = {"sha256", "sha384", "sha512"}


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Artefact:
    """Hold what the files beside the metadata say.

    Attributes:
        info: the folder of the metadata; None when there is none.
        requires_python: as written; empty when absent.
        classifiers: as written.
        description: the long one, usually the README; empty when absent.
        record: path to hash (``algorithm=digest``, empty where there is none) of every file installed; None
            without a RECORD.
        origin: content of direct_url.json; empty when the distribution came from an index.
        problems: why a file that is there could not be read, by its name; the folder's under an empty one.
    """

    info: Path | None
    requires_python: str = ""
    classifiers: tuple[str, ...] = ()
    description: str = ""
    record: Mapping[str, str] | None = None
    origin: Mapping[str, Any] = attrs.field(factory=dict)
    problems: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def editable(self) -> bool:
        """Tell whether the code stands in a folder of sources that its author goes on editing."""
        folder = self.origin.get("dir_info")
        return isinstance(folder, Mapping) and folder.get("editable") is True

    @property
    def names(self) -> frozenset[str]:
        """Return the top-level names that the distribution makes importable."""
        return frozenset(filter(None, map(importable, self.record or ())))


def read_artefact(location: str) -> Artefact:
    """Read one distribution's metadata folder; whatever cannot be read is a stated problem."""
    info = Path(location)
    if not location or not info.is_dir():
        return Artefact(info=None, problems={"": "no folder of metadata"})
    problems: dict[str, str] = {}

    def read(name: str, parse: Callable[[str], _Read]) -> _Read | None:
        try:
            return parse(_text(info / name)) if (info / name).exists() else None
        except (OSError, ValueError, csv.Error, RecursionError) as error:
            problems[name] = f"{type(error).__name__}: {error}"
            return None

    name = "METADATA" if (info / "METADATA").is_file() else "PKG-INFO"
    text = read(name, str) or ""
    metadata = headers(text)
    origin = read("direct_url.json", json.loads)
    return Artefact(
        info=info,
        requires_python=metadata.get("requires-python", [""])[0],
        classifiers=tuple(metadata.get("classifier", ())),
        description=text.partition("\n\n")[2] or metadata.get("description", [""])[0],
        record=read("RECORD", lambda lines: dict(_recorded(lines))),
        origin=origin if isinstance(origin, dict) else {},
        problems=problems,
    )


def importable(path: str) -> str:
    """Return the top-level name that a recorded file can be imported under; empty when it cannot be."""
    top, slash, rest = path.partition("/")
    if slash:
        python = rest.endswith((".py", ".so", ".pyd"))
        return top if python and top.isidentifier() else ""
    stem, _, tail = top.partition(".")
    return stem if tail == "py" or tail.endswith(("so", "pyd")) else ""


class Digests:
    """Take digests of the files of one distribution: regular ones only, for others end never, and so many bytes."""

    def __init__(self, most: int = _MOST) -> None:
        self._left = most
        self._most = most

    def of(self, file: Path, algorithm: str) -> bytes:
        """Return the digest of a file's content.

        Raises:
            FileNotFoundError: it is not there, or something other than a file is.
            OSError: it cannot be read, or would make more than the bytes that are read of a distribution.
        """
        status = file.stat()
        if not S_ISREG(status.st_mode):
            raise FileNotFoundError(ENOENT, "not a regular file")
        if status.st_size > self._left:
            raise OSError(EFBIG, f"its distribution has more than {self._most / 2**30:g} GiB of files")
        self._left -= status.st_size
        with file.open("rb") as content:
            return file_digest(content, algorithm).digest()


def altered(artefact: Artefact) -> Iterator[tuple[str, str]]:
    """Yield each recorded file whose bytes are not those of the record, and what is wrong with it."""
    if artefact.info is None:
        return
    digests = Digests()
    for path, expected in (artefact.record or {}).items():
        algorithm, _, digest = expected.partition("=")
        if not expected:
            continue
        if algorithm not in _HASHES:
            yield path, f"has a hash of the unknown kind {algorithm!r} in RECORD"
            continue
        try:
            found = digests.of(artefact.info.parent / path, algorithm)
        except (FileNotFoundError, NotADirectoryError, ValueError):  # the last of a name that no file can have
            yield path, "is recorded and not there"
        except OSError as error:
            yield path, f"cannot be read: {error.strerror}"
        else:
            # what was found is not told: a path may lead to any file of the machine
            if urlsafe_b64encode(found).decode().rstrip("=") != digest:
                yield path, f"differs from RECORD: its {algorithm} is not {digest[:12]}…"


def neighbours(artefact: Artefact) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """Yield name and record of every other distribution in the same folder that ships one of our top-level names.

    One whose RECORD cannot be read may do so too; it comes with None.
    """
    if artefact.info is None or not artefact.names:
        return
    marks = [name.encode() for name in artefact.names]
    site = artefact.info.parent
    for folder, _, content in _contents(site, site.stat().st_mtime_ns):
        if folder == artefact.info.name:
            continue
        name = folder.partition("-")[0]
        if content is None:
            yield name, None
        elif any(mark in content for mark in marks):
            try:
                paths = dict(_recorded(content.decode()))
            except (ValueError, csv.Error):
                yield name, None
            else:
                yield name, paths


def owners(name: str, folder: Path, among: frozenset[str] | None = None) -> frozenset[str]:
    """Return the distributions in ``folder`` that ship the top-level name ``name``, and UNREADABLE for any that may.

    :param among: the normalised names of those to look at; all when left out.
    """
    return _owners(name, folder, folder.stat().st_mtime_ns, among)


@lru_cache(maxsize=4_096)
def _owners(name: str, folder: Path, stamp: int, among: frozenset[str] | None) -> frozenset[str]:
    """Remember the answer until something is installed: every component of a run asks for much the same names."""
    found = set()
    starts = (f"{name}/".encode(), f"{name}.".encode())
    for info, normalized, content in _contents(folder, stamp):
        if among is not None and normalized not in among:
            continue
        if content is None:
            found.add(UNREADABLE)
        elif any(content.startswith(start) or b"\n" + start in content for start in starts):
            found.add(info.partition("-")[0])
    return frozenset(found)


@lru_cache(maxsize=64)
def _contents(folder: Path, _stamp: int) -> tuple[tuple[str, str, bytes | None], ...]:
    """Return for every distribution the folder of its metadata, its name and its RECORD's bytes; remembered too."""
    infos = sorted(folder.glob("*.dist-info"))
    return tuple((info.name, normalize(info.name.partition("-")[0]), _content(info / "RECORD")) for info in infos)


def _content(record: Path) -> bytes | None:
    """Return the bytes of a RECORD, none where there is none; None when it cannot be read and may hold anything."""
    try:
        return record.read_bytes() if record.stat().st_size <= _LARGEST else None
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError:
        return None


def _recorded(text: str) -> Iterator[tuple[str, str]]:
    for row in csv.reader(text.splitlines()):
        if row:
            yield row[0], row[1] if len(row) > 1 else ""


def _text(file: Path) -> str:
    """Return the text of a file.

    Raises:
        ValueError: it is too large, or no text.
    """
    if not file.is_file():
        raise ValueError("it is not a file")
    if file.stat().st_size > _LARGEST:
        raise ValueError(f"{file.name} is larger than {_LARGEST} bytes")
    return file.read_text(encoding="utf-8")
