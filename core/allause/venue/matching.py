"""Price-time priority: what an order that comes meets, and all that follows from it."""

from collections import deque

from allause.models.orders import OrderStatus, Side, TimeInForce
from allause.venue.account import Holding
from allause.venue.book import HalfBook
from allause.venue.clearing import Clearing
from allause.venue.listing import Listing
from allause.venue.order import Order

_RESTS = frozenset({TimeInForce.DAY, TimeInForce.GTC})


class Matching:
    """Let orders trade, wait, trigger and end."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._triggered: deque[Order] = deque()

    def enter(self, order: Order) -> None:
        """Let an order trade and rest, or wait for its stop price; then let every stop trade that it triggered.

        Stops triggered by one another come to trade in the order in which they were met, one after the other.
        """
        if order.stop:
            listing = order.holding.listing
            listing.stops.add(order)
            self.met(listing)
        else:
            self._work(order)
        if self._triggered:
            self.cascade()

    def met(self, listing: Listing) -> None:
        """Trigger the stops that the last price meets; they trade when ``cascade`` is called."""
        if listing.last:
            for order in listing.stops.met(listing.last):
                self._clearing.trigger(order, listing.last)
                self._triggered.append(order)

    def cascade(self) -> None:
        """Let the triggered stops trade until none is left."""
        while self._triggered:
            order = self._triggered.popleft()
            if not order.status.is_terminal:
                self._work(order)

    def end(self, order: Order, status: OrderStatus, reason: str, *, tell: bool = True) -> None:
        """Take an order out of the book or the stops and end it."""
        self.take_out(order)
        self._clearing.finish(order, status, reason, tell=tell)

    def take_out(self, order: Order) -> None:
        """Take an order out of the book or the stops, if it stands there."""
        listing = order.holding.listing
        if order.resting:
            listing.book.own(order.side).remove(order)
        elif order.waiting:
            listing.stops.remove(order)

    def execute(self, maker: Order, taker: Order, lots: int) -> None:
        """Execute one pair, and what follows from it: an empty place, shrunk positions, triggered stops."""
        listing = maker.holding.listing
        self._clearing.execute(maker, taker, lots)
        if not maker.left:
            listing.book.own(maker.side).remove(maker)
        if maker.holding.reducing:
            self._keep_reducing(maker.holding)
        if taker.holding.reducing:
            self._keep_reducing(taker.holding)
        listing.last = maker.limit
        if listing.stops:
            self.met(listing)

    def _work(self, order: Order) -> None:
        book = order.holding.listing.book
        own, facing = (book.bids, book.asks) if order.side is Side.BUY else (book.asks, book.bids)
        reach, ranks = -order.rank, facing.ranks
        if ranks and ranks[-1] >= reach:
            if order.post_only:
                self._clearing.finish(order, OrderStatus.CANCELED, "post-only: it would have traded at once")
                return
            if order.time_in_force is not TimeInForce.FOK or available(order) == order.left:
                self._trade(order, facing, reach)
                if not order.left:
                    return
        if order.limit and order.time_in_force in _RESTS:
            own.add(order)
            return
        all_or_none = order.time_in_force is TimeInForce.FOK
        reason = "fill or kill: the whole quantity was not there" if all_or_none else "nothing more to trade with"
        self._clearing.finish(order, OrderStatus.CANCELED, reason)

    def _trade(self, order: Order, facing: HalfBook, reach: float) -> None:
        while order.left:
            maker = facing.first(reach)
            if maker is None:
                return
            if maker.holding is order.holding:
                reason = f"it would have traded with {order.client_order_id!r} of the same account"
                self.end(maker, OrderStatus.CANCELED, reason)
            else:
                self.execute(maker, order, min(order.left, maker.left))

    def _keep_reducing(self, holding: Holding) -> None:
        for order in tuple(holding.reducing.values()):
            allowed = holding.reducible(order.side)
            if not allowed:
                self.end(order, OrderStatus.CANCELED, "reduce-only: there is no position left to reduce")
            elif order.left > allowed:
                reason = f"reduce-only: cut to the position of {holding.listing.grid.quantities[holding.position]}"
                self._clearing.change(order, order.size - order.left + allowed, reason)


def available(taker: Order) -> int:
    """Return how many lots an order could execute now, at most what is left of it."""
    listing = taker.holding.listing
    total, moved = 0, dict[str, int]()
    for maker in listing.book.opposite(taker.side).within(-taker.rank):
        if total >= taker.left:
            break
        if maker.holding is taker.holding:
            continue
        lots, owner = maker.left, maker.account
        if maker.reduce_only:  # it will have been cut by what its owner traded before
            lots = min(lots, max(0, maker.holding.reducible(maker.side) - moved.get(owner, 0)))
        moved[owner] = moved.get(owner, 0) + lots
        total += lots
    return min(total, taker.left)
