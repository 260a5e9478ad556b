"""From a file's bytes to a table of raw columns; the bytes decide the format, never the name."""

import csv
import gzip
import io
import stat
import zlib
from pathlib import Path, PurePath

import polars as pl

from allause.exceptions import DataError

_FORMATS = "a CSV, gzipped CSV or Parquet file"
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet)",
    b"\x28\xb5\x2f\xfd": "zstandard data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
    b"ARROW1": "an Arrow IPC file",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF document",
}
_NAMED = {".parquet": "Parquet", ".pq": "Parquet", ".gz": "gzipped CSV", ".csv": "CSV", ".tsv": "CSV"}


def read_content(path: Path) -> pl.DataFrame:
    """Read a file; text columns stay text, Parquet columns keep their type.

    Raises:
        DataError: missing, not a regular file, unreadable, empty, damaged, or not what its name says.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(f"{path}: expected {_FORMATS}, found a directory; name one file in it")
        if not stat.S_ISREG(mode):
            raise DataError(f"{path}: expected {_FORMATS}, found a device, pipe or socket; save the data to a file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path}: expected {_FORMATS}, found no such file; check the path") from None
    except OSError as error:
        raise DataError(
            f"{path}: expected {_FORMATS}, found a file that cannot be read ({error.strerror}); check its permissions"
        ) from error
    return parse_content(data, str(path))


def parse_content(data: bytes, name: str) -> pl.DataFrame:
    """Parse the bytes of the file ``name``; see ``read_content``."""
    found = _format(data, name)
    named = _NAMED.get(PurePath(name).suffix.lower(), found)
    if named != found:
        raise DataError(f"{name}: expected {named} as the name says, found {found} content; rename or re-save the file")
    if found == "Parquet":
        return _parse_parquet(data, name)
    return _parse_csv(_gunzip(data, name) if found == "gzipped CSV" else data, name)


def _format(data: bytes, name: str) -> str:
    if not data.strip():
        raise DataError(f"{name}: expected {_FORMATS}, found an empty file; fetch or export the data again")
    if data.startswith(_GZIP):
        return "gzipped CSV"
    if data.startswith(_PARQUET):
        return "Parquet"
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise DataError(f"{name}: expected {_FORMATS}, found {what}; unpack or export it first")
    return "CSV"


def _gunzip(data: bytes, name: str) -> bytes:
    try:
        text = gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{name}: expected a whole gzip file, found a truncated or damaged one ({error}); fetch it again"
        ) from error
    if _format(text, f"{name} (unpacked)") != "CSV":
        raise DataError(f"{name}: expected CSV inside the gzip file, found another format; unpack it first")
    return text


def _parse_parquet(data: bytes, name: str) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        # damage can make the Rust reader panic, which is no Exception; the file is not trusted either way
        reason = str(error).strip().split("\n", 1)[0]
        raise DataError(
            f"{name}: expected a whole Parquet file, found a truncated or damaged one ({reason}); fetch it again"
        ) from error
    if frame.is_empty():
        raise DataError(f"{name}: expected rows, found a Parquet file without any; export the data again")
    return frame


def _parse_csv(data: bytes, name: str) -> pl.DataFrame:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}: expected CSV in UTF-8, found byte 0x{data[error.start]:02x} at offset {error.start}; "
            "re-save it as UTF-8"
        ) from None
    if "\0" in text:
        raise DataError(f"{name}: expected {_FORMATS}, found binary content; check what the file is")
    header = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    separator = max(",;\t|", key=header.count)
    names = next(csv.reader([header], delimiter=separator))
    if repeated := sorted({column for column in names if names.count(column) > 1}):
        raise DataError(f"{name}: expected each column once, found {repeated[0]!r} repeated; rename or drop one")
    try:
        frame = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{name}: expected a well-formed CSV file, found {_flaw(text, separator, error)}") from error
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.is_empty():
        raise DataError(f"{name}: expected rows below the header, found none; export the data again")
    return frame


def _flaw(text: str, separator: str, error: Exception) -> str:
    """Find the line that broke the fast parser, so that the message can name it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        width = len(next(reader))
        for fields in reader:
            if len(fields) > width:
                return (
                    f"{len(fields)} fields in line {reader.line_num} where the header has {width}; "
                    "repair or remove the line"
                )
    except csv.Error as flaw:
        return f"line {reader.line_num} malformed ({flaw}); check its quotes"
    reason = str(error).strip().split("\n", 1)[0]
    return f"damage ({reason}); check its quotes and line ends"
