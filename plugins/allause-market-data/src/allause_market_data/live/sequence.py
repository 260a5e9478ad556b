"""The numbers of a stream: which were there already, and trades put in their order, each once."""

from collections import deque
from enum import StrEnum

from allause_market_data.live.events import Received

_REMEMBERED = 4_096


class Arrival(StrEnum):
    """Say how a number came: higher than all before, again, or after higher ones."""

    NEW = "new"
    DUPLICATE = "duplicate"
    LATE = "late"


class Numbers:
    """Tell how the numbers of a stream arrive; the last few thousand are remembered."""

    def __init__(self) -> None:
        self._highest = -1
        self._known: set[int] = set()
        self._order: deque[int] = deque()

    def take(self, number: int) -> Arrival:
        """Take the next number."""
        if number in self._known:
            return Arrival.DUPLICATE
        self._known.add(number)
        self._order.append(number)
        if len(self._order) > _REMEMBERED:
            self._known.discard(self._order.popleft())
        if number < self._highest:
            return Arrival.LATE
        self._highest = number
        return Arrival.NEW


class TradeSequence:
    """Give the trades of one instrument in the order of their numbers, each once; later ones wait for missing ones.

    The first trade to come begins it.

    Attributes:
        last: the number of the last trade given; None before the first.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self._waiting: dict[int, Received] = {}

    @property
    def waiting(self) -> int:
        """How many trades wait for earlier ones."""
        return len(self._waiting)

    def take(self, trade: Received) -> list[Received]:
        """Take a trade and return those that are due with it."""
        if self.last is None:
            self.last = trade.number - 1
        if trade.number > self.last:
            self._waiting[trade.number] = trade
        return self._due()

    def skip(self) -> list[Received]:
        """Wait no longer for what is missing, and return the trades that are due with that."""
        self.last = min(self._waiting, default=(self.last or 0) + 1) - 1
        return self._due()

    def _due(self) -> list[Received]:
        due: list[Received] = []
        while self.last is not None and (following := self._waiting.pop(self.last + 1, None)) is not None:
            due.append(following)
            self.last += 1
        return due
