"""A store: judged rows as Parquet, one file for each instrument and month, and a description of what is in it.

```
STORE/allause-store.json                   what the gate counted by schema and symbol, and the size of every file
STORE/bar/AAPL/2013-02.parquet             the schema's columns, then ``row`` and ``flags``
```

It is written beside its place under another name and renamed when it is whole, so it is there or it is not.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import attrs
import msgspec
import polars as pl

from allause.exceptions import ConfigurationError, DataError, UsageError
from allause.models import DataQuality
from allause_market_data.counting import total
from allause_market_data.merging import in_order, placed
from allause_market_data.reading import DESCRIPTION, Schema
from allause_market_data.times import within

_FORMAT = 2
_LONGEST_NAME, _KEPT = 200, 150  # file systems take 255 bytes


def is_store(path: Path) -> bool:
    """Say whether a folder is a store."""
    return os.path.isfile(path / DESCRIPTION)  # noqa: PTH113 - of a name that cannot be one, pathlib raises


@attrs.frozen
class Store:
    """Serve the rows of one schema of a store; only the files asked for are read.

    Attributes:
        path: of the store.
        schema: of its rows.
        counted: by symbol: rows read, good ones, defects by the contract's causes, first and last time.
        files: the bytes of every file, by its path in the store.
    """

    path: Path
    schema: Schema
    counted: Mapping[str, DataQuality]
    files: Mapping[str, int]

    @classmethod
    def open(cls, path: Path, schema: str | None = None) -> "Store":
        """Open a store.

        Raises:
            DataError: its description cannot be read.
            ConfigurationError: it has several schemas and none was chosen, or not the chosen one.
        """
        description = _described(path)
        tables = description.tables
        if schema is None and len(tables) > 1:
            raise ConfigurationError(
                f"{path}: expected a store of one schema, found {', '.join(tables)}; choose with schema", "schema"
            )
        chosen = next((each for each in tables if schema in (None, each.value)), None)
        if chosen is None:
            raise ConfigurationError(f"{path}: expected {', '.join(tables)}, found schema = {schema!r}", "schema")
        return cls(path, chosen, tables[chosen], description.files)

    @classmethod
    def all_of(cls, path: Path) -> tuple["Store", ...]:
        """Open every schema of a store.

        Raises:
            DataError: its description cannot be read.
        """
        description = _described(path)
        return tuple(cls(path, schema, counted, description.files) for schema, counted in description.tables.items())

    @property
    def symbols(self) -> tuple[str, ...]:
        """The known symbols, sorted."""
        return tuple(sorted(self.counted))

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns, in order."""
        return self.schema.columns

    def between(self, symbols: Sequence[str], start: int | None, end: int | None) -> Iterator[pl.DataFrame]:
        """Yield the rows of ``symbols`` with ``start <= ts_event < end``, a month at a time."""
        months: dict[str, list[Path]] = {}
        for file in (file for symbol in symbols for file in self._months(symbol, start, end)):
            months.setdefault(file.name[:7], []).append(file)
        for _, files in sorted(months.items()):
            rows = within(pl.scan_parquet(files, glob=False), start, end)
            try:
                yield in_order(rows.select(self.columns).collect())
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
                reason = str(error).strip().split("\n", 1)[0]
                raise DataError(
                    f"{self.path}: expected a whole store, found damage ({reason}); convert it again"
                ) from error

    def quality(self, symbols: Sequence[str]) -> DataQuality:
        """Add up what the gate counted when the store was written."""
        return total(self.counted[symbol] for symbol in symbols)

    def _months(self, symbol: str, start: int | None, end: int | None) -> Iterator[Path]:
        """Yield the files of a symbol, in order, and refuse one that is not the one written."""
        first = "" if start is None else month_of(start)
        last = "9999-99" if end is None else month_of(end)
        folder = f"{self.schema}/{folder_of(symbol)}/"
        # without the ending, which sorts behind the number of a further part
        for name in sorted((name for name in self.files if name.startswith(folder)), key=lambda name: name[:-8]):
            if not first <= name.removeprefix(folder)[:7] <= last:
                continue
            file = self.path / name
            if damage := _damage(file, self.files[name]):
                raise DataError(f"{file}: {damage}")
            yield file


def damages(path: Path) -> dict[str, str]:
    """Return the files of a store that are not those written, each with why.

    Raises:
        DataError: its description cannot be read.
    """
    files = _described(path).files
    found = {str(path / name): _damage(path / name, size) for name, size in files.items()}
    return {file: f"{file}: {damage}" for file, damage in found.items() if damage}


def _damage(file: Path, expected: int) -> str:
    size = file.stat().st_size if file.is_file() else None
    if size == expected:
        return ""
    found = "none" if size is None else f"one of {size}"
    return f"expected a file of {expected} bytes, found {found}; convert it again"


def month_of(ts: int) -> str:
    """Return the month of a time, as files are named by it."""
    return str(pl.Series([ts]).cast(pl.Datetime("ns")).dt.strftime("%Y-%m")[0])


