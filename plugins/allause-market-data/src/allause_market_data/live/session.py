"""One source's link: opened, tried, opened again when it is lost, and what was missed asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from itertools import count
from logging import Logger
from random import Random

from allause.exceptions import ConfigurationError
from allause.models import Clock
from allause_market_data.live.events import Count, Kind, Received
from allause_market_data.live.intake import Intake, Stream
from allause_market_data.live.messages import (
    PAGE,
    Answer,
    GarbledError,
    read,
    read_snapshot,
    read_trades,
    snapshot_request,
    subscription,
    trades_request,
)
from allause_market_data.live.outbox import FeedBrokenError
from allause_market_data.live.settings import MISSING_EXTRA, SourceSettings

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, WebSocketException
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("websockets"):
        raise
    raise ConfigurationError(MISSING_EXTRA, "live") from None

_LOST = (OSError, WebSocketException, TimeoutError, GarbledError)
_PING_LOST = 1011  # the code with which a link is closed from here when its heartbeat is not answered
_LARGEST_FRAME = 16 << 20


class State(StrEnum):
    """Say what a link is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    WAITING = "waiting"
    CLOSED = "closed"
    BROKEN = "broken"


class Backoff:
    """Say how long to wait before the next attempt: drawn below a bound that doubles."""

    def __init__(self, first_s: float, most_s: float, random: Random) -> None:
        self._first_s, self._most_s, self._random = first_s, most_s, random
        self._bound_s = first_s

    def next_s(self) -> float:
        """Return the next wait."""
        bound, self._bound_s = self._bound_s, min(self._bound_s * 2, self._most_s)
        return self._random.uniform(0, bound)

    def reset(self) -> None:
        """Begin anew."""
        self._bound_s = self._first_s


