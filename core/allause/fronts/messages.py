"""What travels between a session's two ends: one length-prefixed msgpack message each way, bounded on both sides."""

import builtins
from collections.abc import Callable
from decimal import Decimal
from struct import Struct
from typing import get_args

import msgspec

from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueOrder

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

#: Bytes of one question and of one answer.
LARGEST_QUESTION, LARGEST_ANSWER = 1 << 16, 1 << 25

HEADER = Struct(">I")


class Submit(msgspec.Struct, tag="submit", frozen=True):
    """Ask ``VenueSession.submit``."""

    intent: OrderIntent


class Cancel(msgspec.Struct, tag="cancel", frozen=True):
    """Ask ``VenueSession.cancel``."""

    client_order_id: str


class Replace(msgspec.Struct, tag="replace", frozen=True):
    """Ask ``VenueSession.replace``."""

    client_order_id: str
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


class Query(msgspec.Struct, tag="query", frozen=True):
    """Ask ``VenueSession.query``."""

    client_order_id: str


class Describe(msgspec.Struct, tag="instrument", frozen=True):
    """Ask ``VenueSession.instrument``."""

    symbol: str


class Poll(msgspec.Struct, tag="poll", frozen=True):
    """Ask ``VenueSession.poll``."""


class OpenOrders(msgspec.Struct, tag="open_orders", frozen=True):
    """Ask ``VenueSession.open_orders``."""


class Fills(msgspec.Struct, tag="fills", frozen=True):
    """Ask ``VenueSession.fills``."""


class Positions(msgspec.Struct, tag="positions", frozen=True):
    """Ask ``VenueSession.positions``."""


class Cash(msgspec.Struct, tag="cash", frozen=True):
    """Ask ``VenueSession.cash``."""


class Reconnect(msgspec.Struct, tag="reconnect", frozen=True):
    """Ask ``VenueSession.reconnect``."""


Question = (
    Submit | Cancel | Replace | Query | Describe | Poll | OpenOrders | Fills | Positions | Cash | Reconnect
)  # fmt: skip # one list


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """Answer with ``VenueError``."""

    text: str


class Lost(msgspec.Struct, tag="lost", frozen=True):
    """Answer with ``VenueUnknownError``."""

    text: str


class Order(msgspec.Struct, tag="order", frozen=True):
    """Answer with an order, or with None."""

    order: VenueOrder | None


class Told(msgspec.Struct, tag="told", frozen=True):
    """Hold one pushed event: exactly one of the two."""

    order: VenueOrder | None = None
    fill: Fill | None = None


class Events(msgspec.Struct, tag="events", frozen=True):
    """Answer with what was pushed."""

    events: tuple[Told, ...]


class Orders(msgspec.Struct, tag="orders", frozen=True):
    """Answer with orders."""

    orders: tuple[VenueOrder, ...]


class Executions(msgspec.Struct, tag="executions", frozen=True):
    """Answer with executions."""

    fills: tuple[Fill, ...]


class Holdings(msgspec.Struct, tag="holdings", frozen=True):
    """Answer with positions."""

    positions: dict[str, Decimal]


class Amount(msgspec.Struct, tag="amount", frozen=True):
    """Answer with an amount."""

    cash: Decimal


class Terms(msgspec.Struct, tag="terms", frozen=True):
    """Answer with what the venue asks of an instrument."""

    instrument: Instrument | None


class Done(msgspec.Struct, tag="done", frozen=True):
    """Answer with nothing."""


Reply = Refused | Lost | Order | Events | Orders | Executions | Holdings | Amount | Terms | Done

_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder().decode
_read_question: Callable[[bytes], Question] = msgspec.msgpack.Decoder(Question, strict=True).decode
_QUESTIONS = {question.__struct_config__.tag for question in get_args(Question)}
read_reply = msgspec.msgpack.Decoder(Reply, strict=True).decode


class FrameError(ValueError):
    """Report bytes that no honest end sends."""


def read_question(body: bytes) -> Question:
    """Return the question that a message holds.

    Raises:
        FrameError: it holds none.
        msgspec.ValidationError: it holds one about something that cannot be asked for.
    """
    try:
        return _read_question(body)
    except msgspec.ValidationError:
        if not _is_question(body):
            raise FrameError(f"a message that is no question: {body[:20]!r}") from None
        raise
    except Exception as error:  # noqa: BLE001 - hostile bytes make a decoder raise anything, such as a key that cannot be hashed
        raise FrameError(f"a message that cannot be read: {type(error).__name__}: {body[:20]!r}") from None


def _is_question(body: bytes) -> bool:
    try:
        plain = _decode(body)
    except Exception:  # noqa: BLE001 - as above
        return False
    return isinstance(plain, dict) and type(plain.get("type")) is str and plain["type"] in _QUESTIONS


def framed(message: Question | Reply) -> bytes:
    """Return a message with its length before it."""
    body = _encode(message)
    return HEADER.pack(len(body)) + body


def receive(read: Callable[[int], bytes], largest: int) -> bytes:
    """Return the body of the next message.

    Raises:
        EOFError: the other end is closed.
        FrameError: it is longer than ``largest``, or ends within.
    """
    head = _exactly(read, HEADER.size)
    (length,) = HEADER.unpack(head)
    if length > largest:
        raise FrameError(f"a message of {length} bytes, at most {largest} are taken")
    return _exactly(read, length, begun=True)


def _exactly(read: Callable[[int], bytes], count: int, *, begun: bool = False) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = read(min(count - len(parts), 1 << 16))
        if not part:
            if begun or parts:
                raise FrameError("the end of the stream within a message")
            raise EOFError
        parts += part
    return bytes(parts)
