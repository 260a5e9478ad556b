"""One order on its way out, and who wait for what becomes of it."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from allause.models.orders import OrderIntent, OrderReport
from allause_execution.orders.order import Order
from allause_execution.orders.sink import Ticket


class Way(Protocol):
    """Stand for the lane in which orders leave."""

    @property
    def done(self) -> bool:
        """Tell whether all have left or are leaving."""
        ...

    def wait(self, departure: "Departure", /) -> None:
        """Return when an order left or never will."""
        ...

    def withdraw(self, departure: "Departure", failure: Exception | None = None) -> None:
        """Let an order not leave any more, unless it is leaving."""
        ...

    def send_all(self) -> None:
        """Return when nothing waits to be sent."""
        ...


class Departure(msgspec.Struct, eq=False, gc=False):  # whatever awaits it is let go when it is told
    """Hold an order that was let in.

    Attributes:
        order: as the state has it.
        intent: what is sent.
        ticket: of its journalled intent.
        lane: in which it leaves.
        sent: whether it was given to the venue, or is just now.
        report: how it stands, when it left.
        failure: why it did not.
        done: whether one of the two is known.
        awaited: on event loops.
    """

    order: Order
    intent: OrderIntent
    ticket: Ticket | None
    lane: Way
    sent: bool = False
    report: OrderReport | None = None
    failure: Exception | None = None
    done: bool = False
    awaited: tuple["Future[None]", ...] = ()

    def outcome(self) -> OrderReport:
        """Return how the order stands; it has to be done.

        Raises:
            Exception: why it did not leave.
        """
        if self.failure is not None:
            raise self.failure
        assert self.report is not None
        return self.report


def tell_loops(departures: Sequence[Departure]) -> None:
    """Wake whoever awaits the departures, each event loop once."""
    if not departures:
        return
    loops: dict[AbstractEventLoop, list[Future[None]]] = {}
    for departure in departures:
        for future in departure.awaited:
            loops.setdefault(future.get_loop(), []).append(future)
        departure.awaited = ()
    for loop, futures in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody is left there who could be told
            loop.call_soon_threadsafe(_wake, futures)


def _wake(futures: Iterable["Future[None]"]) -> None:
    for future in futures:
        if not future.done():  # whoever gave up waiting has cancelled it
            future.set_result(None)