def folder_of(symbol: str) -> str:
    """Return a name for the folder of a symbol that any file system takes and no other symbol has."""
    name = quote(symbol, safe=" ").replace(".", "%2E")
    if len(name) <= _LONGEST_NAME:
        return name
    # longer than any name that is taken as it is, and so none of those
    return f"{name[:_KEPT]}~{sha256(name.encode()).hexdigest()}"


class _Description(msgspec.Struct):
    """Hold what a store says of itself."""

    tables: dict[Schema, dict[str, DataQuality]]
    files: dict[str, int]

    def __post_init__(self) -> None:
        for name in map(PurePosixPath, self.files):
            if name.is_absolute() or ".." in name.parts:
                raise ValueError(f"a file that lies elsewhere, {str(name)!r:.100}")


def _described(path: Path) -> _Description:
    file = path / DESCRIPTION
    try:
        content = json.loads(file.read_text("utf-8"))
        if content["format"] != _FORMAT:
            raise DataError(f"{file}: expected format {_FORMAT}, found {content['format']!r}; convert the data again")
        return msgspec.convert(content, _Description)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{file}: expected the description of a store, found damage ({error}); convert it again"
        ) from error


@attrs.define
class StoreWriter:
    """Write a store file by file; ``writing`` makes one and puts the store in its place.

    Attributes:
        path: where it grows.
        target: where it will be, for messages.
        parts: files written so far of each folder and month, as several pieces may fall into one.
        reached: the last month written of each instrument's depth, whose rows stay behind one another.
        files: bytes of each file written, by its path in the store.
        tables: what was counted, by schema and symbol.
    """

    path: Path
    target: Path
    parts: dict[str, int] = attrs.field(factory=dict)
    reached: dict[str, str] = attrs.field(factory=dict)
    files: dict[str, int] = attrs.field(factory=dict)
    tables: dict[str, dict[str, DataQuality]] = attrs.field(factory=dict)

    def add(self, schema: Schema, served: pl.DataFrame, counted: Mapping[str, DataQuality]) -> int:
        """Write served rows and add what was counted; return the bytes written.

        Raises:
            DataError: they cannot be written.
        """
        table = self.tables.setdefault(schema.value, {})
        for symbol, quality in counted.items():
            table[symbol] = total([table[symbol], quality]) if symbol in table else quality
        size = 0
        month = placed(served).cast(pl.Datetime("ns")).dt.strftime("%Y-%m")
        for (symbol, of), rows in (
            served.with_columns(month.alias("_month"))
            .partition_by("symbol", "_month", as_dict=True, maintain_order=True)
            .items()
        ):
            folder = self.path / schema.value / folder_of(str(symbol))
            when = str(of)
            if schema is Schema.DEPTH:
                when = self.reached[folder.name] = max(when, self.reached.get(folder.name, ""))
            stem = f"{folder.name}/{when}"
            number = self.parts.get(stem, 0)
            self.parts[stem] = number + 1
            file = folder / (f"{when}.parquet" if not number else f"{when}-{number:04d}.parquet")
            with _kept(self.target):
                folder.mkdir(parents=True, exist_ok=True)
                rows.drop("_month").write_parquet(file, compression="zstd")
            self.files[file.relative_to(self.path).as_posix()] = file.stat().st_size
            size += file.stat().st_size
        return size

    def describe(self) -> None:
        """Write the description, the last file."""
        tables = {
            schema: {symbol: attrs.asdict(quality) for symbol, quality in sorted(table.items())}
            for schema, table in self.tables.items()
        }
        text = json.dumps({"format": _FORMAT, "tables": tables, "files": self.files}, indent=1)
        with _kept(self.target):
            (self.path / DESCRIPTION).write_text(text + "\n", "utf-8")


@contextmanager
def _kept(target: Path) -> Iterator[None]:
    """Tell what cannot be written as that, and nothing else."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().split("\n", 1)[0]
        raise DataError(
            f"{target}: expected a place to write to, found none ({reason}); free or name another"
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[StoreWriter]:
    """Have a store written at ``path``: whole, or not at all.

    Raises:
        UsageError: there is something already, or nothing can be made there.
        DataError: it cannot be written to the end, such as on a full disk; nothing is left then.
    """
    if os.path.lexists(path):
        raise UsageError(f"{path}: expected a path where nothing is, found something; remove it or name another")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    made = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        try:
            partial.mkdir(parents=True)
        except OSError as error:
            raise UsageError(
                f"{path}: expected a place to write to, found none ({error.strerror}); free or name another"
            ) from error
        writer = StoreWriter(partial, path)
        yield writer
        writer.describe()
        if os.path.lexists(path):
            raise UsageError(f"{path}: expected a path where nothing is, found what came meanwhile; name another")
        with _kept(path):
            partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for folder in made:
            with suppress(OSError):  # one in which there is something stays, with the store first of all
                folder.rmdir()
