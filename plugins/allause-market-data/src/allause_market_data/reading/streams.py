"""Recorded exchange streams: the time of receipt, a blank, and the message of a depth, trade or book-ticker stream.

A depth message becomes one row for each price level, its update ids beside it; a snapshot of the book likewise, marked.
Prices come as text and are read as the nearest binary64, which gives the text back.
"""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import msgspec
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.blocks import Block, blocks, text
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.reading.source import Source
from allause_market_data.wire import Message

_MS = 1_000_000
_BLOCK = 16 << 20
_NUMBER = pl.Float64


@attrs.define
class _Rows:
    """Collect rows by schema."""

    trade: list[tuple[Any, ...]] = attrs.field(factory=list)
    quote: list[tuple[Any, ...]] = attrs.field(factory=list)
    depth: list[tuple[Any, ...]] = attrs.field(factory=list)


@attrs.frozen
class StreamReader:
    """Read recordings of exchange streams."""

    name: str = "recorded stream"

    def recognise(self, source: Source) -> bool:
        """Take lines of a nanosecond count, a blank and a message with a stream, or a snapshot."""
        when, _, message = source.head.split(b"\n", 1)[0].partition(b" ")
        known = message.startswith((b'{"stream":', b'{"lastUpdateId":'))
        return source.packing is not Packing.ZIP and known and when.isdigit()

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield trades, quotes and depth of each stretch of the file."""
        symbol = config.symbol
        decode = msgspec.json.Decoder(Message).decode
        for block in blocks(source.chunks(), source.name, _BLOCK):
            rows = _Rows()
            waiting: list[tuple[int, int, Message]] = []
            for number, line in enumerate(text(block, source.name).split(b"\n"), block.line):
                if line:
                    received, message = _parsed(line, decode, number, source.name, block)
                    symbol = symbol or _symbol(message)
                    if message.data is None and message.symbol is None and symbol is None:
                        waiting.append((number, received, message))
                        continue
                    _take(rows, number, received, message, symbol or "")
            for number, received, message in waiting:
                _take(rows, number, received, message, symbol or source.name)
            yield from _frames(rows)


def _parsed(
    line: bytes, decode: Callable[[bytes], Message], number: int, name: str, block: Block
) -> tuple[int, Message]:
    when, _, body = line.partition(b" ")
    try:
        message = decode(body)
        received = int(when)
    except (msgspec.DecodeError, ValueError) as error:
        cut = block.last and not block.data.endswith(b"\n") and block.data.endswith(line)
        what = "a file that breaks off" if cut else "damage"
        raise DataError(
            f"{name}: expected a time and a message of a stream in line {number}, found {what} ({error}); fetch it "
            "again"
        ) from error
    if message.data is None and message.lastUpdateId is None:
        raise DataError(f"{name}: expected a depth, trade or book-ticker message, found another in line {number}")
    return received, message


def _symbol(message: Message) -> str | None:
    return message.data.s if message.data is not None else message.symbol


def _take(rows: _Rows, row: int, received: int, message: Message, symbol: str) -> None:
    data = message.data
    if data is None:
        event = received if message.E is None else message.E * _MS
        last = message.lastUpdateId
        for side, level in (("bid", message.bids), ("ask", message.asks)):
            for price, size in level or ():
                rows.depth.append((symbol, event, received, side, price, size, last, last, None, True, row))
        return
    event = received if data.E is None else data.E * _MS
    if data.e == "trade":
        rows.trade.append((data.s, (data.T or data.E or 0) * _MS, received, data.p, data.q, data.t, row))
    elif data.e == "depthUpdate":
        if not data.b and not data.a:  # nothing changed, yet the chain of ids goes through it
            rows.depth.append((data.s, event, received, None, None, None, data.U, data.u, data.pu, False, row))
        for side, levels in (("bid", data.b), ("ask", data.a)):
            for price, size in levels if isinstance(levels, list) else ():
                rows.depth.append((data.s, event, received, side, price, size, data.U, data.u, data.pu, False, row))
    else:
        rows.quote.append((data.s, event, received, data.b, data.a, data.B, data.A, data.u, row))


# trades are numbered without a break; the number of a quote only tells it from its like
_BEYOND = {Schema.TRADE: ("seq",), Schema.QUOTE: ("rest",), Schema.DEPTH: ()}


def _frames(rows: _Rows) -> Iterator[Batch]:
    for schema, taken in ((Schema.TRADE, rows.trade), (Schema.QUOTE, rows.quote), (Schema.DEPTH, rows.depth)):
        if taken:
            names = [*schema.columns, *_BEYOND[schema], "row"]
            frame = pl.DataFrame(taken, schema=names, orient="row", infer_schema_length=None)
            numbers = [name for name in schema.columns[3:] if frame[name].dtype == pl.String and name != "side"]
            integers = [name for name in ("first_id", "last_id", "previous_id") if name in names]
            frame = frame.with_columns(pl.col(numbers).cast(_NUMBER), pl.col(integers).cast(pl.Int64))
            yield Batch(schema, frame, frozenset(names))
