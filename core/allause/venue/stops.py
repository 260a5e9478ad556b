"""The orders of one instrument that wait for a price."""

from bisect import bisect_left, bisect_right, insort

from allause.models.orders import Side
from allause.venue.order import Order

_BUY = Side.BUY  # bound once, as in ``book``


class Stops:
    """Hold the waiting stop orders of one instrument.

    A buy waits for a last price at or above its stop price, a sale for one at or below. Those met by one price
    trigger in the order in which they came, whatever their side and stop price.

    Attributes:
        size: how many wait.
    """

    __slots__ = ("_buys", "_sales", "size")

    def __init__(self) -> None:
        self._buys: list[tuple[int, int, Order]] = []  # by stop price, the lowest first
        self._sales: list[tuple[int, int, Order]] = []  # by negated stop price: the highest first
        self.size = 0

    def add(self, order: Order) -> None:
        """Let an order wait."""
        insort(self._side(order), _place(order))
        order.waiting = True
        self.size += 1

    def remove(self, order: Order) -> None:
        """Take a waiting order out."""
        side = self._side(order)
        del side[bisect_left(side, _place(order))]
        order.waiting = False
        self.size -= 1

    def met(self, last: int) -> list[Order]:
        """Take out and return the orders that a last price of ``last`` ticks triggers, the oldest first."""
        found: list[tuple[int, int, Order]] = []
        for side, price in ((self._buys, last), (self._sales, -last)):
            count = bisect_right(side, price, key=_price)
            found += side[:count]
            del side[:count]
        self.size -= len(found)
        for _, _, order in found:
            order.waiting = False
        return [order for _, _, order in sorted(found, key=_number)]

    def _side(self, order: Order) -> list[tuple[int, int, Order]]:
        return self._buys if order.side is _BUY else self._sales


def _place(order: Order) -> tuple[int, int, Order]:
    # numbers differ, so that two orders are never compared
    return (order.stop if order.side is _BUY else -order.stop, order.number, order)


def _price(place: tuple[int, int, Order]) -> int:
    return place[0]


def _number(place: tuple[int, int, Order]) -> int:
    return place[1]
