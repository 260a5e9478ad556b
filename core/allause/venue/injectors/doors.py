"""Injectors of a venue that lets nobody in: its session is closed, or too much came in a second."""

from allause.models.orders import OrderIntent, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue.faults import RateLimited, SessionClosed
from allause.venue.injectors.injector import Injector, Line
from allause.venue.throttle import RateLimit, Throttle


class Shut(Injector[SessionClosed]):
    """Close the session while a day order works, and open the next one when enough was refused."""

    def __init__(self, fault_id: str, fault: SessionClosed) -> None:
        super().__init__(fault_id, fault)
        self._until: int | None = None  # orders that the venue has received when the next one opens

    def accepted(self, line: Line, intent: OrderIntent) -> None:
        """Let the order expire with the session."""
        name = intent.client_order_id
        if intent.time_in_force == TimeInForce.DAY and line.working(name) is not None:
            self.happened(line, name)
            line.session.venue.end_session(reopen=False)
            self._until = line.session.venue.orders_received + self.fault.refuses

    def called(self, line: Line) -> None:
        """Open the next session when its time has come."""
        if self._until is not None and line.session.venue.orders_received >= self._until:
            self.mended(line)

    def mended(self, line: Line) -> None:
        """Open it now."""
        if self._until is not None:
            self._until = None
            line.session.venue.open_session()


class Limit(Injector[RateLimited]):
    """Have the venue take only so many messages a second, until it has refused enough."""

    def __init__(self, fault_id: str, fault: RateLimited) -> None:
        super().__init__(fault_id, fault)
        self._throttle: Throttle | None = None

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Begin with the first order, and take down the first one that is refused."""
        session = line.session
        if self._throttle is None and session.throttle is None:
            self._throttle = session.limit(RateLimit(messages=self.fault.messages))
        elif self._throttle is not None and self._throttle.is_full:
            self.happened(line, intent.client_order_id)
        return None

    def called(self, line: Line) -> None:
        """Let the second be over when enough was refused."""
        if self._throttle is not None and self._throttle.refused >= self.fault.refuses:
            self.mended(line)

    def mended(self, line: Line) -> None:
        """Take every message again."""
        if self._throttle is not None:
            self._throttle = None
            line.session.lift()
