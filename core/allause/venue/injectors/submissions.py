"""Injectors of what goes wrong while an order is sent."""

from allause.exceptions import VenueError, VenueUnknownError
from allause.models.orders import OrderIntent, OrderStatus
from allause.models.venue import VenueOrder
from allause.venue.faults import (
    EndedByVenue,
    Ending,
    FillBeforeAcknowledgement,
    Killed,
    Lost,
    Moment,
    SubmitTimeoutFillsLater,
)
from allause.venue.injectors.deliveries import unfilled
from allause.venue.injectors.injector import Injector, Line

_WORDS = {
    Lost.TIMEOUT: "no answer to order {name!r} in time; whether the venue has it is not known",
    Lost.GARBLED: "the answer to order {name!r} cannot be read; whether the venue has it is not known",
    Lost.NEVER_SENT: "the link broke at order {name!r}; whether the venue has it is not known",
}


class LoseAnswer(Injector[SubmitTimeoutFillsLater]):
    """Lose the answer to an order, and let it trade some calls later."""

    def __init__(self, fault_id: str, fault: SubmitTimeoutFillsLater) -> None:
        super().__init__(fault_id, fault)
        self._held = ""
        self._left = fault.calls_later

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Let the venue take the order, or not even that, and answer nothing."""
        name = intent.client_order_id
        if self.fault.lost is not Lost.NEVER_SENT:
            line.session.venue.submit(intent, line.session.account, hold=True)
            self._held = name
        self.happened(line, name)
        raise VenueUnknownError(_WORDS[self.fault.lost].format(name=name))

    def called(self, line: Line) -> None:
        """Count down."""
        self._left -= bool(self._held)
        if self._left <= 0:
            self.settle(line)

    def settle(self, line: Line) -> None:
        """Let the order trade."""
        held, self._held = self._held, ""
        if held:
            line.session.venue.release(held, line.session.account)


class Delay(Injector[FillBeforeAcknowledgement]):
    """Push an order's acknowledgement after its fills."""

    def __init__(self, fault_id: str, fault: FillBeforeAcknowledgement) -> None:
        super().__init__(fault_id, fault)
        self._late: VenueOrder | None = None
        self._due = 0

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Send the order, and answer nothing when it was filled."""
        answer = line.session.submit(intent)
        order = line.session.query(intent.client_order_id)
        if order is None or not order.filled_qty:
            return answer
        self._late, self._due = unfilled(answer, OrderStatus.ACCEPTED), line.calls + self.fault.calls_late
        self.happened(line, intent.client_order_id)
        raise VenueUnknownError(f"no answer to order {intent.client_order_id!r} yet")

    def called(self, line: Line) -> None:
        """Push the acknowledgement when it is due: by then the fills are in the inbox."""
        if line.calls >= self._due:
            self.settle(line)

    def settle(self, line: Line) -> None:
        """Push it now."""
        late, self._late = self._late, None
        if late is not None:
            line.inbox.append(late)


class End(Injector[EndedByVenue]):
    """Refuse an order, or end one that works."""

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Refuse it."""
        if self.fault.ending is not Ending.REJECTED:
            return None
        self.happened(line, intent.client_order_id)
        raise VenueError(f"order {intent.client_order_id!r} rejected: {self.fault.reason}")

    def accepted(self, line: Line, intent: OrderIntent) -> None:
        """End it, and push how."""
        name = intent.client_order_id
        if self.fault.ending is Ending.CANCELED and line.working(name) is not None:
            self.happened(line, name)
            line.inbox.append(line.session.venue.cancel(name, line.session.account))  # no message of the component's


class Kill(Injector[Killed]):
    """Kill the component's process between an order and its answer; the other moment is the host's to choose."""

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Let the venue take the order, and the component die."""
        if self.fault.moment is not Moment.BEFORE_THE_ANSWER:
            return None
        line.session.submit(intent)
        self.happened(line, intent.client_order_id)
        line.crash()
