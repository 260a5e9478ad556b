"""The book of one instrument: resting orders by price, then by time."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator

from allause.models.orders import Side
from allause.venue.order import Order

_BUY = Side.BUY  # bound once: Python 3.11 takes longer to find a member of an enum than to compare it


class HalfBook:
    """Hold the resting orders of one side: by rank, and within one rank in the order in which they came.

    Attributes:
        ranks: those with an order, ascending, the best last.
    """

    __slots__ = ("_first", "_levels", "ranks")

    def __init__(self) -> None:
        self.ranks: list[float] = []
        self._first: Order | None = None  # of the best rank; None when it has left and was not looked for since
        self._levels: dict[float, OrderedDict[int, Order]] = {}

    def add(self, order: Order) -> None:
        """Put an order behind every other of its price."""
        rank = order.rank
        level = self._levels.get(rank)
        if level is None:
            level = self._levels[rank] = OrderedDict()
            insort(self.ranks, rank)
            if self.ranks[-1] == rank:
                self._first = order
        level[order.number] = order
        order.resting = True

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        if order is self._first:
            self._first = None
        rank, ranks = order.rank, self.ranks
        level = self._levels[rank]
        del level[order.number]
        if not level:
            del self._levels[rank]
            if ranks[-1] == rank:
                ranks.pop()
            else:
                del ranks[bisect_left(ranks, rank)]
        order.resting = False

    def first(self) -> Order:
        """Return the order that trades next; there has to be one."""
        first = self._first
        if first is None:
            first = self._first = next(iter(self._levels[self.ranks[-1]].values()))
        return first

    def __iter__(self) -> Iterator[Order]:
        """Yield the orders in the order in which they trade."""
        for rank in reversed(self.ranks):
            yield from self._levels[rank].values()

    def within(self, reach: float) -> Iterator[Order]:
        """Yield those that trade with an order that goes as far as ``reach``."""
        for rank in reversed(self.ranks):
            if rank < reach:
                return
            yield from self._levels[rank].values()


class Book:
    """Hold both sides of one instrument."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids, self.asks = HalfBook(), HalfBook()

    def own(self, side: Side) -> HalfBook:
        """Return the side where an order of ``side`` rests."""
        return self.bids if side is _BUY else self.asks

    def opposite(self, side: Side) -> HalfBook:
        """Return the side against which an order of ``side`` trades."""
        return self.asks if side is _BUY else self.bids
