"""Price-time priority: what an order that comes meets, and all that follows from it."""

from collections import deque
from collections.abc import Mapping

from allause.models.orders import OrderStatus, Side, TimeInForce
from allause.venue.book import HalfBook
from allause.venue.clearing import Clearing
from allause.venue.listing import Listing
from allause.venue.order import Order
from allause.venue.position import Position

_BUY, _FOK = Side.BUY, TimeInForce.FOK
_RESTS = frozenset({TimeInForce.DAY, TimeInForce.GTC})


class Matching:
    """Let orders trade, wait, trigger and end.

    Attributes:
        triggered: stops whose price was met and whose turn has not come.
    """

    def __init__(self, clearing: Clearing, listings: Mapping[str, Listing]) -> None:
        self._clearing, self._listings = clearing, listings
        self._execute = clearing.execute
        self.triggered: deque[Order] = deque()

    def enter(self, order: Order) -> None:
        """Let an order trade and rest, or wait for its stop price; then let every stop trade that it triggered.

        Stops triggered by one another come to trade in the order in which they were met, one after the other.
        """
        listing = self._listings[order.symbol]
        if order.stop:
            listing.stops.add(order)
            self.met(listing)
        else:
            self.work(order, listing)
        if self.triggered:
            self.cascade()

    def met(self, listing: Listing) -> None:
        """Trigger the stops that the last price meets; they trade when ``cascade`` is called."""
        if listing.last:
            for order in listing.stops.met(listing.last):
                self._clearing.trigger(order, listing.last)
                self.triggered.append(order)

    def cascade(self) -> None:
        """Let the triggered stops trade until none is left."""
        while self.triggered:
            order = self.triggered.popleft()
            if not order.status.is_terminal:
                self.work(order, self._listings[order.symbol])

    def end(self, order: Order, status: OrderStatus, reason: str, *, tell: bool = True) -> None:
        """Take an order out of the book or the stops and end it."""
        self.take_out(order)
        self._clearing.finish(order, status, reason, tell=tell)

    def take_out(self, order: Order) -> None:
        """Take an order out of the book or the stops, if it stands there."""
        if order.resting:
            self._listings[order.symbol].book.own(order.side).remove(order)
        elif order.waiting:
            self._listings[order.symbol].stops.remove(order)

    def execute(self, maker: Order, taker: Order, facing: HalfBook, listing: Listing) -> None:
        """Execute one pair as far as both go, and what follows: an empty place, shrunk positions, met stops."""
        left, asked = maker.left, taker.left
        self._execute(maker, taker, asked if asked < left else left)  # noqa: FURB136 - ``min`` takes ten times as long
        listing.last = maker.limit
        if asked >= left:
            facing.remove(maker)
        if listing.reducing:
            self._keep_reducing(listing, maker.position)
            self._keep_reducing(listing, taker.position)
        if listing.stops.size:
            self.met(listing)

    def work(self, order: Order, listing: Listing) -> None:
        """Let an order trade that waits for no price, and rest or end; ``cascade`` has to follow."""
        book, reach = listing.book, -order.rank
        own, facing = (book.bids, book.asks) if order.side is _BUY else (book.asks, book.bids)
        if facing.ranks and facing.ranks[-1] >= reach:
            if order.post_only:
                self._clearing.finish(order, OrderStatus.CANCELED, "post-only: it would have traded at once")
                return
            if order.time_in_force is not _FOK or available(order, listing) == order.left:
                self._trade(order, facing, reach, listing)
                if not order.left:
                    return
        if order.limit and order.time_in_force in _RESTS:
            own.add(order)
            return
        all_or_none = order.time_in_force is _FOK
        reason = "fill or kill: the whole quantity was not there" if all_or_none else "nothing more to trade with"
        self._clearing.finish(order, OrderStatus.CANCELED, reason)

    def _trade(self, order: Order, facing: HalfBook, reach: float, listing: Listing) -> None:
        ranks = facing.ranks
        while ranks and ranks[-1] >= reach:
            maker = facing.first()
            if maker.position is order.position:
                reason = f"it would have traded with {order.client_order_id!r} of the same account"
                self.end(maker, OrderStatus.CANCELED, reason)
                continue
            self.execute(maker, order, facing, listing)
            if not order.left:
                return

    def _keep_reducing(self, listing: Listing, position: Position) -> None:
        orders = listing.reducing.get(position.account, ())
        listing.reducing[position.account] = kept = [order for order in orders if not order.status.is_terminal]
        for order in kept:
            allowed = position.reducible(order.side)
            if not allowed:
                self.end(order, OrderStatus.CANCELED, "reduce-only: there is no position left to reduce")
            elif order.left > allowed:
                reason = f"reduce-only: cut to the position of {position.quantity}"
                self._clearing.change(order, order.size - order.left + allowed, reason)


def available(taker: Order, listing: Listing) -> int:
    """Return how many lots an order could execute now, at most what is left of it."""
    book, left = listing.book, taker.left
    facing = book.asks if taker.side is _BUY else book.bids
    if facing.ranks and facing.ranks[-1] >= -taker.rank:
        best = facing.first()
        if best.left >= left and best.position is not taker.position and not best.reduce_only:
            return left  # nearly always: the first one is enough
    total = 0
    moved: dict[str, int] = {}
    for maker in facing.within(-taker.rank):
        if total >= left:
            break
        if maker.position is taker.position:
            continue
        lots, owner = maker.left, maker.position.account
        if maker.reduce_only:  # it will have been cut by what its owner traded before
            lots = min(lots, max(0, maker.position.reducible(maker.side) - moved.get(owner, 0)))
        moved[owner] = moved.get(owner, 0) + lots
        total += lots
    return min(total, left)
