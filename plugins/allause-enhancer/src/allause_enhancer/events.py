"""The event path: hooks bound once, called with every event or with whatever has arrived."""

from collections import deque
from collections.abc import Callable, Sequence

from allause.models import MarketEvent

OnEvent = Callable[[MarketEvent], object]
OnBatch = Callable[[Sequence[MarketEvent]], object]


class EventPath:
    """Hand events to callables that were looked up once; nothing is looked up, awaited or timed per event.

    A listener has ``on_event(event)``, ``on_batch(events)`` or both; events are msgspec structs.
    """

    def __init__(self, listeners: Sequence[object]) -> None:
        """Bind the listeners' methods.

        Raises:
            TypeError: a listener has neither.
        """
        for listener in listeners:
            if not hasattr(listener, "on_event") and not hasattr(listener, "on_batch"):
                raise TypeError(f"expected on_event or on_batch of a listener, found {type(listener).__name__}")
        self._on_event: tuple[OnEvent, ...] = tuple(each.on_event for each in listeners if hasattr(each, "on_event"))
        self._on_batch: tuple[OnBatch, ...] = tuple(each.on_batch for each in listeners if hasattr(each, "on_batch"))
        self._arrived: deque[MarketEvent] = deque()
        #: Take an event; from any thread.
        self.put: OnEvent = self._arrived.append

    def handle(self, event: MarketEvent) -> None:
        """Hand over one event at once."""
        for on_event in self._on_event:
            on_event(event)
        if self._on_batch:
            batch = (event,)
            for on_batch in self._on_batch:
                on_batch(batch)

    def drain(self) -> int:
        """Hand over what has arrived until now, in order, and return how many; never waits for more."""
        arrived = self._arrived
        batch = [arrived.popleft() for _ in range(len(arrived))]
        if not batch:
            return 0
        for on_event in self._on_event:
            for event in batch:
                on_event(event)
        for on_batch in self._on_batch:
            on_batch(batch)
        return len(batch)
