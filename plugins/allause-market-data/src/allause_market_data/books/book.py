"""One instrument's book of orders, kept from depth: a snapshot, and the changes that follow on it without a break."""

from decimal import Decimal

from allause.depth import DepthChain, DepthDelta, DepthEvent, DepthSnapshot, Level
from allause.exceptions import DataError


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
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._chain = DepthChain(symbol)

    def take(self, event: DepthEvent) -> tuple[DepthEvent, ...]:
        """Apply an event, and those that waited for it; return what was applied, in order.

        Raises:
            DataError: updates are missing, or too many wait for a snapshot; the book is not known until the next one.
        """
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
        self._bids, self._asks = {}, {}
        self._chain = DepthChain(self.symbol)

    def best(self) -> tuple[Level | None, Level | None]:
        """Return the best bid and the best ask; None for an empty side.

        Raises:
            DataError: the book is not known.
        """
        self._require()
        bid, ask = max(self._bids, default=None), min(self._asks, default=None)
        return (
            None if bid is None else (bid, self._bids[bid]),
            None if ask is None else (ask, self._asks[ask]),
        )

    def levels(self, count: int | None = None) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return the bids and asks, the best first.

        :param count: how many of each side; None for all.
        :raises DataError: the book is not known.
        """
        self._require()
        return tuple(sorted(self._bids.items(), reverse=True)[:count]), tuple(sorted(self._asks.items())[:count])

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
            self._bids, self._asks = {}, {}
            self.update_id = event.update_id
        else:
            self.update_id = max(self.update_id or 0, event.last_id)
        self.ts_event, self.ts_init = event.ts_event, event.ts_init
        for side, levels in ((self._bids, event.bids), (self._asks, event.asks)):
            for price, size in levels:
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)
