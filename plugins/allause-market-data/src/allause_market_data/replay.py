"""Rows as a stream: event by event or in batches, at once, in step with a caller, or as they once came."""

from collections.abc import Callable, Iterable, Iterator
from time import sleep

import attrs
import polars as pl

from allause.exceptions import DataError
from allause.models import BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, Bar, Clock, MarketEvent, Quote, Trade
from allause_market_data.merging import sized

#: Rows of a batch where the caller names no number.
BATCH_ROWS = 4096

_LONGEST_PAUSE_S = 1.0
_SECOND_NS = 1_000_000_000


@attrs.define
class Pace:
    """Hold events back until as much time has passed since the first one as passed between them when they came.

    The monotonic clock counts: a step of the wall clock changes nothing. What is late is given at once, and the time
    lost is not added to what follows.

    Attributes:
        speed: how many times faster than they came, above 0.
        clock: of the host.
        pause: waits for some seconds.
    """

    speed: float
    clock: Clock
    pause: Callable[[float], object] = sleep
    _begun: tuple[int, int] | None = None

    def hold(self, ts: int) -> None:
        """Return when an event that was known at ``ts`` is due."""
        if self._begun is None:
            self._begun = (self.clock.monotonic_ns(), ts)
        start, first = self._begun
        due = start + round((ts - first) / self.speed)
        while (left := due - self.clock.monotonic_ns()) > 0:
            self.pause(min(left / _SECOND_NS, _LONGEST_PAUSE_S))


class EventStream(Iterator[MarketEvent]):
    """Give rows as events, one at a time; or in batches, or up to a time. The three may be mixed: no row comes twice.

    Nothing is read before it is asked for, but for the first rows.
    """

    def __init__(self, frames: Iterable[pl.DataFrame], batch_rows: int = BATCH_ROWS, pace: Pace | None = None) -> None:
        """Take rows in order.

        Args:
            frames: of any size, with the columns of bars, quotes or trades.
            batch_rows: most rows of a batch.
            pace: holds events back; None for none.
        """
        self._batches = sized(frames, batch_rows)
        self._pace = pace
        self._next: MarketEvent | None = None
        self._rows: Iterator[MarketEvent] = iter(())
        self._batch: pl.DataFrame | None = None
        self._given = 0
        self._load()

    def __next__(self) -> MarketEvent:
        """Return the next event, when it is due."""
        event = self._taken()
        if event is None:
            raise StopIteration
        if self._pace is not None:
            self._pace.hold(_known(event))
        return event

    def until(self, ts: int) -> Iterator[MarketEvent]:
        """Yield the events that were known at ``ts``, and leave the later ones for the next step."""
        while True:
            event = self._taken()
            if event is None:
                return
            if _known(event) > ts:
                self._next = event
                return
            yield event

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows that are left as tables, each when its last row is due."""
        while self._batch is not None:
            batch = self._batch.slice(self._given - (self._next is not None))
            self._next = None
            self._load()
            if batch.height:
                if self._pace is not None:
                    self._pace.hold(max(batch["ts_event"][-1], batch["ts_init"][-1]))
                yield batch

    def close(self) -> None:
        """Read nothing more."""
        self._batches = iter(())
        self._next, self._batch, self._rows = None, None, iter(())

    def _taken(self) -> MarketEvent | None:
        if self._next is not None:
            event, self._next = self._next, None
            return event
        while self._batch is not None:
            for found in self._rows:
                self._given += 1
                return found
            self._load()
        return None

    def _load(self) -> None:
        self._batch, self._given = next(self._batches, None), 0
        if self._batch is not None:
            self._rows = _events(self._batch)


def _known(event: MarketEvent) -> int:
    return max(event.ts_init, event.ts_event)


# written out, since a mapping for every row takes three times as long
def _bar(
    symbol: str,
    ts_event: int,
    ts_init: int,
    opened: float,
    high: float,
    low: float,
    close: float,
    volume: float,
    adj_close: float,
) -> Bar:
    return Bar(
        symbol=symbol,
        ts_event=ts_event,
        ts_init=ts_init,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        adj_close=adj_close,
    )


def _quote(symbol: str, ts_event: int, ts_init: int, bid: float, ask: float, bid_size: float, ask_size: float) -> Quote:
    return Quote(
        symbol=symbol, ts_event=ts_event, ts_init=ts_init, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size
    )


def _trade(symbol: str, ts_event: int, ts_init: int, price: float, size: float) -> Trade:
    return Trade(symbol=symbol, ts_event=ts_event, ts_init=ts_init, price=price, size=size)


_MADE: tuple[tuple[tuple[str, ...], Callable[..., MarketEvent]], ...] = (
    (BAR_COLUMNS, _bar),
    (QUOTE_COLUMNS, _quote),
    (TRADE_COLUMNS, _trade),
)


def _events(batch: pl.DataFrame) -> Iterator[MarketEvent]:
    for columns, make in _MADE:
        if set(columns) == set(batch.columns):  # no less: depth has price and size too
            return map(make, *(batch[name].to_list() for name in columns))
    raise DataError(f"expected the columns of bars, quotes or trades, found {', '.join(batch.columns)}")
