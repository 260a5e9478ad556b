"""What one account has in one instrument."""

from decimal import Decimal

import attrs

from allause.models.orders import Side
from allause.venue.grid import Grid, plain
from allause.venue.money import EXACT

_BUY, _NOTHING = Side.BUY, Decimal(0)


@attrs.define(eq=False)
class Position:
    """Hold what one account has in one instrument, in whole lots and ticks.

    Orders refer to it and it refers to none, so that there is no cycle and orders need no garbage collection.

    Attributes:
        account: name of the account.
        order_prefix: what the venue's ids of its orders begin with.
        trade_prefix: what those of its executions do.
        grid: of the instrument.
        rate_unit: what one of the two rates counts.
        maker_rate: of the executed value, for an order that rested.
        taker_rate: for an order that came.
        lots: held, signed.
        flow: what the executions did to the cash, fees left out, in lots times ticks.
        fees: paid, in lots times ticks times the unit of the rates.
    """

    account: str
    order_prefix: str
    trade_prefix: str
    grid: Grid
    rate_unit: Decimal
    maker_rate: int
    taker_rate: int
    lots: int = 0
    flow: int = 0
    fees: int = 0

    def reducible(self, side: Side) -> int:
        """Return how many lots an order of ``side`` can trade before the position turns."""
        return max(0, -self.lots if side is _BUY else self.lots)

    @property
    def quantity(self) -> Decimal:
        """Return the signed quantity held."""
        return self.grid.quantities[self.lots]

    @property
    def paid(self) -> Decimal:
        """Return the fees paid."""
        return self.fee(self.fees)

    def fee(self, units: int) -> Decimal:
        """Return a fee that is counted in lots times ticks times the unit of the rates."""
        return plain(EXACT.multiply(EXACT.multiply(self.grid.value, self.rate_unit), units)) if units else _NOTHING
