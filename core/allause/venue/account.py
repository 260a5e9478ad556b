"""One account at the venue: its orders, executions, positions and cash."""

from decimal import Decimal

from allause.models.orders import Fill
from allause.venue.entries import Execution
from allause.venue.grid import plain
from allause.venue.listing import Listing
from allause.venue.log import Log
from allause.venue.money import EXACT
from allause.venue.order import Order
from allause.venue.position import Position


class VenueAccount:
    """Hold what one account has and owes; there is no credit limit.

    Attributes:
        name: of the account.
        held: position by symbol.
        orders: every order ever accepted, by client order id.
    """

    def __init__(
        self, *, name: str, seed: int, log: Log, cash: Decimal, maker_rate: Decimal, taker_rate: Decimal
    ) -> None:
        self.name = name
        self.held: dict[str, Position] = {}
        self.orders: dict[str, Order] = {}
        self._seed, self._log, self._starting_cash = seed, log, cash
        self._rates = _rates(maker_rate, taker_rate)
        self._working: list[Order] = []
        self._fills: list[Fill] = []
        self._read = 0

    @property
    def cash(self) -> Decimal:
        """Return starting cash less purchases and fees, plus sales."""
        total = self._starting_cash
        for position in self.held.values():
            total = EXACT.add(total, EXACT.multiply(position.grid.value, position.flow))
            total = EXACT.subtract(total, position.paid)
        return plain(total)

    @property
    def fees(self) -> Decimal:
        """Return what was paid so far."""
        total = Decimal(0)
        for position in self.held.values():
            total = EXACT.add(total, position.paid)
        return plain(total)

    @property
    def positions(self) -> dict[str, Decimal]:
        """Return signed quantity by symbol, flat ones included."""
        return {symbol: position.quantity for symbol, position in self.held.items()}

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, in order."""
        entries = self._log.since(self._read)
        self._read += len(entries)
        for entry in entries:
            if isinstance(entry, Execution):
                fill = entry.notice(self.name)
                if fill is not None:
                    self._fills.append(fill)
        return tuple(self._fills)

    @property
    def working(self) -> dict[str, Order]:
        """Return the orders that can still trade, by client order id, oldest first."""
        self._working = [order for order in self._working if not order.status.is_terminal]
        return {order.client_order_id: order for order in self._working}

    def take(self, order: Order) -> None:
        """Enter an order, and note that it was taken."""
        self.orders[order.client_order_id] = order
        self._working.append(order)
        self._log.note(order)

    def position(self, listing: Listing) -> Position:
        """Return what the account has in an instrument, nothing at first."""
        found = self.held.get(listing.symbol)
        if found is None:
            found = self.held[listing.symbol] = Position(
                self.name, f"V{self._seed}-", f"T{self._seed}-", listing.grid, *self._rates
            )
        return found


def _rates(*rates: Decimal) -> tuple[Decimal, int, int]:
    unit = Decimal(1).scaleb(min(0, *(int(rate.as_tuple().exponent) for rate in rates)))
    maker, taker = (int(EXACT.divide(rate, unit)) for rate in rates)
    return unit, maker, taker
