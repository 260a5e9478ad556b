"""Others at the venue, who trade with whoever is examined."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import attrs

from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import Venue
from allause.workflows.feed import Level

_ACCOUNT = "crowd"
_PLENTY = Decimal(10_000)


@attrs.frozen(eq=False)
class Crowd:
    """Offer plenty at a venue, in an account of its own."""

    venue: Venue

    def offer(self, at: Level, side: Side, price: Decimal) -> str:
        """Offer plenty at a price, and return the name of the order."""
        name = f"{_ACCOUNT}-{self.venue.orders_received}"
        intent = OrderIntent(
            client_order_id=name, symbol=at.symbol, side=side, quantity=_PLENTY, order_type=OrderType.LIMIT,
            price=price, time_in_force=TimeInForce.GTC,
        )  # fmt: skip # one order
        self.venue.submit(intent, _ACCOUNT)
        return name

    @contextmanager
    def behind(self, at: Level) -> Iterator[None]:
        """Offer plenty behind what is quoted, on both sides and while the session is open, until the context ends."""
        names = [self.offer(at, side, at.near(side)) for side in Side if self.venue.is_open]
        yield
        for name in names:
            if not self.venue.account(_ACCOUNT).orders[name].status.is_terminal:
                self.venue.cancel(name, _ACCOUNT)
