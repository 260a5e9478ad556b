"""What waits to be taken: bounded for each kind and instrument, and each kind has a declared way to overflow."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import itemgetter
from threading import Condition, Lock

from allause.depth import DepthSnapshot
from allause.exceptions import DataError
from allause_market_data.live.events import Count, Kind, Received


class Overflow(StrEnum):
    """Name what becomes of one more event than may wait."""

    BREAK = "break"  # the feed is declared broken: nothing of it may be lost
    DROP_OLDEST = "drop_oldest"  # the latest tell all that matters
    SNAPSHOT = "snapshot"  # all that wait are replaced by the whole book as it is now


#: The declared way of each kind.
OVERFLOW: Mapping[Kind, Overflow] = {
    Kind.TRADE: Overflow.BREAK,
    Kind.QUOTE: Overflow.DROP_OLDEST,
    Kind.DEPTH: Overflow.SNAPSHOT,
    Kind.NOTICE: Overflow.DROP_OLDEST,
}
#: What counts the events that were lost of each kind.
DROPPED: Mapping[Kind, Count] = {
    Kind.TRADE: Count.TRADES_DROPPED,
    Kind.QUOTE: Count.QUOTES_DROPPED,
    Kind.DEPTH: Count.DEPTH_DROPPED,
    Kind.NOTICE: Count.NOTICES_DROPPED,
}


class FeedBrokenError(DataError):
    """Report a live feed that cannot keep its promises any more; what came before it was given whole."""


class Outbox:
    """Hold what was received until it is taken, from one thread to another.

    Attributes:
        wake: called when something came after all was taken, and at the end.
    """

    def __init__(
        self, limits: Mapping[Kind, int], counts: Counter[Count], book: Callable[[str], DepthSnapshot]
    ) -> None:
        """Take the limits of each kind and instrument, where drops are counted, and who knows the books."""
        self.wake: Callable[[], object] = _nothing
        self._limits, self._counts, self._book = limits, counts, book
        self._lanes: dict[tuple[Kind, str], deque[tuple[int, Received]]] = {}
        self._arrived = 0
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._end: Exception | None = None
        self._ended = False

    def put(self, received: Received) -> None:
        """Add an event; one too many of its kind goes the way that is declared for it.

        Raises:
            FeedBrokenError: that way ends here, or did so before.
        """
        with self._lock:
            if self._end is not None:
                raise self._end
            is_first = not self._lanes  # whoever takes takes all, and so needs to be told of the first alone
            lane = self._lanes.setdefault((received.kind, received.event.symbol), deque())
            if len(lane) >= self._limits[received.kind]:
                received = self._overflow(received, lane)
            self._arrived += 1
            lane.append((self._arrived, received))
            if is_first:
                self._tell()

    def end(self, error: Exception | None = None) -> None:
        """Take nothing more; ``error`` is raised to the taker after what waits. Only the first end counts."""
        with self._lock:
            if not self._ended:
                self._ended, self._end = True, error
            self._tell()

    def take(self, timeout_s: float | None = None) -> tuple[Received, ...]:
        """Return all that waits, in the order of arrival; wait for the first when there is none.

        :param timeout_s: how long to wait; None for as long as it takes.
        :returns: nothing when the time is over, or after the end.
        :raises Exception: the error that ended it.
        """
        with self._lock:
            self._changed.wait_for(lambda: self._ended or self._lanes, timeout_s)
            lanes, self._lanes = self._lanes, {}
            if self._end is not None and not lanes:
                raise self._end
        waited = [one for lane in lanes.values() for one in lane]
        waited.sort(key=itemgetter(0))
        return tuple([received for _, received in waited])

    @property
    def ended(self) -> bool:
        """Whether nothing more will come after what waits."""
        with self._lock:
            return self._ended and not self._lanes

    def waiting(self) -> dict[str, int]:
        """Return how many events of each kind wait."""
        with self._lock:
            found = dict.fromkeys(map(str, Kind), 0)
            for (kind, _), lane in self._lanes.items():
                found[kind] += len(lane)
            return found

    def _tell(self) -> None:
        self._changed.notify_all()  # whoever waits learns of an end
        self.wake()

    def _overflow(self, received: Received, lane: deque[tuple[int, Received]]) -> Received:
        kind, symbol = received.kind, received.event.symbol
        way = OVERFLOW[kind]
        if way is Overflow.DROP_OLDEST:
            lane.popleft()
            self._counts[DROPPED[kind]] += 1
            return received
        if way is Overflow.SNAPSHOT:
            self._counts[DROPPED[kind]] += len(lane) + 1
            lane.clear()
            book = self._book(symbol)
            return Received(kind, book.update_id, book)
        self._counts[DROPPED[kind]] += 1
        self._ended, self._end = (
            True,
            FeedBrokenError(
                f"{symbol}: expected trades to be taken as they come, found {len(lane)} that wait before trade "
                f"{received.number}; the feed is broken: take faster, or raise trade_limit"
            ),
        )
        self._tell()
        raise self._end


def _nothing() -> None: ...
