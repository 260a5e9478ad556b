"""Injectors of what happens while a cancel or a replacement is on its way."""

from collections.abc import Callable
from decimal import Decimal

from allause.exceptions import VenueError, VenueUnknownError
from allause.models.orders import OrderStatus, Side
from allause.models.venue import VenueOrder
from allause.venue.faults import CancelRace, Race, ReplaceRace
from allause.venue.injectors.injector import Injector, Line

_NONE = Decimal(0)
_TWO = 2


class Overtake(Injector[CancelRace]):
    """Let something overtake a cancel."""

    def cancelling(self, line: Line, order: VenueOrder) -> VenueOrder | None:
        """Act on the order; what remains of it is then cancelled as asked, where there is something left."""
        name = order.client_order_id
        if self.fault.race is Race.SAID_TO_BE_UNKNOWN:
            self.happened(line, name)
            raise VenueError(f"unknown order {name!r}")
        if self.fault.race is Race.ANSWER_LOST:
            line.session.cancel(name)
            self.happened(line, name)
            raise VenueUnknownError(f"no answer to the cancel of order {name!r} in time")
        left = order.quantity - order.filled_qty
        wanted = left if self.fault.race is Race.FILLED else left // _TWO
        if _tradable(order) and wanted:
            self.happened(line, name)
            _trade(line, order, wanted)
        return None


class OvertakeChange(Injector[ReplaceRace]):
    """Let something overtake a replacement."""

    def replacing(self, line: Line, order: VenueOrder, send: Callable[[], VenueOrder]) -> VenueOrder | None:
        """Let the order trade, so that the venue refuses, or let it be replaced and lose the answer."""
        name = order.client_order_id
        if self.fault.race is Race.ANSWER_LOST:
            send()
            self.happened(line, name)
            raise VenueUnknownError(f"no answer to the replacement of order {name!r} in time")
        if _tradable(order):
            self.happened(line, name)
            _trade(line, order, order.quantity - order.filled_qty)
        return None


def _tradable(order: VenueOrder) -> bool:
    """Tell whether a quote at its price lets an order trade: it has one, and does not wait for its stop price."""
    return order.price is not None and (order.stop_price is None or order.status is not OrderStatus.ACCEPTED)


def _trade(line: Line, order: VenueOrder, wanted: Decimal) -> None:
    """Let so much of an order with a price trade, by a quote on the other side at its price."""
    assert order.price is not None
    ahead = sum((other.quantity - other.filled_qty for other in _ahead(line, order)), _NONE)
    bid, ask = (_NONE, ahead + wanted) if order.side is Side.BUY else (ahead + wanted, _NONE)
    venue = line.session.venue
    venue.quote(order.symbol, order.price, order.price, bid, ask, venue.now_ns)


def _ahead(line: Line, order: VenueOrder) -> list[VenueOrder]:
    """Return the account's own orders that trade before this one at its price."""
    rivals = [
        other
        for other in line.session.open_orders()
        if (other.symbol, other.side) == (order.symbol, order.side) and _tradable(other)
    ]
    place = [other.client_order_id for other in rivals].index(order.client_order_id)
    return [other for number, other in enumerate(rivals) if _before(other, order, older=number < place)]


def _before(other: VenueOrder, order: VenueOrder, *, older: bool) -> bool:
    if other.price is None or order.price is None or other.client_order_id == order.client_order_id:
        return False
    better = other.price > order.price if order.side is Side.BUY else other.price < order.price
    return better or (older and other.price == order.price)
