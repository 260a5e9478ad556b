"""The venue sessions in use: one, or several that share the instruments."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from random import Random
from zlib import crc32

from allause.exceptions import ConfigurationError
from allause.models.context import Clock
from allause.models.venue import VenueSession
from allause_execution.sessions.breaker import Breaker
from allause_execution.sessions.link import Link
from allause_execution.windows import RateWindow

Connect = Callable[[], VenueSession]


class Pool:
    """Choose the link for an instrument: always the same one while it works, so that its orders keep their order.

    Args:
        session: the first.
        connect: opens one more; None when there is only the first.
        size: how many to open.
        threshold: failures in a row after which a link is left alone.
        messages_per_second: most orders that one link takes in a second; None: any number.
        clock: of pauses and rates.
        random: of pauses.

    Raises:
        ConfigurationError: so many cannot be opened; those that were are closed.
    """

    def __init__(
        self,
        session: VenueSession,
        *,
        connect: Connect | None,
        size: int,
        threshold: int,
        messages_per_second: int | None,
        clock: Clock,
        random: Random,
    ) -> None:
        def link(opened: VenueSession) -> Link:
            most = messages_per_second
            rate = None if most is None else RateWindow(most, clock.monotonic_ns)
            replace = None if connect is None else partial(self._replace, connect)
            return Link(opened, Breaker(threshold, clock.monotonic_ns, random), replace, rate)

        self._opened: list[VenueSession] = []
        if connect is not None:
            self._open(connect, size - 1)
        self.links = tuple(link(opened) for opened in (session, *self._opened))
        self._single = self.links[0] if len(self.links) == 1 else None

    def link(self, symbol: str) -> Link:
        """Return the instrument's link, or the next one that works."""
        if self._single is not None:
            return self._single
        first = crc32(symbol.encode()) % len(self.links)
        turn = self.links[first:] + self.links[:first]
        return next((link for link in turn if not link.breaker.is_open), turn[0])

    def healthiest(self) -> Link:
        """Return the first link without trouble, or the first."""
        return next((link for link in self.links if not link.trouble), self.links[0])

    def revived(self) -> Link:
        """Return the healthiest link, having tried to open the others again; the caller holds every wire."""
        chosen = self.healthiest()
        for link in self.links:
            if link.trouble and link is not chosen and link.breaker.is_due:
                link.ask(())
        return chosen

    def shut(self) -> None:
        """Let nothing over any link any more; the caller holds every wire."""
        for link in self.links:
            link.shut()

    def close(self) -> None:
        """Close the sessions opened here, each of them.

        Raises:
            Exception: whatever the first raised that could not be closed.
        """
        with ExitStack() as closing:
            for session in self._opened:
                closing.callback(_close, session)

    def _open(self, connect: Connect, more: int) -> None:
        try:
            for _ in range(more):
                self._opened.append(connect())
        except BaseException as error:
            opened = len(self._opened) + 1
            with suppress(Exception):  # what is told is why there are too few
                self.close()
            if not isinstance(error, Exception):
                raise
            message = f"sessions: expected {more + 1}, {opened} could be opened: {error}; ask for fewer or try again"
            raise ConfigurationError(message, path="sessions") from error

    def _replace(self, connect: Connect, lost: VenueSession) -> VenueSession:
        """Return a new session in place of one that cannot come back, which is closed if it was opened here."""
        self._opened.append(connect())
        for place, session in enumerate(self._opened):
            if session is lost:
                del self._opened[place]
                with suppress(Exception):  # it was lost already
                    _close(session)
                break
        return self._opened[-1]

    @property
    def trouble(self) -> str:
        """Return why an answer is missing, of the first link that misses one."""
        if self._single is not None:
            return self._single.trouble
        return next((link.trouble for link in self.links if link.trouble), "")

    @contextmanager
    def all_wires(self) -> Iterator[None]:
        """Hold every wire, so that nothing leaves and nothing is answered meanwhile."""
        with ExitStack() as held:
            for link in self.links:
                held.enter_context(link.wire)
            yield

    @property
    def calls(self) -> int:
        """Return the number of calls made."""
        return sum(link.calls for link in self.links)

    @property
    def reuse(self) -> float:
        """Return the share of calls that used a session that was open already; 1 before the first call."""
        calls = self.calls
        return 1 - min(1, sum(link.opened - 1 for link in self.links) / calls) if calls else 1.0


def _close(session: VenueSession) -> None:
    close = getattr(session, "close", None)  # not every session has something to close
    if close is not None:
        close()
