"""The messages of a live feed in the shape of the recorded streams: what is sent, and what comes back.

One venue's shape, since that is what there are recordings of. Of another venue, give ``Intake`` events of its own.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from allause.depth import DepthDelta, DepthSnapshot, Level
from allause.exceptions import DataError
from allause.models import Quote, Trade
from allause_market_data.live.events import Kind, Received
from allause_market_data.wire import Message, Moment, Number

_MS = 1_000_000
PAGE = 1_000  # trades that one request may ask for
_STREAMS = {Kind.TRADE: "trade", Kind.QUOTE: "bookTicker"}
_OURS = frozenset({*_STREAMS.values(), "depthUpdate"})
_BAD = (TypeError, ValueError, ArithmeticError, RecursionError)


class GarbledError(DataError):
    """Report bytes that are no message: something was lost, and nobody knows what."""


class Answer(msgspec.Struct):
    """Hold the answer to a request.

    Attributes:
        id: the request's.
        result: of what was asked.
        error: why it was refused; None when it was not.
    """

    id: int
    result: bytes
    error: Any = None


class _Frame(Message):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


class _Snapshot(msgspec.Struct):
    lastUpdateId: Number  # noqa: N815 - the exchange's name
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    E: Moment | None = None


class _Trade(msgspec.Struct):
    id: Number
    price: str
    qty: str
    time: Moment


_decode = msgspec.json.Decoder(_Frame).decode
_encode = msgspec.json.encode


def subscription(symbols: Sequence[str], kinds: Sequence[Kind], depth_stream: str, number: int) -> str:
    """Return the request for the streams of some kinds of some instruments."""
    names = {**_STREAMS, Kind.DEPTH: depth_stream}
    streams = [f"{symbol.lower()}@{names[kind]}" for symbol in symbols for kind in kinds]
    return _request("SUBSCRIBE", streams, number)


def snapshot_request(symbol: str, number: int) -> str:
    """Return the request for a whole book."""
    return _request("depth", {"symbol": symbol, "limit": 5_000}, number)


def trades_request(symbol: str, first: int, number: int) -> str:
    """Return the request for the trades from number ``first`` on, at most ``PAGE`` of them."""
    return _request("trades.historical", {"symbol": symbol, "fromId": first, "limit": PAGE}, number)


def read(frame: bytes, ts_init: int) -> Received | Answer | None:
    """Read a message; None for one that is well formed and none of ours.

    Raises:
        GarbledError: it is no message.
    """
    try:
        message = _decode(frame)
        if message.id is not None:
            return Answer(message.id, bytes(message.result), message.error)
        return _event(message, ts_init)
    except (msgspec.DecodeError, *_BAD) as error:
        start = frame[:60].decode(errors="replace")
        raise GarbledError(
            f"expected a message of a stream, found {start!r} ({error}); the link is opened anew"
        ) from error


def read_snapshot(result: bytes, symbol: str, ts_init: int) -> DepthSnapshot:
    """Read the answer to a request for a book.

    Raises:
        GarbledError: it is none.
    """
    try:
        found = msgspec.json.decode(result, type=_Snapshot)
        return DepthSnapshot(
            symbol=symbol,
            ts_event=None if found.E is None else found.E * _MS,
            ts_init=ts_init,
            update_id=found.lastUpdateId,
            bids=_levels(found.bids),
            asks=_levels(found.asks),
        )
    except (msgspec.DecodeError, *_BAD) as error:
        raise GarbledError(f"{symbol}: expected a snapshot of the book, found another answer ({error})") from error


def read_trades(result: bytes, symbol: str, ts_init: int) -> list[Received]:
    """Read the answer to a request for trades.

    Raises:
        GarbledError: it is none.
    """
    try:
        return [
            _trade(symbol, one.id, one.time * _MS, ts_init, one.price, one.qty)
            for one in msgspec.json.decode(result, type=list[_Trade])
        ]
    except (msgspec.DecodeError, *_BAD) as error:
        raise GarbledError(f"{symbol}: expected trades, found another answer ({error})") from error


def _request(method: str, params: Any, number: int) -> str:
    return _encode({"method": method, "params": params, "id": number}).decode()


def _event(message: Message, ts_init: int) -> Received | None:
    data, kind = message.data, message.kind
    if data is None or kind not in _OURS:
        return None
    sent = data.E or data.T
    ts_event = ts_init if sent is None else sent * _MS
    symbol = _text(data.s)
    if kind == "trade":
        happened = ts_event if data.T is None else data.T * _MS
        return _trade(symbol, _number(data.t), happened, ts_init, _text(data.p), _text(data.q))
    if kind == "bookTicker":
        quote = Quote(
            symbol=symbol,
            ts_event=ts_event,
            ts_init=ts_init,
            bid=_finite(data.b),
            ask=_finite(data.a),
            bid_size=_finite(data.B),
            ask_size=_finite(data.A),
        )
        return Received(Kind.QUOTE, _number(data.u), quote)
    if not isinstance(data.b, list) or not isinstance(data.a, list):
        raise TypeError("depth without its levels")
    delta = DepthDelta(
        symbol=symbol,
        ts_event=ts_event,
        ts_init=ts_init,
        first_id=_number(data.U),
        last_id=_number(data.u),
        previous_id=data.pu,
        bids=_levels(data.b),
        asks=_levels(data.a),
    )
    return Received(Kind.DEPTH, delta.last_id, delta)


def _trade(symbol: str, number: int, ts_event: int, ts_init: int, price: str, size: str) -> Received:
    trade = Trade(symbol=symbol, ts_event=ts_event, ts_init=ts_init, price=_finite(price), size=_finite(size))
    return Received(Kind.TRADE, number, trade)


def _levels(pairs: Iterable[tuple[str, str]]) -> tuple[Level, ...]:
    levels = tuple([(Decimal(_plain(price)), Decimal(_plain(size))) for price, size in pairs])
    if not all(price.is_finite() and size.is_finite() and price > 0 and size >= 0 for price, size in levels):
        raise ValueError("a level that is no price and size")
    return levels


def _finite(text: object) -> float:
    if not isinstance(text, str) or not isfinite(value := float(_plain(text))):
        raise ValueError(f"{text!r} is no number")
    return value


def _plain(text: str) -> str:
    if "_" in text or not text.isascii():  # Python would take 1_0 for 10, and the digits of any script
        raise ValueError(f"{text!r} is no number")
    return text


def _text(value: str | None) -> str:
    if value is None:
        raise TypeError("a field is missing")
    return value


def _number(value: int | None) -> int:
    if value is None:
        raise TypeError("a number is missing")
    return value
