"""The book of one instrument: resting orders by price, then by time."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal

import attrs

from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue.money import EXACT


@attrs.define(kw_only=True, eq=False)
class Order:
    """Hold an order inside the venue; ``resting`` while it stands in a book."""

    venue_order_id: str
    client_order_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    remaining: Decimal
    status: OrderStatus = OrderStatus.ACCEPTED
    reason: str = ""
    resting: bool = False

    def snapshot(self) -> VenueOrder:
        """Return the order as its owner may see it."""
        return VenueOrder(
            venue_order_id=self.venue_order_id,
            client_order_id=self.client_order_id,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            price=self.price,
            filled_qty=EXACT.subtract(self.quantity, self.remaining),
            status=self.status,
            reason=self.reason,
        )


class HalfBook:
    """Hold the resting orders of one side.

    Prices are kept as ranks, ascending, the best last: the price of a bid, the negated price of an ask.
    """

    def __init__(self, side: Side) -> None:
        self._is_bid = side is Side.BUY
        self._ranks: list[Decimal] = []
        self._levels: list[OrderedDict[str, Order]] = []

    def add(self, order: Order) -> None:
        """Put an order behind every other of its price."""
        rank = self._rank(order)
        index = bisect_left(self._ranks, rank)
        if index == len(self._ranks) or self._ranks[index] != rank:
            self._ranks.insert(index, rank)
            self._levels.insert(index, OrderedDict())
        self._levels[index][order.venue_order_id] = order
        order.resting = True

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        index = bisect_left(self._ranks, self._rank(order))
        del self._levels[index][order.venue_order_id]
        if not self._levels[index]:
            del self._ranks[index], self._levels[index]
        order.resting = False

    def first(self) -> Order | None:
        """Return the order that trades next."""
        return next(iter(self._levels[-1].values())) if self._levels else None

    def __iter__(self) -> Iterator[Order]:
        """Yield the orders in the order in which they trade."""
        for level in reversed(self._levels):
            yield from level.values()

    def _rank(self, order: Order) -> Decimal:
        price = order.price
        if price is None:
            raise ValueError(f"order {order.venue_order_id} has no price and cannot rest in a book")
        return price if self._is_bid else price.copy_negate()


class Book:
    """Hold both sides of one instrument."""

    def __init__(self) -> None:
        self.bids = HalfBook(Side.BUY)
        self.asks = HalfBook(Side.SELL)

    def own(self, side: Side) -> HalfBook:
        """Return the side where an order of ``side`` rests."""
        return self.bids if side is Side.BUY else self.asks

    def opposite(self, side: Side) -> HalfBook:
        """Return the side against which an order of ``side`` trades."""
        return self.asks if side is Side.BUY else self.bids
