"""One instrument's book of orders, kept from depth: a snapshot, and the changes that follow on it without a break."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from allause.depth import DepthChain, DepthDelta, DepthEvent, DepthSnapshot, Level
from allause.exceptions import DataError


class _Side:
    """Keep the levels of one side, and which is the best until that one goes."""

    def __init__(self, better: Callable[..., Decimal]) -> None:
        self.levels: dict[Decimal, Decimal] = {}
        self._better = better
        self._best: Decimal | None = None

    def put(self, levels: Iterable[Level]) -> None:
        for price, size in levels:
            if size:
                self.levels[price] = size
                if self._best is not None:
                    self._best = self._better(self._best, price)
            else:
                self.levels.pop(price, None)
                if price == self._best:
                    self._best = None

    def best(self) -> Level | None:
        if not self.levels:
            return None
        if self._best is None:
            self._best = self._better(self.levels)
        return self._best, self.levels[self._best]


class OrderBook:
    """Keep the levels of one instrument; refuse to answer while they are not known.

    It is not known before the first snapshot, and again from a missing update until the next snapshot. Changes that
    come meanwhile wait.

    Attributes:
        symbol: the instrument.
        update_id: the last update it shows; None while it is not known.
        ts_event: when the venue made that update, None where the source does not tell; ``ts_init``: when it came.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.update_id: int | None = None
        self.ts_event: int | None = None
        self.ts_init = 0
        self._bids, self._asks = _Side(max), _Side(min)
        self._chain = DepthChain(symbol)

    def take(self, event: DepthEvent) -> tuple[DepthEvent, ...]:
        """Apply an event, and those that waited for it; return what was applied, in order.

        Raises:
            DataError: updates are missing, or too many wait for a snapshot; the book is not known until the next one.
                The event is of another instrument or has a size below 0; it changes nothing then.
        """
        if event.symbol != self.symbol:
            raise DataError(
                f"{self.symbol}: expected its own depth, found that of {event.symbol!r}; keep a book of each"
            )
        for price, size in (*event.bids, *event.asks):
            if not size >= 0:
                raise DataError(f"{self.symbol}: expected sizes of at least 0, found {size} at {price}")
        try:
            due = self._chain.take(event)
        except DataError:
            self.forget()
            if isinstance(event, DepthDelta):
                self._chain.take(event)  # the next snapshot may be older than it
            raise
        for one in due:
            self._apply(one)
        return due

    def forget(self) -> None:
        """Take nothing as known, such as after the connection was cut."""
        self.update_id = self.ts_event = None
        self._bids, self._asks = _Side(max), _Side(min)
        self._chain = DepthChain(self.symbol)

    def best(self) -> tuple[Level | None, Level | None]:
        """Return the best bid and the best ask; None for an empty side.

        Raises:
            DataError: the book is not known.
        """
        self._require()
        return self._bids.best(), self._asks.best()

    def is_crossed(self) -> bool:
        """Say whether the best bid is above the best ask, which a book of continuous trading cannot be.

        Raises:
            DataError: the book is not known.
        """
        bid, ask = self.best()
        return bid is not None and ask is not None and bid[0] > ask[0]

    def levels(self, count: int | None = None) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return the bids and asks, the best first.

        :param count: how many of each side; None for all.
        :raises DataError: the book is not known.
        """
        self._require()
        return tuple(sorted(self._bids.levels.items(), reverse=True)[:count]), tuple(
            sorted(self._asks.levels.items())[:count]
        )

    def snapshot(self) -> DepthSnapshot:
        """Return the whole book as of its last update.

        Raises:
            DataError: the book is not known.
        """
        bids, asks = self.levels()
        return DepthSnapshot(
            symbol=self.symbol,
            ts_event=self.ts_event,
            ts_init=self.ts_init,
            update_id=self._require(),
            bids=bids,
            asks=asks,
        )

    def _require(self) -> int:
        if self.update_id is None:
            raise DataError(
                f"{self.symbol}: expected a snapshot and every change since, found none or a gap; the book is not known"
            )
        return self.update_id

    def _apply(self, event: DepthEvent) -> None:
        if isinstance(event, DepthSnapshot):
            self._bids, self._asks = _Side(max), _Side(min)
            self.update_id = event.update_id
        else:
            self.update_id = max(self.update_id or 0, event.last_id)
        self.ts_event, self.ts_init = event.ts_event, event.ts_init
        self._bids.put(event.bids)
        self._asks.put(event.asks)
