"""What the engine asks of a journal."""

from collections.abc import Iterator
from typing import Any, Protocol

from allause_execution.orders.events import Event


class Ticket(Protocol):
    """Stand for an event on its way to the disk."""

    @property
    def done(self) -> bool:
        """Tell whether it is as safe as it will be."""
        ...

    @property
    def error(self) -> str:
        """Return why it is not, empty when nothing failed."""
        ...


class Sink(Protocol):
    """Stand for where events go, in one order."""

    @property
    def name(self) -> str:
        """Return how to call it in a message."""
        ...

    @property
    def broken(self) -> str:
        """Return why nothing is written any more; empty while it is."""
        ...

    @property
    def events_written(self) -> int:
        """Return the number of events in it."""
        ...

    @property
    def commits(self) -> int:
        """Return the number of commits made."""
        ...

    def replay(self) -> Iterator[Event]:
        """Yield every event in order, before anything is written."""
        ...

    def enqueue(self, body: bytes, *, durable: bool = False) -> Any:
        """Fix the place of an encoded event in the order of events and return its ticket."""
        ...

    def flush(self, ticket: Any) -> None:
        """Return when the ticket's event, and all before it, are committed."""
        ...

    def verify(self) -> str:
        """Return what is wrong with what was written; empty when nothing is."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...
