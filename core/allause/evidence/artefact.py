"""What is installed: the metadata, the record of files and the origin of one distribution, read as files."""

import csv
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

import attrs

from allause.discovery import headers, normalize

#: Stands for the distributions whose RECORD cannot be read.
UNREADABLE = "an unreadable distribution"
_LARGEST = 20_000_000
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
        problem: what could not be read.
    """

    info: Path | None
    requires_python: str = ""
    classifiers: tuple[str, ...] = ()
    description: str = ""
    record: Mapping[str, str] | None = None
    origin: Mapping[str, Any] = attrs.field(factory=dict)
    problem: str = ""

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
        return Artefact(info=None, problem="no folder of metadata")
    try:
        name = "METADATA" if (info / "METADATA").is_file() else "PKG-INFO"
        text = _text(info / name)
        metadata = headers(text)
        origin = json.loads(_text(info / "direct_url.json") or "{}")
        recorded = info / "RECORD"
        record = dict(_recorded(_text(recorded))) if recorded.is_file() else None
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        return Artefact(info=info, problem=f"{type(error).__name__}: {error}")
    return Artefact(
        info=info,
        requires_python=metadata.get("requires-python", [""])[0],
        classifiers=tuple(metadata.get("classifier", ())),
        description=text.partition("\n\n")[2] or metadata.get("description", [""])[0],
        record=record,
        origin=origin if isinstance(origin, dict) else {},
    )


def importable(path: str) -> str:
    """Return the top-level name that a recorded file can be imported under; empty when it cannot be."""
    top, slash, rest = path.partition("/")
    if slash:
        python = rest.endswith((".py", ".so", ".pyd"))
        return top if python and top.isidentifier() else ""
    stem, _, tail = top.partition(".")
    return stem if tail == "py" or tail.endswith(("so", "pyd")) else ""


def altered(artefact: Artefact) -> Iterator[tuple[str, str]]:
    """Yield each recorded file whose bytes are not those of the record, and what is wrong with it."""
    if artefact.info is None:
        return
    for path, expected in (artefact.record or {}).items():
        algorithm, _, digest = expected.partition("=")
        if not expected:
            continue
        if algorithm not in _HASHES:
            yield path, f"has a hash of the unknown kind {algorithm!r} in RECORD"
            continue
        file = artefact.info.parent / path
        try:
            found = _hash(file, algorithm) if file.is_file() else None
        except OSError as error:
            yield path, f"cannot be read: {error.strerror}"
            continue
        if found is None:
            yield path, "is recorded and not there"
        elif found != digest:
            yield path, f"differs from RECORD: {algorithm} expected {digest[:12]}…, found {found[:12]}…"


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


def _hash(file: Path, algorithm: str) -> str:
    with file.open("rb") as content:
        return urlsafe_b64encode(file_digest(content, algorithm).digest()).decode().rstrip("=")


def _text(file: Path) -> str:
    """Return the text of a file; empty when it is not there.

    Raises:
        ValueError: it is too large, or not text.
    """
    if not file.is_file():
        return ""
    if file.stat().st_size > _LARGEST:
        raise ValueError(f"{file.name} is larger than {_LARGEST} bytes")
    return file.read_text(encoding="utf-8")
