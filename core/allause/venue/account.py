"""One account at the venue: its orders, executions, positions and cash."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from allause.models.orders import Fill, Side
from allause.models.venue import VenueEvent
from allause.venue.book import Order
from allause.venue.money import EXACT

_FLAT = Decimal(0)


@attrs.define(kw_only=True, eq=False)
class VenueAccount:
    """Hold what one account has and owes; there is no credit limit.

    Attributes:
        name: of the account.
        fee_rate: of the executed value.
        cash: starting cash less purchases and fees, plus sales.
        fees: paid so far.
        positions: signed quantity by symbol, flat ones included.
        orders: every order ever accepted, by client order id.
        working: those that can still trade.
        fills: every execution, in order.
        listeners: told of every event the owner did not ask for.
    """

    name: str
    fee_rate: Decimal
    cash: Decimal
    fees: Decimal = _FLAT
    positions: dict[str, Decimal] = attrs.field(factory=dict)
    orders: dict[str, Order] = attrs.field(factory=dict)
    working: dict[str, Order] = attrs.field(factory=dict)
    fills: list[Fill] = attrs.field(factory=list)
    listeners: list[Callable[[VenueEvent], None]] = attrs.field(factory=list)

    def settle(self, order: Order, quantity: Decimal, price: Decimal) -> Decimal:
        """Book an execution and return its fee."""
        value = EXACT.multiply(quantity, price)
        fee = EXACT.multiply(value, self.fee_rate)
        if order.side is Side.BUY:
            value, signed = value.copy_negate(), quantity
        else:
            signed = quantity.copy_negate()
        self.cash = EXACT.subtract(EXACT.add(self.cash, value), fee)
        self.fees = EXACT.add(self.fees, fee)
        self.positions[order.symbol] = EXACT.add(self.positions.get(order.symbol, _FLAT), signed)
        return fee

    def tell(self, event: VenueEvent) -> None:
        """Push an event to every open session."""
        for listener in self.listeners:
            listener(event)
