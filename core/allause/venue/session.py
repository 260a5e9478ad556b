"""One session with the venue, in process."""

from collections.abc import Mapping
from decimal import Decimal

from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueEvent, VenueOrder
from allause.venue.exchange import EXAMINED, Venue


class InProcessSession:
    """Connect one account to a venue without losing anything.

    Events pushed: every execution, and every order that triggers, is cut or ends otherwise than by this account's
    own cancel or replacement.
    Every open session of an account gets them all.
    """

    def __init__(self, venue: Venue, account: str = EXAMINED) -> None:
        self.venue = venue
        self.account = account
        self._read: int | None = venue.notices_pushed
        venue.sessions_opened += 1

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order; see ``VenueSession``."""
        return self.venue.submit(intent, self.account)

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel an order; see ``VenueSession``."""
        return self.venue.cancel(client_order_id, self.account)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change an order; see ``VenueSession``."""
        return self.venue.replace(client_order_id, quantity, price, stop_price, self.account)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the venue asks of orders in ``symbol``, or None when it does not list it."""
        return self.venue.instrument(symbol)

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return the events pushed since the last call."""
        if self._read is None:
            return ()
        events, self._read = self.venue.notices(self.account, self._read)
        return events

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, or None when the venue has never had it."""
        order = self.venue.account(self.account).orders.get(client_order_id)
        return None if order is None else order.snapshot()

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return every working order of the account."""
        return self.venue.orders(self.account, working=True)

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution of the account."""
        return self.venue.fills(self.account)

    def positions(self) -> Mapping[str, Decimal]:
        """Return signed quantity by symbol, flat ones left out."""
        return self.venue.positions(self.account)

    def cash(self) -> Decimal:
        """Return the account's cash."""
        return self.venue.account(self.account).cash

    def reconnect(self) -> None:
        """Open the link anew; nothing is lost, since in process it never breaks."""
        self.venue.sessions_opened += 1

    def close(self) -> None:
        """End the session: nothing more is pushed to it; may be called twice."""
        self._read = None
