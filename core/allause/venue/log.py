"""The venue's event log: what happened, in order, as plain records."""

from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from allause.models.orders import OrderType, Side, TimeInForce
from allause.models.venue import VenueEvent
from allause.venue.refusals import Refusal

_NONE = Decimal(0)
_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


class LogEvent(StrEnum):
    """Name what happened at the venue."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TRIGGERED = "triggered"
    REPLACED = "replaced"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    QUOTED = "quoted"
    WITHDRAWN = "withdrawn"
    DEPTH = "depth"
    TRADED = "traded"


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
        quantity: ordered or quoted; executed, for a fill; what was left, for an end; in force from now on, for a
            replacement; traded elsewhere, for a recorded trade.
        price: the limit or quote; the execution price, for a fill; the last price, for a triggered stop.
        stop_price: what a stop waits for.
        post_only: whether the order may only add liquidity.
        reduce_only: whether it may only bring the position nearer to zero.
        trade_id: of a fill, different on its two sides.
        match: number of the execution, the same on its two sides, from 1.
        fee: of a fill.
        update_id: up to which recorded depth is shown.
        reason: why it was refused, cancelled or cut.
        refusal: the word for a refusal.
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
    stop_price: Decimal | None = None
    post_only: bool = False
    reduce_only: bool = False
    trade_id: str = ""
    match: int = 0
    fee: Decimal = _NONE
    update_id: int = 0
    reason: str = ""
    refusal: Refusal | None = None


class Entry(Protocol):
    """Stand for an event as it is noted while orders wait: as little as is needed to tell of it later."""

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return the records of the event, the first with the number ``seq``."""
        ...

    def notice(self, account: str) -> VenueEvent | None:
        """Return what is pushed to an account about the event, None for nothing."""
        ...


class Log:
    """Note events, and tell of them only when somebody asks.

    Attributes:
        note: takes an entry.
        push: takes one that was noted and that is pushed to an account.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._pushed: list[Entry] = []
        self._records: list[LogRecord] = []
        self._written = 0
        self.note = self._entries.append
        self.push = self._pushed.append

    @property
    def pushed(self) -> int:
        """Return how many entries there are of which some account is told."""
        return len(self._pushed)

    def since(self, count: int) -> list[Entry]:
        """Return those of them after the first ``count``: most others are orders and quotes that were taken."""
        return self._pushed[count:]

    def records(self) -> tuple[LogRecord, ...]:
        """Return the records of every event so far."""
        for entry in self._entries[self._written :]:
            self._records += entry.records(len(self._records))
        self._written = len(self._entries)
        return tuple(self._records)


def encode_log(records: tuple[LogRecord, ...]) -> bytes:
    """Return the records as one JSON object a line; the same records always give the same bytes."""
    return b"".join(_encode(record) + b"\n" for record in records)
