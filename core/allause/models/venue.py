"""The seam between an execution component and a venue."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import attrs

from allause.models.orders import Fill, OrderIntent, OrderStatus, Side


@attrs.frozen(kw_only=True)
class Instrument:
    """Hold what a venue asks of the orders in one instrument.

    Attributes:
        symbol: its name.
        tick_size: every price is a whole multiple of it.
        lot_size: every quantity is a whole multiple of it.
        currency: of prices, fees and cash.
    """

    symbol: str
    tick_size: Decimal
    lot_size: Decimal
    currency: str = "USD"


@attrs.frozen(kw_only=True)
class VenueOrder:
    """Hold an order as the venue knows it; ``filled_qty`` counts every execution there.

    Status UNKNOWN means that the venue gave none, or a word that is not known: it says nothing about the order.
    """

    venue_order_id: str
    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    filled_qty: Decimal
    status: OrderStatus
    reason: str = ""
    stop_price: Decimal | None = None


VenueEvent = VenueOrder | Fill


class VenueSession(Protocol):
    """Stand for one session with a venue. Calls are synchronous and safe from one thread at a time.

    Every method raises ``VenueUnknownError`` when the answer was lost, and then nothing may be assumed.
    """

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order and return the venue's acknowledgement; fills come by ``poll``.

        Raises:
            VenueError: the venue refused; the order does not exist there.
        """
        ...

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Ask to cancel and return the order as it now stands.

        Raises:
            VenueError: no such order works there.
        """
        ...

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Ask to change a working order to these values and return it as it now stands.

        A larger quantity or another price gives up the place in the queue. A quantity that is already filled ends
        the order.

        Raises:
            VenueError: no such order works there, or the venue refuses the values; the order stays as it was.
        """
        ...

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the venue asks of orders in ``symbol``, or None when it does not list it."""
        ...

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return the events pushed since the last call, in order; events may be lost or repeated."""
        ...

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, or None when the venue has never had it."""
        ...

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return every working order of the account."""
        ...

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution of the account, in order."""
        ...

    def positions(self) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out."""
        ...

    def cash(self) -> Decimal:
        """Return the account's cash."""
        ...

    def reconnect(self) -> None:
        """Open the link again after a disconnect; events pushed meanwhile are not delivered."""
        ...
