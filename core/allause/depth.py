"""Depth of one instrument: snapshots, changes, and the chain of their update ids."""

from decimal import Decimal

import msgspec

from allause.exceptions import DataError

#: Price and size; in a change, a size of 0 empties the level.
Level = tuple[Decimal, Decimal]

_PATIENCE = 1_000  # changes that may come before the snapshot: recorders ask for one as they begin


class DepthSnapshot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Hold every level of a book as of one update.

    Attributes:
        symbol: the instrument.
        ts_init: when it was received, nanoseconds UTC.
        update_id: the last update it shows.
        bids: price and size of each level, in any order; likewise ``asks``.
        ts_event: when the venue made it, where the source tells.
    """

    symbol: str
    ts_init: int
    update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    ts_event: int | None = None


class DepthDelta(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Hold the levels that updates changed, each with its new size.

    Attributes:
        symbol: the instrument.
        ts_init: when it was received, nanoseconds UTC.
        first_id: first update in it.
        last_id: last update in it.
        previous_id: last update of the change before it, where the source tells; ids may then leave gaps.
        bids: price and new size of each changed level; likewise ``asks``.
        ts_event: when the venue made it, where the source tells.
    """

    symbol: str
    ts_init: int
    first_id: int
    last_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    previous_id: int | None = None
    ts_event: int | None = None


DepthEvent = DepthSnapshot | DepthDelta


class DepthChain:
    """Put the depth events of one instrument into an unbroken chain.

    Changes that come before the snapshot wait for it, and come out in the order of their ids; those that it shows
    already are left out. A snapshot begins the chain anew at any time.
    """

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._last: int | None = None
        self._at_snapshot = False
        self._waiting: list[DepthDelta] = []

    def take(self, event: DepthEvent) -> tuple[DepthEvent, ...]:
        """Return the events that can be applied now, in order.

        Raises:
            DataError: updates are missing, or no snapshot came to begin with; a new snapshot helps.
        """
        if isinstance(event, DepthDelta):
            return self._follow(event)
        self._last, self._at_snapshot = event.update_id, True
        waiting, self._waiting = sorted(self._waiting, key=lambda delta: delta.last_id), []
        return (event, *(next_one for delta in waiting for next_one in self._follow(delta)))

    def check(self) -> None:
        """Find the recording usable so far.

        Raises:
            DataError: changes wait for a snapshot that has not come.
        """
        if self._waiting:
            raise DataError(
                f"{self._symbol}: {len(self._waiting)} depth changes from update {self._waiting[0].first_id} on have "
                f"no snapshot to begin with; give one, or first the recording that they continue"
            )

    def _follow(self, delta: DepthDelta) -> tuple[DepthDelta, ...]:
        if self._last is None:
            self._waiting.append(delta)
            if len(self._waiting) > _PATIENCE:
                self.check()
            return ()
        if delta.last_id <= self._last:
            return ()
        if not self._joins(delta, self._last):
            expected, self._last = self._last, None
            follows = "" if delta.previous_id is None else f" and follows {delta.previous_id}"
            raise DataError(
                f"{self._symbol}: depth updates are missing after {expected}; the next change begins with "
                f"{delta.first_id}{follows}; go on with a new snapshot"
            )
        self._last, self._at_snapshot = delta.last_id, False
        return (delta,)

    def _joins(self, delta: DepthDelta, last: int) -> bool:
        if self._at_snapshot:  # a snapshot may lie within a change
            return delta.first_id <= last + 1 or (delta.previous_id is not None and delta.previous_id <= last)
        return delta.first_id == last + 1 if delta.previous_id is None else delta.previous_id == last
