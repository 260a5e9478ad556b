"""Price-time priority: which resting orders an incoming order meets, and for how much."""

from collections.abc import Sequence
from decimal import Decimal

import attrs

from allause.models.orders import Side
from allause.venue.book import Book, Order
from allause.venue.money import EXACT


@attrs.frozen
class Matches:
    """Hold what an incoming order met.

    Attributes:
        executions: resting order and quantity, in order of execution; each at the resting order's price.
        prevented: resting orders of the same account, taken out of the book instead of trading with it.
    """

    executions: Sequence[tuple[Order, Decimal]]
    prevented: Sequence[Order]


def reaches(taker: Order, maker: Order) -> bool:
    """Tell whether the taker's limit allows the maker's price; a market order allows any."""
    if taker.price is None or maker.price is None:
        return True
    return maker.price <= taker.price if taker.side is Side.BUY else maker.price >= taker.price


def match(book: Book, taker: Order) -> Matches:
    """Execute ``taker`` against the book as far as it goes; what remains of it is not put into the book."""
    makers = book.opposite(taker.side)
    executions: list[tuple[Order, Decimal]] = []
    prevented: list[Order] = []
    while taker.remaining:
        maker = makers.first()
        if maker is None or not reaches(taker, maker):
            break
        if maker.account == taker.account:
            makers.remove(maker)
            prevented.append(maker)
            continue
        quantity = min(taker.remaining, maker.remaining)
        taker.remaining = EXACT.subtract(taker.remaining, quantity)
        maker.remaining = EXACT.subtract(maker.remaining, quantity)
        if not maker.remaining:
            makers.remove(maker)
        executions.append((maker, quantity))
    return Matches(executions, prevented)


def available(book: Book, taker: Order) -> Decimal:
    """Return what ``taker`` could execute now, at most what remains of it."""
    total = Decimal(0)
    for maker in book.opposite(taker.side):
        if total >= taker.remaining or not reaches(taker, maker):
            break
        if maker.account != taker.account:
            total = EXACT.add(total, maker.remaining)
    return min(total, taker.remaining)
