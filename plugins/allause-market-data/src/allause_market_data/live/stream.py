"""Live sources as the stream of a component: trades and quotes one at a time, or batches of everything."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from allause.exceptions import DataError
from allause.models import Context, Quote, Trade
from allause_market_data.live.arbitration import Arbiter
from allause_market_data.live.events import FeedNotice, LiveBatch, Notice
from allause_market_data.live.feed import LiveFeed
from allause_market_data.live.merged import MergedFeed
from allause_market_data.live.settings import LiveSettings

_TROUBLE = frozenset(
    {
        Notice.DISCONNECTED,
        Notice.GAP,
        Notice.STALE,
        Notice.RENUMBERED,
        Notice.UNSOUND,
        Notice.FAIL_OVER,
        Notice.DISAGREEMENT,
    }
)


class LiveStream(Iterator[Trade | Quote]):
    """Give what live sources bring: trades and quotes one at a time, or all of it in batches. Nothing comes twice.

    Notices are logged and recorded as the metric ``market_data_notice``, however the stream is taken.
    """

    def __init__(self, symbols: Sequence[str], settings: LiveSettings, context: Context | None) -> None:
        """Begin to connect.

        :param context: of the host: its clock, seed, logger and metrics; None for the machine's.
        :raises DataError: an instrument that is not among the configured ones, or none at all.
        """
        unknown = sorted(set(symbols) - set(settings.symbols))
        if unknown or not symbols:
            found = ", ".join(unknown) or "none"
            raise DataError(f"symbols: expected some of {', '.join(settings.symbols)}, found {found}")
        clock, seed, logger = (context.clock, context.seed, context.logger) if context else (None, 0, None)
        feeds = [
            LiveFeed(name, symbols, source, clock=clock, seed=seed, logger=logger)
            for name, source in settings.sources.items()
        ]
        arbiter = Arbiter(
            [*settings.sources],
            settings.rule,
            shares_numbers=settings.shares_numbers,
            hold_s=settings.hold_s,
            tolerance_bps=settings.tolerance_bps,
        )
        self._context = context
        self._feed = MergedFeed(feeds, arbiter)
        self._events: Iterator[Trade | Quote] = iter(())
        self._feed.start()

    def __next__(self) -> Trade | Quote:
        """Return the next trade or quote; wait for it.

        Raises:
            FeedBrokenError: trades are lost for good, after all that came before them.
        """
        while (event := next(self._events, None)) is None:
            batch = self.take()
            if batch is None:
                raise StopIteration
            self._events = (one for one in batch if isinstance(one, Trade | Quote))
        return event

    def take(self, timeout_s: float | None = None) -> LiveBatch | None:
        """Return what has arrived since; wait when there is nothing.

        :param timeout_s: how long to wait; None for as long as it takes.
        :returns: None when the time is over or the stream is closed.
        :raises FeedBrokenError: as in iterating.
        """
        batch = self._feed.take(timeout_s)
        for event in batch or ():
            if isinstance(event, FeedNotice):
                self._tell(event)
        return batch

    def batches(self) -> Iterator[LiveBatch]:
        """Yield what has arrived, with depth and notices, again and again until the stream is closed.

        Raises:
            FeedBrokenError: as in iterating.
        """
        while (batch := self.take()) is not None:
            yield batch

    def close(self) -> None:
        """Let go of the links; what waits can still be taken."""
        self._feed.close()

    def counts(self) -> Counter[str]:
        """Return what is counted, by name."""
        found = Counter({"live_fail_overs": self._feed.arbiter.counts["fail_overs"]})
        for source, status in self._feed.status().items():
            found.update({f"live_{source}_{name}": count for name, count in status.counts.items()})
        return found

    def figures(self) -> Mapping[str, float]:
        """Return everything that is counted and measured, by name."""
        found = {name: float(count) for name, count in self.counts().items()}
        for source, status in self._feed.status().items():
            found |= {f"live_{source}_waiting_{kind}": float(count) for kind, count in status.waiting.items()}
            found[f"live_{source}_heartbeat_s"] = status.heartbeat_s
            found[f"live_{source}_stale_streams"] = float(len(status.stale))
            found[f"live_{source}_missing_streams"] = float(len(status.missing))
        for (source, other), apart in self._feed.disagreement().items():
            found[f"live_{source}_from_{other}_mean_bps"] = apart.mean_bps
            found[f"live_{source}_from_{other}_most_bps"] = apart.most_bps
            found[f"live_{source}_behind_{other}_mean_ms"] = apart.mean_ms
        return found

    def _tell(self, notice: FeedNotice) -> None:
        if self._context is None:
            return
        if self._context.metrics is not None:
            labels = {"source": notice.source, "symbol": notice.symbol, "notice": notice.notice.value}
            self._context.metrics.record("market_data_notice", 1, labels)
        level = self._context.logger.warning if notice.notice in _TROUBLE else self._context.logger.info
        level("%s %s: %s %s", notice.source, notice.notice, notice.symbol, notice.detail)
