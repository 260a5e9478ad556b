"""Injectors of what goes wrong with the delivery of events."""

import attrs

from allause.exceptions import VenueUnknownError
from allause.models.orders import Fill, OrderStatus
from allause.models.venue import VenueOrder
from allause.venue.faults import DuplicateFill, FillsLostOnDisconnect, NoStatus, Stale, StaleAcknowledgement
from allause.venue.injectors.injector import Injector, Line


class Cut(Injector[FillsLostOnDisconnect]):
    """Cut the link when the next fill of an order would be delivered, and let nobody open it for some calls."""

    def __init__(self, fault_id: str, fault: FillsLostOnDisconnect) -> None:
        super().__init__(fault_id, fault)
        self._down_until = 0

    def delivering(self, line: Line, fill: Fill) -> bool:
        """Lose the fill, and with it the link."""
        if line.delivered[fill.client_order_id] < self.fault.fills_before:
            return False
        self.happened(line, fill.client_order_id, fill.trade_id)
        line.cut_by, self._down_until = self.fault_id, line.calls + self.fault.calls_down
        return True

    def reconnecting(self, line: Line) -> None:
        """Keep the link down while it is to be."""
        if line.cut_by == self.fault_id and line.calls <= self._down_until:
            raise VenueUnknownError("reconnect: the link to the venue is still down; try again later")

    def mended(self, line: Line) -> None:  # noqa: ARG002 - the same for every line
        """Let it be opened."""
        self._down_until = 0


class Repeat(Injector[DuplicateFill]):
    """Deliver a fill a second time."""

    def __init__(self, fault_id: str, fault: DuplicateFill) -> None:
        super().__init__(fault_id, fault)
        self._kept: Fill | None = None

    def delivering(self, line: Line, fill: Fill) -> bool:
        """Deliver it twice, or keep it for later."""
        if self.fault.after_reconnect or self.fault.after_reconciliation:
            self._kept, self.reserved = fill, True
            line.hit[fill.client_order_id].add(self.fault_id)
            return self.fault.after_reconciliation
        line.deliver(fill)
        line.inbox.append(fill)
        self.happened(line, fill.client_order_id, fill.trade_id)
        return True

    def told(self, line: Line) -> None:
        """Push what the answer just told."""
        if self.fault.after_reconciliation:
            self._push(line)

    def settle(self, line: Line) -> None:
        """Push what nobody reconciled."""
        self.told(line)

    def reconnected(self, line: Line) -> None:
        """Push what was delivered before."""
        if self.fault.after_reconnect:
            self._push(line)

    def _push(self, line: Line) -> None:
        if self._kept is not None and not self.done:
            line.inbox.append(self._kept)
            self.happened(line, self._kept.client_order_id, self._kept.trade_id)


class Stall(Injector[StaleAcknowledgement]):
    """Push the acknowledgement of an order after its fill."""

    def delivering(self, line: Line, fill: Fill) -> bool:
        """Deliver the fill and, when it is the right one, the acknowledgement."""
        order = line.session.query(fill.client_order_id)
        if order is None or line.delivered_qty[fill.client_order_id] + fill.last_qty != order.filled_qty:
            return False
        if (order.status is OrderStatus.FILLED) != (self.fault.after is Stale.WHOLE_FILL):
            return False
        line.deliver(fill)
        line.inbox.append(unfilled(order, OrderStatus.ACCEPTED))
        self.happened(line, fill.client_order_id, fill.trade_id)
        return True


class Blank(Injector[NoStatus]):
    """Tell of an order without a status."""

    def __init__(self, fault_id: str, fault: NoStatus) -> None:
        super().__init__(fault_id, fault)
        self._asked = False

    def delivering(self, line: Line, fill: Fill) -> bool:
        """Deliver the fill and an event without a status."""
        order = line.session.query(fill.client_order_id)
        if order is None:
            return False
        line.deliver(fill)
        line.inbox.append(unfilled(order, OrderStatus.UNKNOWN))
        self.happened(line, fill.client_order_id, fill.trade_id)
        return True

    def queried(self, line: Line, order: VenueOrder) -> VenueOrder:
        """Leave the status out of the first answer about the order."""
        if not self.done or self._asked or line.injected[self.fault_id].client_order_id != order.client_order_id:
            return order
        self._asked = True
        return unfilled(order, OrderStatus.UNKNOWN)


def unfilled(order: VenueOrder, status: OrderStatus) -> VenueOrder:
    """Return an order as it was before its first fill, with another status."""
    return attrs.evolve(order, status=status, filled_qty=order.filled_qty * 0)
