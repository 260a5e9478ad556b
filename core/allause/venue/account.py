"""One account at the venue: its orders, executions, positions and cash."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from allause.models.orders import Fill, Side
from allause.models.venue import VenueOrder
from allause.venue.entries import Execution
from allause.venue.grid import plain
from allause.venue.listing import Listing
from allause.venue.money import EXACT
from allause.venue.order import Order

#: What is pushed to an account's owner; an execution becomes a fill when the owner reads it.
Notice = VenueOrder | Execution


@attrs.define(eq=False)
class Holding:
    """Hold what one account has in one instrument, in whole lots and ticks.

    Attributes:
        account: whose it is.
        listing: in which instrument.
        position: signed lots.
        flow: what the executions did to the cash, fees left out, in lots times ticks.
        fees: paid, in lots times ticks times the account's unit of fee rates.
        reducing: its working orders that may only reduce the position, by client order id.
    """

    account: "VenueAccount"
    listing: Listing
    position: int = 0
    flow: int = 0
    fees: int = 0
    reducing: dict[str, Order] = attrs.field(factory=dict)

    def settle(self, lots: int, ticks: int, rate: int) -> int:
        """Book one side of an execution, ``lots`` below 0 for a sale, and return its fee."""
        value = lots * ticks
        fee = (value if lots > 0 else -value) * rate
        self.position += lots
        self.flow -= value
        self.fees += fee
        return fee

    def reducible(self, side: Side) -> int:
        """Return how many lots an order of ``side`` can trade before the position turns."""
        return max(0, -self.position if side is Side.BUY else self.position)


class VenueAccount:
    """Hold what one account has and owes; there is no credit limit.

    Attributes:
        name: of the account.
        seed: of its venue, part of every id.
        rate_unit: what one of the two rates counts.
        maker_rate: of the executed value, for the order that rested.
        taker_rate: for the order that came.
        holdings: by symbol.
        orders: every order ever accepted, by client order id.
        working: those that can still trade.
        executed: executions that ``fills`` has not written yet.
        listeners: told of every event the owner did not ask for.
    """

    def __init__(self, *, name: str, seed: int, cash: Decimal, maker_rate: Decimal, taker_rate: Decimal) -> None:
        self.name, self.seed = name, seed
        self.rate_unit, self.maker_rate, self.taker_rate = _rates(maker_rate, taker_rate)
        self.holdings: dict[str, Holding] = {}
        self.orders: dict[str, Order] = {}
        self.working: dict[str, Order] = {}
        self.listeners: list[Callable[[Notice], None]] = []
        self._starting_cash = cash
        self.executed: list[Execution] = []
        self._fills: list[Fill] = []

    @property
    def cash(self) -> Decimal:
        """Return starting cash less purchases and fees, plus sales."""
        total = self._starting_cash
        for holding in self.holdings.values():
            total = EXACT.add(total, EXACT.multiply(holding.listing.grid.value, holding.flow))
        return plain(EXACT.subtract(total, self.fees))

    @property
    def fees(self) -> Decimal:
        """Return what was paid so far."""
        amounts = (self.fee(holding.fees, holding.listing) for holding in self.holdings.values())
        total = Decimal(0)
        for amount in amounts:
            total = EXACT.add(total, amount)
        return plain(total)

    @property
    def positions(self) -> dict[str, Decimal]:
        """Return signed quantity by symbol, flat ones included."""
        return {symbol: holding.listing.grid.quantities[holding.position] for symbol, holding in self.holdings.items()}

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, in order."""
        self._fills += [execution.fill(self.name) for execution in self.executed]
        self.executed.clear()
        return tuple(self._fills)

    def holding(self, listing: Listing) -> Holding:
        """Return what the account has in an instrument, nothing at first."""
        found = self.holdings.get(listing.symbol)
        if found is None:
            found = self.holdings[listing.symbol] = Holding(self, listing)
        return found

    def fee(self, units: int, listing: Listing) -> Decimal:
        """Return a fee counted in lots times ticks times the unit of the rates."""
        return plain(EXACT.multiply(EXACT.multiply(listing.grid.value, self.rate_unit), units))

    def tell(self, order: Order) -> None:
        """Push an order as it now stands to every open session."""
        if self.listeners:
            snapshot = order.snapshot()
            for listener in self.listeners:
                listener(snapshot)


def _rates(*rates: Decimal) -> tuple[Decimal, int, int]:
    unit = Decimal(1).scaleb(min(0, *(int(rate.as_tuple().exponent) for rate in rates)))
    maker, taker = (int(EXACT.divide(rate, unit)) for rate in rates)
    return unit, maker, taker
