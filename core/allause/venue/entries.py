"""What the log notes of each event until its records are asked for."""

from decimal import Decimal
from typing import Any

import msgspec

from allause.models.orders import Fill, OrderStatus
from allause.venue.log import LogEvent, LogRecord
from allause.venue.order import Order
from allause.venue.refusals import Refusal

_ENDINGS = {OrderStatus.CANCELED: LogEvent.CANCELED, OrderStatus.EXPIRED: LogEvent.EXPIRED}


class Execution(msgspec.Struct):
    """Note one execution, the same on both sides but for the fee."""

    maker: Order
    taker: Order
    lots: int
    ticks: int
    match: int
    maker_fee: int
    taker_fee: int
    ts: int

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return one record for each side, the maker's first."""
        return (self._side(seq, is_maker=True), self._side(seq + 1, is_maker=False))

    def fill(self, account: str) -> Fill:
        """Return the side of an account."""
        is_maker = self.maker.account == account
        order = self.maker if is_maker else self.taker
        grid = order.holding.listing.grid
        return Fill(
            trade_id=self._trade_id(order, is_maker=is_maker),
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            symbol=order.symbol,
            side=order.side,
            last_qty=grid.quantities[self.lots],
            last_px=grid.prices[self.ticks],
            fee=self._fee(order, is_maker=is_maker),
            ts_event=self.ts,
        )

    def _side(self, seq: int, *, is_maker: bool) -> LogRecord:
        order = self.maker if is_maker else self.taker
        grid = order.holding.listing.grid
        return _record(
            seq, self.ts, LogEvent.FILLED, order, quantity=grid.quantities[self.lots], price=grid.prices[self.ticks],
            trade_id=self._trade_id(order, is_maker=is_maker), match=self.match,
            fee=self._fee(order, is_maker=is_maker),
        )  # fmt: skip # one record

    def _trade_id(self, order: Order, *, is_maker: bool) -> str:
        return f"T{order.holding.account.seed}-{self.match * 2 - is_maker}"

    def _fee(self, order: Order, *, is_maker: bool) -> Decimal:
        return order.holding.account.fee(self.maker_fee if is_maker else self.taker_fee, order.holding.listing)


class Ended(msgspec.Struct):
    """Note an order that ended unfilled, or a quote that gave way."""

    order: Order
    ts: int
    status: OrderStatus
    left: int
    reason: str

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        left = self.order.holding.listing.grid.quantities[self.left]
        if not self.order.client_order_id:
            return (_record(seq, self.ts, LogEvent.WITHDRAWN, self.order, quantity=left),)
        return (_record(seq, self.ts, _ENDINGS[self.status], self.order, quantity=left, reason=self.reason),)


class Changed(msgspec.Struct):
    """Note other values in force: asked for by the owner, or cut by the venue for a reason."""

    order: Order
    ts: int
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    reason: str

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        return (_record(
            seq, self.ts, LogEvent.REPLACED, self.order, quantity=self.quantity, price=self.price,
            stop_price=self.stop_price, reason=self.reason,
        ),)  # fmt: skip # one record


class Triggered(msgspec.Struct):
    """Note a stop whose price was met, with the last price that met it."""

    order: Order
    ts: int
    last: int

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        price = self.order.holding.listing.grid.prices[self.last]
        return (_record(seq, self.ts, LogEvent.TRIGGERED, self.order, price=price),)


class Refused(msgspec.Struct):
    """Note an order that was not taken."""

    ts: int
    account: str
    symbol: str
    client_order_id: str
    refusal: Refusal
    reason: str

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        return (LogRecord(
            seq=seq, ts=self.ts, event=LogEvent.REFUSED, account=self.account, symbol=self.symbol,
            client_order_id=self.client_order_id, reason=self.reason, refusal=self.refusal,
        ),)  # fmt: skip # one record


class Recorded(msgspec.Struct):
    """Note recorded data that changed the market without an order of its own."""

    ts: int
    event: LogEvent
    account: str
    symbol: str
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    update_id: int = 0

    def records(self, seq: int) -> tuple[LogRecord, ...]:
        """Return its record."""
        return (LogRecord(
            seq=seq, ts=self.ts, event=self.event, account=self.account, symbol=self.symbol, quantity=self.quantity,
            price=self.price, update_id=self.update_id,
        ),)  # fmt: skip # one record


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
