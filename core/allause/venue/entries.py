"""What the log notes of each event until its records are asked for."""

from decimal import Decimal
from typing import Any

import msgspec

from allause.drafts import draft_of
from allause.models.orders import Fill, OrderStatus
from allause.models.venue import VenueOrder
from allause.venue.log import LogEvent, LogRecord
from allause.venue.order import Order
from allause.venue.refusals import Refusal

_FillDraft = draft_of(Fill)
_FREE = Decimal(0)
_ENDINGS = {OrderStatus.CANCELED: LogEvent.CANCELED, OrderStatus.EXPIRED: LogEvent.EXPIRED}


class Execution(msgspec.Struct, gc=False, eq=False):
    """Note one execution, the same on both sides but for the fee."""

    maker: Order
    taker: Order
    lots: int
    ticks: int
    match: int
    ts: int

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return one record for each side, the maker's first."""
        return (self._side(seq, is_maker=True), self._side(seq + 1, is_maker=False))

    def notice(self, account: str) -> Fill | None:
        """Return the side of an account, None when it has none."""
        is_maker = self.maker.position.account == account
        order = self.maker if is_maker else self.taker
        position = order.position
        if not order.client_order_id or position.account != account:
            return None
        grid = position.grid
        draft = _FillDraft()
        draft.trade_id = position.trade_prefix + str(self.match * 2 - is_maker)
        draft.client_order_id = order.client_order_id
        draft.venue_order_id = order.venue_order_id
        draft.symbol = order.symbol
        draft.side = order.side
        draft.last_qty = grid.quantities[self.lots]
        draft.last_px = grid.prices[self.ticks]
        draft.fee = self._fee(order, is_maker=is_maker)
        draft.ts_event = self.ts
        draft.__class__ = Fill
        fill: Fill = draft
        return fill

    def _side(self, seq: int, *, is_maker: bool) -> LogRecord:
        order = self.maker if is_maker else self.taker
        grid = order.position.grid
        return _record(
            seq, self.ts, LogEvent.FILLED, order, quantity=grid.quantities[self.lots], price=grid.prices[self.ticks],
            trade_id=order.position.trade_prefix + str(self.match * 2 - is_maker), match=self.match,
            fee=self._fee(order, is_maker=is_maker),
        )  # fmt: skip # one record

    def _fee(self, order: Order, *, is_maker: bool) -> Decimal:
        position = order.position
        rate = position.maker_rate if is_maker else position.taker_rate
        return position.fee(self.lots * self.ticks * rate) if rate else _FREE


class Ended(msgspec.Struct, gc=False, eq=False):
    """Note an order that ended unfilled, or a quote that gave way."""

    order: Order
    ts: int
    status: OrderStatus
    left: int
    reason: str

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        left = self.order.position.grid.quantities[self.left]
        if not self.order.client_order_id:
            return (_record(seq, self.ts, LogEvent.WITHDRAWN, self.order, quantity=left),)
        return (_record(seq, self.ts, _ENDINGS[self.status], self.order, quantity=left, reason=self.reason),)

    def notice(self, account: str) -> VenueOrder | None:
        """Return the order to its owner; nothing changes it any more."""
        order = self.order
        return order.snapshot() if order.client_order_id and order.position.account == account else None


class Changed(msgspec.Struct, gc=False, eq=False):
    """Note other values in force: asked for by the owner, or cut by the venue, and then with a reason."""

    order: Order
    ts: int
    after: VenueOrder
    reason: str

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        after = self.after
        return (_record(
            seq, self.ts, LogEvent.REPLACED, self.order, quantity=after.quantity, price=after.price,
            stop_price=after.stop_price, reason=self.reason,
        ),)  # fmt: skip # one record

    def notice(self, account: str) -> VenueOrder | None:
        """Return the order as it was cut to its owner, who knows what was asked for."""
        return self.after if self.order.position.account == account else None


class Triggered(msgspec.Struct, gc=False, eq=False):
    """Note a stop whose price was met, with the last price that met it."""

    order: Order
    ts: int
    after: VenueOrder
    last: int

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        price = self.order.position.grid.prices[self.last]
        return (_record(seq, self.ts, LogEvent.TRIGGERED, self.order, price=price),)

    def notice(self, account: str) -> VenueOrder | None:
        """Return the order to its owner."""
        return self.after if self.order.position.account == account else None


class Written(msgspec.Struct, gc=False, eq=False):
    """Note an event that is no order's: a refusal, or recorded data."""

    ts: int
    event: LogEvent
    account: str
    symbol: str
    client_order_id: str = ""
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    update_id: int = 0
    reason: str = ""
    refusal: Refusal | None = None

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        return (LogRecord(seq=seq, **msgspec.structs.asdict(self)),)

    def notice(self, account: str) -> None:
        """Push nothing."""


def _record(seq: int, ts: int, event: LogEvent, order: Order, **more: Any) -> LogRecord:
    return LogRecord(
        seq=seq,
        ts=ts,
        event=event,
        account=order.account,
        symbol=order.symbol,
        order_id=order.venue_order_id,
        client_order_id=order.client_order_id,
        side=order.side,
        **more,
    )
