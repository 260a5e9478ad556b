"""Recorded streams as events that drive a market."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from allause.depth import DepthDelta, DepthEvent, DepthSnapshot, Level
from allause.exceptions import DataError
from allause.models.market import Quote, Trade

_decode = msgspec.json.decode

_MS = 1_000_000  # nanoseconds
_FIXED = Decimal("0.0001")  # equity prices are whole ten-thousandths


def binance(lines: Iterable[str | bytes], symbol: str) -> Iterator[DepthEvent | Quote | Trade]:
    """Yield the events of a recording of Binance streams: local time in nanoseconds, a space, the message.

    Raises:
        DataError: a line is none of them.
    """
    for number, line in enumerate(lines, start=1):
        text = line.encode() if isinstance(line, str) else line
        received, _, message = text.partition(b" ")
        try:
            yield _event(_decode(message), int(received), symbol)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise DataError(
                f"{symbol}: line {number} is no depth, book ticker or trade of a Binance recording: "
                f"{type(error).__name__}: {error}"
            ) from error


def lean_quotes(rows: Iterable[str], symbol: str, midnight: int, *, fixed_point: bool) -> Iterator[Quote]:
    """Yield the quotes with which the bars of a LEAN minute or second quote file end.

    A side without a quote has size 0 and price 0.

    :param rows: the lines of the file.
    :param symbol: the instrument.
    :param midnight: when the file's day began in its own time zone, nanoseconds UTC.
    :param fixed_point: whether prices are whole ten-thousandths, as those of equities are.
    :raises DataError: a row has other columns.
    """
    scale = _FIXED if fixed_point else Decimal(1)
    for number, row in enumerate(rows, start=1):
        fields = row.strip().split(",")
        try:
            begin, _, _, _, bid, bid_size, _, _, _, ask, ask_size = fields
            price = {side: float(Decimal(text or 0) * scale) for side, text in (("bid", bid), ("ask", ask))}
            ts = midnight + int(begin) * _MS
            yield Quote(
                symbol=symbol,
                ts_event=ts,
                ts_init=ts,
                **price,
                bid_size=float(bid_size or 0),
                ask_size=float(ask_size or 0),
            )
        except (ValueError, ArithmeticError) as error:
            raise DataError(f"{symbol}: row {number} is no LEAN quote bar: {row.strip()[:80]!r}: {error}") from error


def _event(message: Any, received: int, symbol: str) -> DepthEvent | Quote | Trade:
    if "lastUpdateId" in message:
        return DepthSnapshot(
            symbol=symbol,
            ts_init=received,
            update_id=message["lastUpdateId"],
            bids=_levels(message["bids"]),
            asks=_levels(message["asks"]),
        )
    data = message["data"]
    if data.get("e") == "depthUpdate":
        return DepthDelta(
            symbol=symbol,
            ts_init=received,
            first_id=data["U"],
            last_id=data["u"],
            previous_id=data.get("pu"),
            bids=_levels(data["b"]),
            asks=_levels(data["a"]),
        )
    sent = data["E"] * _MS if "E" in data else received  # a spot book ticker carries no time
    if data.get("e") == "trade":
        return Trade(symbol=symbol, ts_event=sent, ts_init=received, price=float(data["p"]), size=float(data["q"]))
    return Quote(
        symbol=symbol,
        ts_event=sent,
        ts_init=received,
        bid=float(data["b"]),
        ask=float(data["a"]),
        bid_size=float(data["B"]),
        ask_size=float(data["A"]),
    )


def _levels(pairs: Iterable[tuple[str, str]]) -> tuple[Level, ...]:
    return tuple((Decimal(price), Decimal(size)) for price, size in pairs)
