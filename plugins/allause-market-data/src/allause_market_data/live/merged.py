"""Several live feeds taken as one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import itemgetter
from threading import Event
from time import monotonic
from typing import Self

from allause_market_data.live.arbitration import Arbiter
from allause_market_data.live.disagreement import Disagreement
from allause_market_data.live.events import FeedNotice, Kind, LiveBatch, Notice, Received
from allause_market_data.live.feed import FeedStatus, LiveFeed
from allause_market_data.live.outbox import FeedBrokenError


class MergedFeed:
    """Take several feeds as one; the arbiter decides what is given.

    It is broken when all of its feeds are.

    Attributes:
        arbiter: with its counts.
    """

    def __init__(self, feeds: Sequence[LiveFeed], arbiter: Arbiter) -> None:
        self.arbiter = arbiter
        self._feeds = {feed.name: feed for feed in feeds}
        self._open = dict(self._feeds)
        self._broken: FeedBrokenError | None = None
        self._arrived = Event()
        for feed in feeds:
            feed.wake(self._arrived.set)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to connect all feeds."""
        for feed in self._feeds.values():
            feed.start()

    def close(self) -> None:
        """Close all feeds; what waits can still be taken."""
        for feed in self._feeds.values():
            feed.close()

    def take(self, timeout_s: float | None = None) -> LiveBatch | None:
        """Return what has arrived and is to be given, by the time of receipt; wait when there is nothing.

        :param timeout_s: how long to wait; None for as long as it takes.
        :returns: None when the time is over or all feeds are closed.
        :raises FeedBrokenError: the last feed that was left is broken; after all that came before.
        """
        end = None if timeout_s is None else monotonic() + timeout_s
        while True:
            self._arrived.clear()
            came = [one for source in tuple(self._open) for one in _timed(source, self._drained(source))]
            came.sort(key=itemgetter(0))
            given = tuple([one for _, source, received in came for one in self.arbiter.take(source, received)])
            if given:
                return LiveBatch("merged", given)
            if not self._open:
                if self._broken is not None:
                    raise self._broken
                return None
            # what came to nothing was the last of a feed, perhaps: its end was told before, and is not told again
            if not came and not self._arrived.wait(None if end is None else max(0.0, end - monotonic())):
                return None

    def batches(self) -> Iterator[LiveBatch]:
        """Yield what is to be given, again and again, until all feeds are closed.

        Raises:
            FeedBrokenError: the last feed that was left is broken.
        """
        while (batch := self.take()) is not None:
            yield batch

    def status(self) -> Mapping[str, FeedStatus]:
        """Say how each source is."""
        return {name: feed.status() for name, feed in self._feeds.items()}

    def disagreement(self) -> Mapping[tuple[str, str], Disagreement]:
        """Say how far each source is from each other one."""
        return self.arbiter.comparison.found

    def _drained(self, source: str) -> tuple[Received, ...]:
        try:
            batch = self._open[source].take(0)
        except FeedBrokenError as error:
            del self._open[source]
            if not self._open:
                self._broken = error
                return ()
            now = self._feeds[source].now_ns()
            said = FeedNotice(
                notice=Notice.DISCONNECTED, source=source, symbol="", ts_event=now, ts_init=now, detail=str(error)
            )
            return (Received(Kind.NOTICE, 0, said),)
        if batch is None:
            if self._feeds[source].is_over():
                del self._open[source]
            return ()
        return batch.received


def _timed(source: str, received: Sequence[Received]) -> Iterator[tuple[int, str, Received]]:
    """Yield the events of a source with times that keep their order, though what waited came before its snapshot."""
    for time, one in zip(accumulate((one.event.ts_init for one in received), max), received, strict=True):
        yield time, source, one