class Session:
    """Keep one source connected.

    Attributes:
        state: what it is doing.
        heartbeat_s: how long the last answer to a heartbeat took; 0 before the first.
    """

    def __init__(
        self, symbols: tuple[str, ...], settings: SourceSettings, intake: Intake, clock: Clock, log: Logger, seed: int
    ) -> None:
        self.state = State.CONNECTING
        self.heartbeat_s = 0.0
        self._symbols, self._settings, self._intake = symbols, settings, intake
        self._clock, self._log = clock, log
        self._random = Random(seed)  # noqa: S311 - spreads attempts, guards nothing
        self._numbers = count(1)
        self._asking: set[asyncio.Task[None]] = set()
        self._broken: FeedBrokenError | None = None
        self._is_silent = False

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            FeedBrokenError: trades are lost for good, or the venue refuses the subscription.
        """
        backoff = self._backoff()
        loop = asyncio.get_running_loop()
        while True:
            self.state, begun = State.CONNECTING, loop.time()
            try:
                await self._connected()
            except _LOST as error:
                if self.state is State.CONNECTING:
                    self._intake.counts[Count.FAILED_CONNECTIONS] += 1
                self._intake.disconnected(f"{type(error).__name__}: {error}")
                self._intake.look()
            if loop.time() - begun > self._settings.backoff_most_s:
                backoff.reset()
            self.state = State.WAITING
            await asyncio.sleep(backoff.next_s())

    async def _connected(self) -> None:
        lost: Exception | None = None
        self._is_silent = False
        async with self._open(self._settings.url) as link, asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch(link))
            try:
                await self._read(link, group)
            except (*_LOST, FeedBrokenError) as error:  # raised below: a group would wrap it
                lost = self._broken or error
                if self.state is State.LIVE:
                    self._count(lost)
            except asyncio.CancelledError:
                await link.close()  # politely: closed by an error it would tell the venue of one
                raise
            for task in (watch, *self._asking):
                task.cancel()
        if lost is not None:
            raise lost

    @asynccontextmanager
    async def _open(self, url: str) -> AsyncIterator[ClientConnection]:
        """Open a link, and hang up at the end even if the goodbye is interrupted: the venue would wait for the rest."""
        settings = self._settings
        opened = await connect(
            url,
            compression=None,  # costs more time than it saves on such short messages
            open_timeout=settings.timeout_s,
            ping_interval=settings.heartbeat_s,
            ping_timeout=settings.heartbeat_s,
            close_timeout=min(settings.heartbeat_s, 1),  # who does not answer heartbeats does not say goodbye either
            max_size=_LARGEST_FRAME,
        )
        try:
            async with opened as link:
                yield link
        finally:
            opened.transport.abort()

    async def _read(self, link: ClientConnection, group: asyncio.TaskGroup) -> None:
        intake, number = self._intake, next(self._numbers)
        await link.send(subscription(self._symbols, self._settings.kinds, self._settings.depth_stream, number))
        async with asyncio.timeout(self._settings.timeout_s) as patience:
            while True:
                answer = intake.frame(await link.recv(decode=False))
                if answer is not None and answer.id == number:
                    self._subscribed(answer)
                    patience.reschedule(None)
                for stream in tuple(intake.wanted):
                    if stream not in intake.asked:
                        intake.asked.add(stream)
                        task = group.create_task(self._mend(link, stream))
                        self._asking.add(task)
                        task.add_done_callback(self._asking.discard)
                    intake.wanted.discard(stream)  # last, so that it is at no time in neither
                if intake.asked:
                    await asyncio.sleep(0)  # many messages come at once, and none of them may delay the answer

    def _subscribed(self, answer: Answer) -> None:
        if answer.error is not None:
            raise FeedBrokenError(
                f"{self._settings.url}: expected {', '.join(self._symbols)} to be known there, found a refusal: "
                f"{str(answer.error)[:200]!r}; mend the symbols or depth_stream"
            )
        self._intake.counts[Count.CONNECTIONS] += 1
        self._intake.connected()
        self.state = State.LIVE

    async def _watch(self, link: ClientConnection) -> None:
        """Look for silence of the streams, whatever the heartbeat says; open a silent link anew."""
        step = min(self._settings.stale_after_s, self._settings.silent_after_s) / 4
        silent_s = 0.0
        while silent_s <= self._settings.silent_after_s:
            await asyncio.sleep(step)
            self.heartbeat_s = link.latency
            silent_s = min(self._intake.look(), silent_s + step)
        self._is_silent = True
        await link.close()

    async def _mend(self, link: ClientConnection, stream: Stream) -> None:
        """Ask for what is missing until nothing is."""
        mend = self._mend_trades if stream[0] is Kind.TRADE else self._mend_book
        backoff = self._backoff()
        try:
            while True:
                if await mend(stream[1]):
                    return
                await asyncio.sleep(backoff.next_s())
        except FeedBrokenError as error:
            self._broken = error
            await link.close()
        finally:
            self._intake.asked.discard(stream)

    async def _mend_book(self, symbol: str) -> bool:
        def take(result: bytes) -> None:
            self._intake.snapshot(read_snapshot(result, symbol, self._clock.now_ns()))

        await self._request(partial(snapshot_request, symbol), take)
        return self._intake.is_whole((Kind.DEPTH, symbol))

    async def _mend_trades(self, symbol: str) -> bool:
        found: list[Received] = []

        def take(result: bytes) -> None:
            found[:] = read_trades(result, symbol, self._clock.now_ns())
            self._intake.missed(symbol, found)

        while (first := self._intake.next_trade(symbol)) is not None:
            if not await self._request(partial(trades_request, symbol, first), take):
                return False
            if len(found) < PAGE:
                break
        return self._intake.is_whole((Kind.TRADE, symbol))

    async def _request(self, message: Callable[[int], str], take: Callable[[bytes], None]) -> bool:
        """Ask over a link of its own, so that neither waits for the other; say whether there was an answer.

        It is taken before the link is closed, which may last: meanwhile the streams go on.
        """
        number = next(self._numbers)
        is_answered = False
        try:
            async with (
                asyncio.timeout(self._settings.timeout_s),
                self._open(self._settings.requests_url or self._settings.url) as link,
            ):
                await link.send(message(number))
                while not is_answered:
                    answer = read(await link.recv(decode=False), 0)
                    if isinstance(answer, Answer) and answer.id == number:
                        if answer.error is not None:
                            raise GarbledError(f"expected an answer, found a refusal: {str(answer.error)[:200]!r}")
                        take(answer.result)
                        is_answered = True
        except _LOST as error:
            if not is_answered:
                self._intake.counts[Count.FAILED_REQUESTS] += 1
                self._log.warning("no answer to a request: %s", error)
        return is_answered

    def _count(self, lost: Exception) -> None:
        if not isinstance(lost, ConnectionClosed):  # counted where it was found
            return
        by_us = lost.sent is not None and lost.sent.code == _PING_LOST
        name = Count.SILENCES if self._is_silent else Count.HEARTBEATS_LOST if by_us else Count.CUTS
        self._intake.counts[name] += 1

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.backoff_s, self._settings.backoff_most_s, self._random)
