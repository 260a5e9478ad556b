"""Which reader reads a file, and the batches of a file or of a folder of files."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from pathlib import Path, PurePath

import attrs

from allause.exceptions import DataError
from allause.groups import READERS_GROUP
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.columnar import ArrowReader, ParquetReader
from allause_market_data.reading.contributed import ContributedReader
from allause_market_data.reading.dbn import DbnReader
from allause_market_data.reading.delimited import DelimitedReader
from allause_market_data.reading.foreign import ForeignReader
from allause_market_data.reading.jsonlines import JsonLinesReader
from allause_market_data.reading.lean import LeanReader
from allause_market_data.reading.names import FORMATS, PACKINGS
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Reader
from allause_market_data.reading.source import EXPECTED, Source, hidden, open_source, stamp_of
from allause_market_data.reading.streams import StreamReader
from allause_market_data.reading.universes import UniverseReader

#: The file of a store that describes the others and holds no rows.
DESCRIPTION = "allause-store.json"
# asked in this order, the pickiest first
_OWN: tuple[Reader, ...] = (
    ParquetReader(),
    ArrowReader(),
    DbnReader(),
    LeanReader(),
    UniverseReader(),
    StreamReader(),
    ForeignReader(),
    JsonLinesReader(),
    DelimitedReader(),
)
_TEXTS = ("CSV", "Lean universe")
_WORDS = {Packing.GZIP: "gzipped", Packing.ZSTD: "zstandard", Packing.ZIP: "zipped", Packing.NONE: ""}


@cache
def contributed(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001  what the answer depends on
    """Return the entry points of other distributions' readers, by name, looked up once for each ``sys.path``.

    Looking them up takes ten times as long as reading a small file, and a folder may hold thousands.
    """
    return tuple(sorted(entry_points(group=READERS_GROUP), key=lambda point: point.name))


def readers() -> Iterator[Reader]:
    """Yield the readers in the order they are asked: those of other distributions, by name, then our own.

    Raises:
        DataError: one of another distribution cannot be loaded, or is no reader.
    """
    for point in contributed(tuple(sys.path)):
        try:
            found = point.load()
            reader = found() if isinstance(found, type) else found
        except (Exception, SystemExit) as error:
            raise DataError(
                f"the reader {point.name} ({point.value}) cannot be loaded: {error!r}; uninstall or mend it"
            ) from error
        if not isinstance(reader, Reader):
            raise DataError(
                f"the reader {point.name} ({point.value}): expected name, recognise and read, found {reader!r}"
            )
        yield ContributedReader(f"{point.name} ({point.value})", reader)
    yield from _OWN


def reader_of(source: Source) -> Reader:
    """Return the first reader that recognises a file.

    Raises:
        DataError: none does, one of another distribution fails, or its name promises something else.
    """
    reader = next((one for one in readers() if one.recognise(source)), None)
    if reader is None:
        start = source.head[:16]
        raise DataError(
            f"{source.name}: expected {EXPECTED}, found no format that is known (it starts {start!r}); "
            "convert it to CSV or Parquet, or install a reader for it"
        )
    _require_name(source, reader)
    return reader


def _require_name(source: Source, reader: Reader) -> None:
    if reader.name == ForeignReader().name:
        return
    suffixes = [suffix.lower() for suffix in PurePath(source.name).suffixes]
    promised = PACKINGS.get(suffixes[-1], Packing.NONE) if suffixes else Packing.NONE
    inner = suffixes[:-1] if promised else suffixes
    form = FORMATS.get(inner[-1]) if inner else None
    own = set(FORMATS.values()) | set(_TEXTS)
    lies = form is not None and reader.name in own and reader.name != form and (form, reader.name) != _TEXTS
    packed = (promised or form is not None) and promised is not source.packing
    if lies or packed:
        found = f"{_WORDS[source.packing]} {reader.name}".strip()
        said = f"{_WORDS[promised]} {form or ''}".strip()
        raise DataError(
            f"{source.name}: expected {said} as the name says, found {found} content; rename or re-save the file"
        )


def read_source(source: Source, config: MarketDataConfig) -> Iterator[Batch]:
    """Yield the rows of one file in batches; see ``read_batches``."""
    stamp = stamp_of(source.path)
    yield from reader_of(source).read(source, config)
    if stamp_of(source.path) != stamp:
        raise DataError(
            f"{source.name}: expected a file at rest, found one that changed while it was read; read it again"
        )


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files to read: the path itself, or those below a folder, sorted.

    Links are followed, into a folder once. What has a name, or lies in a folder with one, that begins with a point or
    an underscore is no file to read. In a store, whose folders are named by their instruments, all Parquet files are,
    and nothing else.

    Raises:
        DataError: it is a folder without files.
    """
    return tuple(each_file(path))


