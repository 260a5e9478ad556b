"""An order inside the venue."""

from decimal import Decimal
from math import inf

import msgspec

from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue.log import LogEvent, LogRecord
from allause.venue.position import Position

_BUY, _NONE_YET = Side.BUY, Decimal(0)


class Terms(msgspec.Struct, gc=False, frozen=True):
    """Hold what a replacement or a cut changes, as it was written."""

    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


class Order(msgspec.Struct, gc=False, eq=False):
    """Hold an order inside the venue; whole lots and ticks are what it is matched by.

    Attributes:
        arrival: its number, the part of its id that differs.
        number: place in the queue of its price: its arrival, until it triggers or loses the place by a replacement.
        client_order_id: its owner's id; empty for a quote.
        symbol: the instrument.
        position: what its owner has there; two orders of one position never trade with each other.
        side: buy or sell.
        order_type: how it is priced.
        time_in_force: how long it works.
        quantity: in force, as it was written; likewise ``price`` and ``stop_price``.
        size: the quantity in lots.
        left: what of it is not executed.
        limit: the price in ticks, 0 without one.
        stop: the stop price in ticks, 0 without one.
        rank: the higher, the earlier it trades on its side: the limit of a buy, the negated limit of a sale.
        post_only: whether it may only add liquidity.
        reduce_only: whether it may only bring the position nearer to zero.
        first: what was asked for at first, None while that is in force.
        ts: the venue's logical time when it was taken.
        status: as its owner may see it.
        reason: why it ended or was cut.
        resting: whether it stands in a book.
        waiting: whether it stands among the stops.
        held: whether it may not trade before it is released.
    """

    arrival: int
    number: int
    client_order_id: str
    symbol: str
    position: Position
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    size: int
    left: int
    limit: int
    rank: float
    stop: int
    post_only: bool
    reduce_only: bool
    ts: int
    status: OrderStatus = OrderStatus.ACCEPTED
    reason: str = ""
    resting: bool = False
    waiting: bool = False
    held: bool = False
    first: Terms | None = None
    _venue_order_id: str = ""  # written when it is first asked for: quotes are not asked

    @property
    def venue_order_id(self) -> str:
        """Return the venue's id."""
        if not self._venue_order_id:
            self._venue_order_id = self.position.order_prefix + str(self.arrival)
        return self._venue_order_id

    @property
    def account(self) -> str:
        """Return the name of its owner."""
        return self.position.account

    @property
    def filled_qty(self) -> Decimal:
        """Return the quantity executed."""
        if self.left == self.size:
            return _NONE_YET
        return self.position.grid.quantities[self.size - self.left] if self.left else self.quantity

    def keep_first(self) -> None:
        """Take note of what was asked for, before other values are in force."""
        self.first = self.first or Terms(self.quantity, self.price, self.stop_price)

    def notice(self, account: str) -> None:
        """Push nothing: the acknowledgement tells."""

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return the record that it was taken, or quoted: the log notes the order itself for that."""
        asked, is_quote = self.first or self, not self.client_order_id
        return (LogRecord(
            seq=seq, ts=self.ts, event=LogEvent.QUOTED if is_quote else LogEvent.ACCEPTED, account=self.account,
            symbol=self.symbol, order_id=self.venue_order_id, client_order_id=self.client_order_id, side=self.side,
            order_type=None if is_quote else self.order_type, time_in_force=None if is_quote else self.time_in_force,
            quantity=asked.quantity, price=asked.price, stop_price=asked.stop_price,
            post_only=self.post_only, reduce_only=self.reduce_only,
        ),)  # fmt: skip # one record

    def snapshot(self) -> VenueOrder:
        """Return the order as its owner may see it."""
        return VenueOrder(
            venue_order_id=self.venue_order_id,
            client_order_id=self.client_order_id,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            price=self.price,
            filled_qty=self.filled_qty,
            status=self.status,
            reason=self.reason,
            stop_price=self.stop_price,
        )


def rank_of(limit: int, side: Side) -> float:
    """Return the rank of an order: without a limit it trades before every other."""
    if not limit:
        return inf
    return limit if side is _BUY else -limit
