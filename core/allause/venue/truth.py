"""What the venue's log says of one account."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import attrs

from allause.models.orders import Fill, OrderStatus, Side
from allause.venue.alterations import Change
from allause.venue.exchange import EXAMINED
from allause.venue.log import LogEvent, LogRecord
from allause.venue.money import EXACT

_ZERO = Decimal(0)
_ENDINGS: Mapping[LogEvent, OrderStatus] = MappingProxyType(
    {LogEvent.CANCELED: OrderStatus.CANCELED, LogEvent.EXPIRED: OrderStatus.EXPIRED}
)


@attrs.frozen(kw_only=True)
class TrueOrder:
    """Hold what the log says of one client order id.

    Attributes:
        status: None when the venue never took such an order.
        quantity: in force; 0 when the venue never took such an order.
        price: likewise, None for an order that has none.
        stop_price: likewise.
        filled_qty: sum of its executions.
        refused: orders with this id that the venue refused, a second one under a used id among them.
    """

    status: OrderStatus | None = None
    quantity: Decimal = _ZERO
    price: Decimal | None = None
    stop_price: Decimal | None = None
    filled_qty: Decimal = _ZERO
    refused: int = 0

    @property
    def terms_in_force(self) -> Change:
        """Return quantity, price and stop price."""
        return self.quantity, self.price, self.stop_price


@attrs.frozen(kw_only=True)
class Truth:
    """Hold what the log says of one account.

    Attributes:
        orders: by client order id.
        fills: by trade id, in order.
        positions: by symbol, flat ones left out.
        cash_flow: what the executions did to the cash, fees included.
        fees: their sum.
    """

    orders: Mapping[str, TrueOrder]
    fills: Mapping[str, Fill]
    positions: Mapping[str, Decimal]
    cash_flow: Decimal
    fees: Decimal


def without(log: Sequence[LogRecord], names: Collection[str]) -> list[LogRecord]:
    """Return a log as if some orders had never been, of whichever account."""
    return [record for record in log if record.client_order_id not in names]


def read_truth(log: Sequence[LogRecord], account: str = EXAMINED) -> Truth:
    """Read one account's truth out of a log, from the records alone."""
    orders: dict[str, TrueOrder] = {}
    fills: dict[str, Fill] = {}
    positions: dict[str, Decimal] = {}
    cash_flow = fees = _ZERO
    for record in log:
        if record.account != account:
            continue
        orders[record.client_order_id] = _after(orders.get(record.client_order_id, TrueOrder()), record)
        if record.event is not LogEvent.FILLED:
            continue
        fill = fills[record.trade_id] = _fill(record)
        value, signed = EXACT.multiply(fill.last_qty, fill.last_px), fill.last_qty
        if fill.side is Side.BUY:
            value = value.copy_negate()
        else:
            signed = signed.copy_negate()
        positions[fill.symbol] = EXACT.add(positions.get(fill.symbol, _ZERO), signed)
        cash_flow = EXACT.subtract(EXACT.add(cash_flow, value), fill.fee)
        fees = EXACT.add(fees, fill.fee)
    held = {symbol: quantity for symbol, quantity in sorted(positions.items()) if quantity}
    return Truth(orders=orders, fills=fills, positions=held, cash_flow=cash_flow, fees=fees)


def _after(order: TrueOrder, record: LogRecord) -> TrueOrder:
    if record.event is LogEvent.REFUSED:
        return attrs.evolve(order, refused=order.refused + 1)
    if record.event is LogEvent.ACCEPTED:
        return attrs.evolve(_with_terms(order, record), status=OrderStatus.ACCEPTED)
    if record.event is LogEvent.FILLED:
        filled = EXACT.add(order.filled_qty, record.quantity)
        status = OrderStatus.FILLED if filled == order.quantity else OrderStatus.PARTIALLY_FILLED
        return attrs.evolve(order, filled_qty=filled, status=status)
    if record.event is LogEvent.TRIGGERED:
        return attrs.evolve(order, status=OrderStatus.TRIGGERED)
    if record.event is LogEvent.REPLACED:
        return _with_terms(order, record)
    return attrs.evolve(order, status=_ENDINGS[record.event])


def _with_terms(order: TrueOrder, record: LogRecord) -> TrueOrder:
    return attrs.evolve(order, quantity=record.quantity, price=record.price, stop_price=record.stop_price)


def _fill(record: LogRecord) -> Fill:
    if record.side is None or record.price is None:
        raise ValueError(f"record {record.seq} of the log is a fill without a side or a price")
    return Fill(
        trade_id=record.trade_id,
        client_order_id=record.client_order_id,
        venue_order_id=record.order_id,
        symbol=record.symbol,
        side=record.side,
        last_qty=record.quantity,
        last_px=record.price,
        fee=record.fee,
        ts_event=record.ts,
    )
