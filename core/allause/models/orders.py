"""Orders, fills, positions and accounts. Quantities and prices are exact decimals."""

from decimal import Decimal
from enum import StrEnum
from numbers import Integral, Rational, Real
from operator import index

import attrs


class Side(StrEnum):
    """Name the direction of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """Return the other direction."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """Return what a position grows by with each unit: 1 for a purchase, -1 for a sale."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """Name how an order is priced."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"

    @property
    def is_priced(self) -> bool:
        """Tell whether the order has a limit."""
        return self in (OrderType.LIMIT, OrderType.STOP_LIMIT)

    @property
    def is_stop(self) -> bool:
        """Tell whether the order waits for a price before it trades."""
        return self in (OrderType.STOP, OrderType.STOP_LIMIT)


class TimeInForce(StrEnum):
    """Name how long an order works."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class OrderStatus(StrEnum):
    """Name the state of an order as the execution component knows it.

    UNKNOWN means that the venue's answer was lost: the order may exist and may fill. It is resolved by
    reconciliation only; it is never a rejection and is never sent again. HELD means that the component keeps the
    order until another one fills: the exits of a bracket. TRIGGERED means that the price of a stop was met.
    """

    INITIALIZED = "initialized"
    DENIED = "denied"
    HELD = "held"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    TRIGGERED = "triggered"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_REPLACE = "pending_replace"
    PENDING_CANCEL = "pending_cancel"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_terminal(self) -> bool:
        """Tell whether nothing more can happen to the order."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {
        OrderStatus.DENIED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    }
)


def exact(value: Decimal | float) -> Decimal:
    """Return ``value`` as the decimal it prints as; numpy's whole and binary numbers are numbers too.

    Raises:
        TypeError: for a bool, a string or anything that is not a number.
        ValueError: for NaN and the infinities.
    """
    if type(value) is Decimal and value.is_finite():
        return value  # what nearly always comes
    found = Decimal(value) if isinstance(value, Decimal) else _decimal(value)  # no subclass: it cannot be journalled
    if not found.is_finite():
        raise ValueError(f"expected a finite number, got {found}")
    return found


def _decimal(value: object) -> Decimal:
    try:
        if isinstance(value, float):  # how a subclass prints itself, as numpy's float64 does, is its own business
            return Decimal(float.__repr__(value))
        if isinstance(value, int | Integral) and not isinstance(value, bool):
            return Decimal(index(value))
        if isinstance(value, Real) and not isinstance(value, Rational):
            return Decimal(str(value))
    except (ArithmeticError, TypeError, ValueError):  # it is called a number, as a span of time of numpy's is
        pass
    raise TypeError(f"expected a number (Decimal, int or float), got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class OrderIntent:
    """Hold what is asked of the venue.

    Attributes:
        client_order_id: chosen by the caller's side, unique for ever; the key of idempotence.
        symbol: the instrument.
        side: buy or sell.
        quantity: positive, in units.
        order_type: how it is priced.
        price: the limit; None for an order without one.
        time_in_force: how long it works.
        stop_price: what the last trade must reach before a stop order trades; None for the others.
        post_only: whether it may only add liquidity; the venue refuses it when it would trade at once.
        reduce_only: whether it may only bring the position nearer to zero.
        oco_group: orders of one group cancel each other: when one trades, the component cancels the rest.
        take_profit: limit price of the exit at a profit that a bracket places once this order fills.
        stop_loss: stop price of the exit at a loss that a bracket places with it.
        parent_id: of the larger order that this one is a slice of.
        parent_quantity: of that larger order; its slices may not exceed it together.
    """

    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    stop_price: Decimal | None = None
    post_only: bool = False
    reduce_only: bool = False
    oco_group: str | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    parent_id: str | None = None
    parent_quantity: Decimal | None = None


@attrs.frozen(kw_only=True)
class OrderReport:
    """Hold an order as the execution component knows it.

    Attributes:
        intent: what was asked when the order was placed.
        status: see ``OrderStatus``.
        filled_qty: sum of the fills counted, never above the quantity.
        avg_px: volume-weighted price of those fills, None before the first.
        venue_order_id: the venue's id, None before its acknowledgement.
        reason: why it was denied, rejected or is unknown.
        ts_init: when the intent was taken, nanoseconds UTC.
        ts_last: when the status last changed.
        quantity: in force since the order was last replaced, None when it never was.
        price: likewise.
        stop_price: likewise.
    """

    intent: OrderIntent
    status: OrderStatus
    filled_qty: Decimal = Decimal(0)
    avg_px: Decimal | None = None
    venue_order_id: str | None = None
    reason: str = ""
    ts_init: int = 0
    ts_last: int = 0
    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None

    @property
    def quantity_in_force(self) -> Decimal:
        """Return the quantity of the last replacement, or else of the intent."""
        return self.intent.quantity if self.quantity is None else self.quantity

    @property
    def terms_in_force(self) -> tuple[Decimal, Decimal | None, Decimal | None]:
        """Return quantity, price and stop price, each of the last replacement or else of the intent."""
        price = self.intent.price if self.price is None else self.price
        stop_price = self.intent.stop_price if self.stop_price is None else self.stop_price
        return self.quantity_in_force, price, stop_price


@attrs.frozen(kw_only=True)
class Fill:
    """Hold one execution at the venue.

    Attributes:
        trade_id: the venue's id of the execution; the key by which a repeated delivery is counted once.
        client_order_id: the order filled.
        venue_order_id: the venue's id of that order.
        symbol: the instrument.
        side: direction of the order.
        last_qty: quantity of this execution.
        last_px: its price.
        fee: commission in the account's currency.
        ts_event: when it happened at the venue, nanoseconds UTC.
    """

    trade_id: str
    client_order_id: str
    venue_order_id: str
    symbol: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal = Decimal(0)
    ts_event: int = 0


@attrs.frozen(kw_only=True)
class Position:
    """Hold the net position of one instrument.

    Attributes:
        symbol: the instrument.
        quantity: signed units; negative is short.
        avg_px: average price of what is open, None when flat.
        realized_pnl: profit of what was closed, fees left out.
    """

    symbol: str
    quantity: Decimal
    avg_px: Decimal | None
    realized_pnl: Decimal


@attrs.frozen(kw_only=True)
class Account:
    """Hold the cash side of the fills counted.

    Attributes:
        currency: of every amount here.
        starting_cash: cash before the first fill.
        cash: starting cash less purchases and fees, plus sales.
        realized_pnl: sum over the positions.
        fees: sum over the fills.
    """

    currency: str
    starting_cash: Decimal
    cash: Decimal
    realized_pnl: Decimal
    fees: Decimal


@attrs.frozen(kw_only=True)
class ReconciliationReport:
    """Tell what a comparison with the venue found and did.

    Attributes:
        complete: whether the venue answered and every difference was resolved.
        orders_resolved: client order ids whose state was corrected, UNKNOWN ones among them.
        fills_recovered: trade ids that had not been delivered.
        drift: one sentence for each difference of position or cash that remains.
        external_orders: orders at the venue that this component never sent.
    """

    complete: bool
    orders_resolved: tuple[str, ...] = ()
    fills_recovered: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    external_orders: tuple[str, ...] = ()
