"""One session with the venue, in process."""

from collections.abc import Mapping
from decimal import Decimal

from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueEvent, VenueOrder
from allause.venue.exchange import EXAMINED, Venue
from allause.venue.refusals import RefusedError
from allause.venue.throttle import RateLimit, Throttle


class InProcessSession:
    """Connect one account to a venue without losing anything.

    Events pushed: every execution, and every order that triggers, is cut or ends otherwise than by this account's
    own cancel or replacement.
    Every open session of an account gets them all.

    Attributes:
        venue: that it is connected to.
        account: whose orders go over it.
        throttle: refuses what is too much for the venue; None for a venue that takes everything.
    """

    def __init__(self, venue: Venue, account: str = EXAMINED, rate: RateLimit | None = None) -> None:
        """Connect, to a venue that takes messages at a ``rate``: its logical time is what counts."""
        self.venue = venue
        self.account = account
        self.throttle: Throttle | None = None
        if rate is not None:
            self.limit(rate)
        self._read: int | None = venue.notices_pushed
        venue.sessions_opened += 1

    def limit(self, rate: RateLimit) -> Throttle:
        """Have the venue take messages at a ``rate`` from now on, and return what refuses the others."""
        self.throttle = Throttle(rate, lambda: self.venue.now_ns)
        return self.throttle

    def lift(self) -> None:
        """Have the venue take every message."""
        self.throttle = None

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order; see ``VenueSession``."""
        if self.throttle is not None:
            try:
                self.throttle.admit(f"order {intent.client_order_id!r}")
            except RefusedError as error:
                self.venue.refuse(intent, error, self.account)
                raise
        return self.venue.submit(intent, self.account)

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel an order; see ``VenueSession``."""
        if self.throttle is not None:
            self.throttle.admit(f"cancel of order {client_order_id!r}")
        return self.venue.cancel(client_order_id, self.account)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change an order; see ``VenueSession``."""
        if self.throttle is not None:
            self.throttle.admit(f"replacement of order {client_order_id!r}")
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