def each_file(path: Path) -> Iterator[Path]:
    """Yield what ``files_of`` returns while it is found: whoever is content with the first waits for no whole disk.

    Raises:
        DataError: as there.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - of a name that cannot be one, pathlib raises
        yield path
        return
    files = _below(path, store=(path / DESCRIPTION).is_file())
    first = next(files, None)
    if first is None:
        raise DataError(f"{path}: expected {EXPECTED}, found a directory without files; name another")
    yield first
    yield from files


def _below(top: Path, *, store: bool) -> Iterator[Path]:
    """Yield the files in the order of their paths."""
    entered: set[tuple[int, int]] = set()
    open_ones = [_entries(str(top), entered)]
    while open_ones:
        entry = next(open_ones[-1], None)
        if entry is None:
            open_ones.pop()
        elif not store and hidden(entry.name):
            continue
        elif os.path.isdir(entry.path):  # noqa: PTH112 - a link in a circle is none, and raises nothing here
            open_ones.append(_entries(entry.path, entered))
        elif not store or PurePath(entry.name).suffix == ".parquet":
            yield Path(entry.path)


def _entries(folder: str, entered: set[tuple[int, int]]) -> "Iterator[os.DirEntry[str]]":
    """List a folder by name; nothing in one that was entered before, or that cannot be listed."""
    try:
        here = os.stat(folder)  # noqa: PTH116 - there may be thousands
        if (key := (here.st_dev, here.st_ino)) in entered:
            return iter(())
        entered.add(key)
        with os.scandir(folder) as found:
            return iter(sorted(found, key=attrgetter("name")))
    except OSError:
        return iter(())


@attrs.frozen
class Rest:
    """Notice that the files of a path changed while they were read one after the other.

    Attributes:
        path: of the file or folder.
        files: those it had at first.
        stamps: what was read to its end, as it was then.
    """

    path: Path
    files: tuple[Path, ...]
    stamps: dict[Path, tuple[int, ...]] = attrs.field(factory=dict)

    def done(self, file: Path) -> None:
        """Note that a file was read."""
        self.stamps[file] = stamp_of(file)

    def require(self) -> None:
        """Refuse files that came, went or changed.

        Raises:
            DataError: some did; the message names the first that changed.
        """
        if files_of(self.path) != self.files:
            raise DataError(
                f"{self.path}: expected a folder at rest, found files that came or went while it was read; "
                "read it again"
            )
        for file, stamp in self.stamps.items():
            if stamp_of(file) != stamp:
                raise DataError(
                    f"{file}: expected a file at rest, found one that changed while others of its folder were read; "
                    "read them again"
                )


@attrs.frozen
class Piece:
    """Hold a batch and the file it is from."""

    file: str
    batch: Batch


def read_batches(path: Path, config: MarketDataConfig) -> Iterator[Piece]:
    """Yield the rows of a file, or of the files of a folder one after the other, in batches.

    Raises:
        DataError: a file cannot be trusted, the files of a folder are of several schemas, or the folder changed.
    """
    # a folder that begins with no data is refused before all of it is listed: it may be a whole disk
    if os.path.isdir(path):  # noqa: PTH112 - see above
        reader_of(open_source(next(each_file(path))))
    files = files_of(path)
    rest = Rest(path, files)
    first: dict[frozenset[str], str] = {}
    for file in files:
        kinds = set()
        for one in read_source(open_source(file), config):
            kinds.add(str(one.schema))
            yield Piece(str(file), one)
        first.setdefault(frozenset(kinds), str(file))
        if len(first) > 1:
            (kind, before), (other, _) = first.items()
            raise DataError(
                f"{file}: expected rows of {_listed(kind)} as in {before}, found {_listed(other)}; "
                "keep one schema to a folder"
            )
        rest.done(file)
    rest.require()


def _listed(kinds: frozenset[str]) -> str:
    return " and ".join(sorted(kinds)) or "nothing"
