"""The venue's event log: what happened, in order, as plain records."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from allause.models.orders import OrderType, Side, TimeInForce

_NONE = Decimal(0)
_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


class LogEvent(StrEnum):
    """Name what happened at the venue."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    QUOTED = "quoted"
    WITHDRAWN = "withdrawn"


class LogRecord(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Hold one event; fields that do not apply keep their default and are left out of the bytes.

    Attributes:
        seq: position in the log, from 0.
        ts: the venue's logical time, nanoseconds UTC.
        event: see ``LogEvent``.
        account: whose order it is.
        symbol: the instrument.
        order_id: the venue's id of the order.
        client_order_id: its owner's id; empty for a quote.
        side: of the order; likewise ``order_type`` and ``time_in_force``.
        quantity: ordered or quoted; executed, for a fill; what was left, for an end.
        price: the limit or quote; the execution price, for a fill.
        trade_id: of a fill, different on its two sides.
        match: number of the execution, the same on its two sides, from 1.
        fee: of a fill.
        reason: why it was refused or cancelled.
    """

    seq: int
    ts: int
    event: LogEvent
    account: str
    symbol: str
    order_id: str = ""
    client_order_id: str = ""
    side: Side | None = None
    order_type: OrderType | None = None
    time_in_force: TimeInForce | None = None
    quantity: Decimal = _NONE
    price: Decimal | None = None
    trade_id: str = ""
    match: int = 0
    fee: Decimal = _NONE
    reason: str = ""


def encode_log(records: tuple[LogRecord, ...]) -> bytes:
    """Return the records as one JSON object a line; the same records always give the same bytes."""
    return b"".join(_encode(record) + b"\n" for record in records)
