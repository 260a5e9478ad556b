"""The numbers of a stream: which were there already, and trades put in their order, each once."""

from collections import deque
from enum import StrEnum

from allause_market_data.live.events import Received

_REMEMBERED = 4_096
_FAR = 2**40  # above the highest number: months of the busiest venue, and what a damaged number easily is


class Arrival(StrEnum):
    """Say how a number came: higher than all before, again, after higher ones, or too far above them to be true."""

    NEW = "new"
    DUPLICATE = "duplicate"
    LATE = "late"
    FAR = "far"


class Numbers:
    """Tell how the numbers of a stream arrive; the last few thousand are remembered.

    A number far above all others is believed when the next one is about as far.
    """

    def __init__(self) -> None:
        self._highest = -1
        self._far = -1
        self._known: set[int] = set()
        self._order: deque[int] = deque()

    def take(self, number: int) -> Arrival:
        """Take the next number."""
        if number in self._known:
            return Arrival.DUPLICATE
        if self._is_far(number):
            self._far = number
            return Arrival.FAR
        self._known.add(number)
        self._order.append(number)
        if len(self._order) > _REMEMBERED:
            self._known.discard(self._order.popleft())
        if number < self._highest:
            return Arrival.LATE
        self._highest = number
        return Arrival.NEW

    def _is_far(self, number: int) -> bool:
        if self._highest < 0 or number - self._highest <= _FAR:
            return False
        return self._far < 0 or not 0 < abs(number - self._far) <= _FAR


class TradeSequence:
    """Give the trades of one instrument in the order of their numbers, each once; later ones wait for missing ones.

    The first trade to come begins it.

    Attributes:
        last: the number of the last trade given; None before the first.
        ts_event: when the last trade given happened.
    """

    def __init__(self) -> None:
        self.last: int | None = None
        self.ts_event = 0
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
            self.ts_event = following.event.ts_event or 0
        return due
