"""JSON lines: one object a line, its keys the names of columns."""

from collections.abc import Iterator
from typing import Any

import attrs
import msgspec
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.blocks import Block, blocks, text
from allause_market_data.reading.canonical import Canonical
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch
from allause_market_data.reading.source import Source


@attrs.frozen
class JsonLinesReader:
    """Read one flat object a line; numbers are taken from their text, so no digit is lost."""

    name: str = "JSON lines"

    def recognise(self, source: Source) -> bool:
        """Take text whose first line is an object by itself."""
        start = source.head.lstrip().split(b"\n", 1)[0].strip()
        return source.packing is not Packing.ZIP and start.startswith(b"{") and start.endswith(b"}")

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows in their order."""
        columns = Canonical(source.name, config)
        for block in blocks(source.chunks(), source.name):
            raw = _parse(block, source.name)
            if raw.height:
                yield from columns.take(raw)
        if columns.row == 1:
            raise DataError(f"{source.name}: expected objects, found none; export the data again")


def _parse(block: Block, name: str) -> pl.DataFrame:
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    records: list[dict[str, Any]] = []
    for number, line in enumerate(text(block, name).split(b"\n"), block.line):
        if line.strip():
            try:
                records.append({key: _plain(value, key) for key, value in decoder.decode(line).items()})
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                start = line[:80].decode(errors="replace")  # the cut may go through a character
                raise DataError(
                    f"{name}: expected a flat JSON object in line {number}, found {start!r} ({error}); "
                    "repair or remove the line"
                ) from error
    names = dict.fromkeys(key for record in records for key in record)
    return pl.DataFrame(records, schema=dict.fromkeys(names, pl.String))


def _plain(value: msgspec.Raw, key: str) -> str | None:
    text_ = bytes(value).decode()
    if text_[0] == '"':
        return msgspec.json.decode(text_, type=str)
    if text_[0] in "[{":
        raise ValueError(f"a nested value under {key!r}")
    return None if text_ == "null" else text_
