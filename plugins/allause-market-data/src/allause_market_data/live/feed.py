"""A live source as its users see it: batches of events, and a status, from a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event, Thread
from typing import Self

import attrs

from allause.measurement import SystemClock
from allause.models import Clock
from allause_market_data.live.events import LiveBatch
from allause_market_data.live.intake import Intake
from allause_market_data.live.session import Session, State
from allause_market_data.live.settings import SourceSettings


@attrs.frozen(kw_only=True)
class FeedStatus:
    """Say how a source is.

    Attributes:
        state: what its link is doing.
        heartbeat_s: how long the last answer to a heartbeat took; 0 before the first.
        missing: what is being asked for, such as ``depth BTCUSDT``.
        stale: the streams that have been silent for too long.
        waiting: events that wait to be taken, by kind.
        counts: everything that is counted, by the names of ``Count``.
    """

    state: State
    heartbeat_s: float
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    waiting: Mapping[str, int]
    counts: Mapping[str, int]


class LiveFeed:
    """Receive the trades, quotes and depth of some instruments from one source.

    Nothing is connected before ``start``. It is a context manager: entered, it is started.

    Attributes:
        name: of the source.
        symbols: of the instruments.
    """

    def __init__(
        self,
        name: str,
        symbols: Sequence[str],
        settings: SourceSettings,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        logger: logging.Logger | None = None,
    ) -> None:
        """Take what to receive.

        :param clock: of every time and duration that is told; the machine's when left out.
        :param seed: of the waits between attempts.
        :param logger: for what goes wrong and is mended.
        """
        self.name, self.symbols = name, tuple(symbols)
        self._clock = clock = clock or SystemClock()
        self._intake = Intake(name, self.symbols, settings, clock)
        log = logger or logging.getLogger(__name__)
        self._session = Session(self.symbols, settings, self._intake, clock, log, seed)
        self._thread = Thread(target=self._live, name=f"allause live {name}", daemon=True)
        self._cancel: Callable[[], object] = _nothing
        self._begun = Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()
        self._begun.wait()

    def close(self) -> None:
        """Let go of the link and the thread; what waits can still be taken."""
        if self._thread.is_alive():
            self._cancel()
            self._thread.join()
        self._intake.outbox.end()

    def take(self, timeout_s: float | None = None) -> LiveBatch | None:
        """Return all that has arrived; wait for the first event when there is none.

        :param timeout_s: how long to wait; None for as long as it takes.
        :returns: None when the time is over or the feed is closed.
        :raises FeedBrokenError: trades are lost for good, after all that came before them.
        """
        received = self._intake.outbox.take(timeout_s)
        return LiveBatch(self.name, received) if received else None

    def batches(self) -> Iterator[LiveBatch]:
        """Yield what has arrived, again and again, until the feed is closed.

        Raises:
            FeedBrokenError: trades are lost for good, after all that came before them.
        """
        while (batch := self.take()) is not None:
            yield batch

    def is_over(self) -> bool:
        """Say whether nothing more will come: it is closed or broken, and all was taken."""
        return self._intake.outbox.ended

    def wake(self, call: Callable[[], object]) -> None:
        """Have ``call`` called, in the feed's thread, whenever something arrives or the feed ends."""
        self._intake.outbox.wake = call

    def now_ns(self) -> int:
        """Return the time by the feed's clock."""
        return self._clock.now_ns()

    def status(self) -> FeedStatus:
        """Say how the source is."""
        intake = self._intake
        return FeedStatus(
            state=self._session.state,
            heartbeat_s=self._session.heartbeat_s,
            missing=tuple(sorted(" ".join(stream) for stream in (*intake.wanted, *intake.asked))),
            stale=tuple(sorted(" ".join(stream) for stream in tuple(intake.stale))),
            waiting=intake.outbox.waiting(),
            counts={name.value: number for name, number in intake.counts.items()},
        )

    def _live(self) -> None:
        error: Exception | None = None
        try:
            asyncio.run(self._run())
        except Exception as failed:  # noqa: BLE001 - whatever it is, who takes gets it
            error = failed
        self._session.state = State.CLOSED if error is None else State.BROKEN
        self._intake.outbox.end(error)
        self._begun.set()

    async def _run(self) -> None:
        session = asyncio.create_task(self._session.run())
        loop = asyncio.get_running_loop()
        self._cancel = lambda: None if loop.is_closed() else loop.call_soon_threadsafe(session.cancel)
        self._begun.set()
        await asyncio.wait([session])
        if not session.cancelled():
            session.result()


def _nothing() -> None: ...
