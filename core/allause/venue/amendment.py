"""Other values for a working order."""

from decimal import Decimal

from allause.models.orders import OrderStatus
from allause.models.venue import VenueOrder
from allause.venue.admission import lots, ticks
from allause.venue.clearing import Clearing
from allause.venue.listing import Listing
from allause.venue.matching import Matching
from allause.venue.order import Order, rank_of
from allause.venue.refusals import Refusal, RefusedError


def refuse_replacement(order: Order, listing: Listing, size: int, limit: int, stop: int) -> None:
    """Check new values against the state of an order.

    Raises:
        RefusedError: the stop was met already, or post-only or reduce-only would be broken.
    """
    name = order.client_order_id
    if stop and not order.stop and stop != listing.grid.ticks[order.stop_price or Decimal(0)]:
        raise RefusedError(
            Refusal.CONTRADICTION, f"order {name} was triggered; its stop price {order.stop_price} stays"
        )
    left = size - (order.size - order.left)
    if order.reduce_only and left > order.position.reducible(order.side):
        raise would_not_reduce(order, listing.grid.quantities[left])
    if order.post_only and not order.stop:
        check_post_only(order, listing, rank_of(limit, order.side))


def check_post_only(order: Order, listing: Listing, rank: float) -> None:
    """Check that a post-only order of ``rank`` would not trade at once.

    Raises:
        RefusedError: it would.
    """
    first = next(listing.book.opposite(order.side).within(-rank), None)
    if first is not None:
        what = "bid" if first.rank > 0 else "offer"
        message = f"post-only order {order.client_order_id}: it would trade with the {what} at {first.price}"
        raise RefusedError(Refusal.WOULD_TRADE, message)


def would_not_reduce(order: Order, quantity: Decimal) -> RefusedError:
    """Return the refusal of a reduce-only order for ``quantity``."""
    held = order.position.quantity
    return RefusedError(
        Refusal.WOULD_NOT_REDUCE,
        f"reduce-only order {order.client_order_id}: a {order.side} of {quantity} does not only reduce a position "
        f"of {held}",
    )


class Amendment:
    """Put other values in force; what loses its place in the queue goes behind every other."""

    def __init__(self, clearing: Clearing, matching: Matching) -> None:
        self._clearing, self._matching = clearing, matching

    def replace(
        self, order: Order, listing: Listing, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change a working order and return it, before it trades anew.

        Raises:
            RefusedError: the values contradict the order or its instrument; it stays as it was.
        """
        name = order.client_order_id
        size = lots(quantity, listing, name)
        limit, stop = ticks(order.order_type, price, stop_price, listing, name)
        if size <= order.size - order.left:
            self._matching.end(order, OrderStatus.CANCELED, "replaced by a quantity that is already filled", tell=False)
            return order.snapshot()
        refuse_replacement(order, listing, size, limit, stop)
        keeps = size <= order.size and limit == order.limit and (not order.stop or stop == order.stop)
        if not keeps:
            self._matching.take_out(order)
            self._clearing.requeue(order)
            order.limit, order.rank = limit, rank_of(limit, order.side)
            order.stop = stop if order.stop else 0
        order.keep_first()
        order.quantity, order.price, order.stop_price = quantity, price, stop_price
        self._clearing.change(order, size)
        snapshot = order.snapshot()
        if not (keeps or order.held):
            self._matching.enter(order)
        return snapshot
