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
from allause_market_data.reading.exactness import EXACT_DIGITS, inexact
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.reading.source import Source
from allause_market_data.wire import Data, Message

_MS = 1_000_000
_END = 2**63  # of time
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
            for number, line in enumerate(text(block, source.name).split(b"\n"), block.line):
                if line:
                    received, message = _parsed(line, decode, number, source.name, block)
                    symbol = symbol or _symbol(message)
                    try:
                        _take(rows, number, received, message, symbol)
                    except ValueError as error:
                        raise DataError(
                            f"{source.name}: expected a depth, trade or book-ticker message in line {number}, found "
                            f"{error}; record these alone, or remove the line"
                        ) from None
            # a snapshot that names no instrument is of the one that follows it
            yield from _frames(rows, source.name, symbol or source.name)


def _parsed(
    line: bytes, decode: Callable[[bytes], Message], number: int, name: str, block: Block
) -> tuple[int, Message]:
    when, _, body = line.partition(b" ")
    try:
        received, message = _time(when), decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        cut = block.last and not block.data.endswith(b"\n") and block.data.endswith(line)
        what = "a file that breaks off" if cut else "damage"
        raise DataError(
            f"{name}: expected a time and a message of a stream in line {number}, found {what} ({error}); fetch it "
            "again"
        ) from error
    return received, message


def _time(text: bytes) -> int:
    if not text.isdigit() or (time := int(text)) >= _END:
        raise ValueError(f"{text[:30]!r} is no time")
    return time


def _symbol(message: Message) -> str | None:
    return message.data.s if message.data is not None else message.symbol


def _take(rows: _Rows, row: int, received: int, message: Message, symbol: str | None) -> None:
    data = message.data
    if data is None:
        last = message.lastUpdateId
        if last is None:
            raise ValueError("one without data")
        event = received if message.E is None else message.E * _MS
        for side, level in (("bid", message.bids), ("ask", message.asks)):
            for price, size in level or ():
                rows.depth.append((symbol, event, received, side, price, size, last, last, None, True, row))
        return
    if data.s is None:
        raise ValueError("one without a symbol, s")
    event = received if data.E is None else data.E * _MS
    kind = message.kind
    if kind == "trade":
        happened = event if data.T is None else data.T * _MS
        rows.trade.append((data.s, happened, received, data.p, data.q, data.t, row))
    elif kind == "depthUpdate":
        _take_depth(rows.depth, row, event, received, data)
    elif kind == "bookTicker":
        if isinstance(data.b, list) or isinstance(data.a, list | int):
            raise ValueError("a book ticker without its best prices")
        rows.quote.append((data.s, event, received, data.b, data.a, data.B, data.A, data.u, row))
    else:
        raise ValueError(f"one of kind {kind!r:.60}")


def _take_depth(rows: list[tuple[Any, ...]], row: int, event: int, received: int, data: Data) -> None:
    ids = data.U, data.u, data.pu, False, row
    if not data.b and not data.a:  # nothing changed, yet the chain of ids goes through it
        rows.append((data.s, event, received, None, None, None, *ids))
    for side, levels in (("bid", data.b), ("ask", data.a)):
        if isinstance(levels, str | int):
            raise ValueError(f"depth without levels, but {levels!r:.60}")  # noqa: TRY004 - the line is told
        rows.extend((data.s, event, received, side, price, size, *ids) for price, size in levels or ())


# trades are numbered without a break; the number of a quote only tells it from its like
_BEYOND = {Schema.TRADE: ("seq",), Schema.QUOTE: ("rest",), Schema.DEPTH: ()}


_INTEGERS = frozenset({"ts_event", "ts_init", "first_id", "last_id", "previous_id", "seq", "rest", "row"})


def _frames(rows: _Rows, name: str, symbol: str) -> Iterator[Batch]:
    for schema, taken in ((Schema.TRADE, rows.trade), (Schema.QUOTE, rows.quote), (Schema.DEPTH, rows.depth)):
        if taken:
            names = [*schema.columns, *_BEYOND[schema], "row"]
            types: dict[str, type[pl.DataType]] = {each: pl.Int64 if each in _INTEGERS else pl.String for each in names}
            types |= {"snapshot": pl.Boolean} if schema is Schema.DEPTH else {}
            frame = pl.DataFrame(taken, schema=types, orient="row")
            written = [each for each in schema.columns[3:] if types[each] is pl.String and each != "side"]
            numbers = [_numbers(frame[each], frame["row"], name) for each in written]
            frame = frame.with_columns(pl.col("symbol").fill_null(symbol), *numbers)
            yield Batch(schema, frame, frozenset(names))


def _numbers(written: pl.Series, lines: pl.Series, name: str) -> pl.Series:
    numbers = written.cast(_NUMBER, strict=False)
    garbled = (numbers.is_null() & written.is_not_null()).arg_true()
    for row in garbled.head(1):
        raise DataError(
            f"{name}: expected a number as {written.name} in line {lines[row]}, found {written[row]!r:.60}; fetch the "
            "file again, or remove the line"
        )
    for row in inexact(written):
        raise DataError(
            f"{name}: expected a number that a binary64 holds unchanged as {written.name} in line {lines[row]}, found "
            f"{written[row]!r}; round it to {EXACT_DIGITS} significant digits"
        )
    return numbers
