"""The journal of a component without a directory: it counts events and keeps none."""

from collections.abc import Iterator

import attrs

from allause_execution.orders.events import Event


@attrs.frozen
class Noted:
    """Stand for an event that is as safe as it will be."""

    done: bool = True
    error: str = ""


#: The ticket of every event that nothing is written of.
NOTED = Noted()


class VolatileJournal:
    """Take the place of a ``Journal`` where nothing shall be written; no restart finds anything.

    Attributes:
        name: for messages.
        broken: why it cannot be used; it always can until it is closed.
        events_written: since it was made.
        commits: none.
    """

    name = "the journal in memory"
    commits = 0

    def __init__(self) -> None:
        self.broken = ""
        self.events_written = 0

    def replay(self) -> Iterator[Event]:
        """Yield nothing."""
        return iter(())

    def enqueue(self, _body: bytes, *, durable: bool = False) -> Noted:  # noqa: ARG002  as the journal's
        """Count an event."""
        self.events_written += 1
        return NOTED

    def flush(self, _ticket: Noted) -> None:
        """Do nothing: there is no disk to wait for."""

    def verify(self) -> str:
        """Find nothing wrong."""
        return self.broken

    def close(self) -> None:
        """Take no more."""
        self.broken = self.broken or f"{self.name} is closed"
