"""Delimited text: CSV and its kin, with a header line, plain or packed."""

import csv
import io
from collections.abc import Iterable, Iterator

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.blocks import Block, blocks, text
from allause_market_data.reading.canonical import Canonical
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch
from allause_market_data.reading.source import Source

_SEPARATORS = ",;\t|"
_FORMATS = "text with a header line (CSV)"


@attrs.frozen
class DelimitedReader:
    """Read text of named columns: comma, semicolon, tab or bar between them, quotes as in RFC 4180."""

    name: str = "CSV"

    def recognise(self, source: Source) -> bool:
        """Take any text whose first line has several fields."""
        start = source.head.lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 1)[0]
        return b"\0" not in start and any(mark.encode() in start for mark in _SEPARATORS)

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows of the file, or of every file of a zip archive one after the other."""
        parts: list[tuple[str | None, Iterable[bytes]]] = [(None, source.chunks())]
        if source.packing is Packing.ZIP:
            parts = [(info.filename, source.member(info)) for info in source.members]
        row = 1
        for member, chunks in parts:
            columns = Canonical(source.name, config, row, member if len(parts) > 1 else None)
            for raw in tables(chunks, source.name if member is None else f"{source.name}: {member}"):
                yield from columns.take(raw)
            row = columns.row


def tables(chunks: Iterable[bytes], name: str) -> Iterator[pl.DataFrame]:
    """Yield text columns under the names of the header, in blocks.

    Raises:
        DataError: it is no well-formed delimited text with rows; the message names the line.
    """
    names: list[str] = []
    separator, height = ",", 0
    for block in blocks(chunks, name, quoted=True):
        data = text(block, name)
        if not names:
            start = data.lstrip(b"\r\n")
            header = start.split(b"\n", 1)[0].rstrip(b"\r").decode()
            names, separator = _header(header, name)
            block = attrs.evolve(block, line=block.line + data[: len(data) - len(start)].count(b"\n"))  # noqa: PLW2901
            data = start
            frame = _parse(data, names, separator, block, name, header=True)
        else:
            frame = _parse(data, names, separator, block, name, header=False)
        height += frame.height
        if block.last:
            _require_whole(data, separator, len(names), block, name)
        if frame.height:
            yield frame
    if not height:
        raise DataError(f"{name}: expected rows below the header, found none; export the data again")


def _require_whole(data: bytes, separator: str, width: int, block: Block, name: str) -> None:
    """Refuse a last line that breaks off: no line end, and fewer fields than the header."""
    cut = data.rfind(b"\n") + 1
    line = block.line + data.count(b"\n")
    try:
        fields = next(csv.reader([data[cut:].decode()], delimiter=separator), [])
    except csv.Error as error:
        raise DataError(
            f"{name}: expected well-formed {_FORMATS}, found line {line} malformed ({error}); check its line ends"
        ) from None
    if data[cut:].strip() and len(fields) < width:
        raise DataError(
            f"{name}: expected {width} fields and a line end, found a file that breaks off after {len(fields)} in line "
            f"{line}, byte {block.offset + cut}: it is truncated; fetch it again"
        )


def _header(line: str, name: str) -> tuple[list[str], str]:
    if "\r" in line:
        raise DataError(
            f"{name}: expected lines that end with a line feed, found a header that goes on behind a carriage return; "
            "re-save it with the line ends of Unix or Windows"
        )
    separator = max(_SEPARATORS, key=line.count)
    try:
        names = next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise DataError(f"{name}: expected a header line, found one malformed ({error}); mend it") from None
    if repeated := sorted({column for column in names if names.count(column) > 1}):
        raise DataError(f"{name}: expected each column once, found {repeated[0]!r} repeated; rename or drop one")
    return names, separator


def _parse(data: bytes, names: list[str], separator: str, block: Block, name: str, *, header: bool) -> pl.DataFrame:
    if not data.strip():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        frame = pl.read_csv(
            io.BytesIO(data.rstrip(b"\r\n")),
            infer_schema=False,
            separator=separator,
            has_header=header,
            new_columns=None if header else names,
        )
    except pl.exceptions.PolarsError as error:
        flaw = _flaw(data.decode(), separator, len(names), block, error)
        raise DataError(f"{name}: expected well-formed {_FORMATS}, found {flaw}") from error
    if frame.width != len(names):
        flaw = _flaw(data.decode(), separator, len(names), block, ValueError("other columns than above"))
        raise DataError(f"{name}: expected well-formed {_FORMATS}, found {flaw}")
    return frame.filter(~_blank(frame, data, separator, header=header))


def _blank(frame: pl.DataFrame, data: bytes, separator: str, *, header: bool) -> pl.Series:
    """Mark blank lines, which are no rows; a line of separators is one, whose every field is missing."""
    empty = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not empty.any():
        return empty
    try:
        lines = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
        blank = [not fields for fields in lines][header:][: frame.height]
    except csv.Error:
        blank = []
    # where the two parsers part, each row stays and is judged
    return empty & pl.Series(blank) if len(blank) == frame.height else ~empty & empty


def _flaw(data: str, separator: str, width: int, block: Block, error: Exception) -> str:
    """Find the line that broke the fast parser, so that the message can name it."""
    reader = csv.reader(io.StringIO(data, newline=""), delimiter=separator, strict=True)
    try:
        for fields in reader:
            if len(fields) > width:
                line = reader.line_num + block.line - 1
                return f"{len(fields)} fields in line {line} where the header has {width}; repair or remove the line"
    except csv.Error as flaw:
        return f"line {reader.line_num + block.line - 1} malformed ({flaw}); check its quotes"
    reason = str(error).strip().split("\n", 1)[0]
    return f"damage at byte {block.offset} or after ({reason}); check its quotes and line ends"
