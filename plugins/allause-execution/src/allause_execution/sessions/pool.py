"""The venue sessions in use: one, or several that share the instruments."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from zlib import crc32

from allause.models.context import Clock
from allause.models.venue import VenueSession
from allause_execution.sessions.breaker import Breaker
from allause_execution.sessions.link import Connect, Link
from allause_execution.windows import RateWindow


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
            return Link(opened, Breaker(threshold, clock.monotonic_ns, random), connect, rate)

        sessions = [session]
        if connect is not None:
            sessions += [connect() for _ in range(size - 1)]
        self.links = tuple(link(opened) for opened in sessions)
        self._single = self.links[0] if len(self.links) == 1 else None
        self._opened = sessions[1:]

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
        """Close the sessions opened here."""
        for session in self._opened:
            close = getattr(session, "close", None)  # not every session has something to close
            if close is not None:
                close()

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
