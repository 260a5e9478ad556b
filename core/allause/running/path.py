"""The event path: stages bound once, one event through all of them, or whatever has arrived."""

import inspect
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from allause.discovery import printable
from allause.exceptions import AllauseError, ComponentError

OnEvent = Callable[[Any], Any]
OnBatch = Callable[[Sequence[Any]], Sequence[Any]]


class EventPath:
    """Hand an event from stage to stage; nothing is looked up, awaited or timed per event.

    A stage is a callable, or an object with ``on_event(event)`` and, when it has one, ``on_batch(events)``. What it
    answers is the next one's event; after None there is no next one. Events are msgspec structs, or bytes before the
    stage that decodes them.
    """

    def __init__(self, stages: Mapping[str, object]) -> None:
        """Bind the stages.

        :param stages: in order, by the name that is blamed when one raises: that of the component.

        Raises:
            TypeError: one cannot be called, or is an ``async def``: on this path nobody waits.
        """
        self._names = tuple(stages)
        self._stages = tuple(_bound(name, stage) for name, stage in stages.items())
        # from the first stage that takes no batch on, every event goes on alone, so that an order does not wait for
        # the events behind it
        batches = takewhile(callable, (getattr(stage, "on_batch", None) for stage in stages.values()))
        self._batches: tuple[OnBatch, ...] = tuple(batches)
        self._rest = self._stages[len(self._batches) :]
        self._arrived: deque[Any] = deque()
        #: Take an event; from any thread.
        self.put: OnEvent = self._arrived.append

    def handle(self, event: Any) -> Any:
        """Take one event through all stages at once and return what the last one answered, or None.

        Raises:
            ComponentError: a stage raised; it is named.
            AllauseError: a stage raised one of the contract's own errors, passed on unchanged.
        """
        stage = None
        try:
            for stage in self._stages:
                event = stage(event)
                if event is None:
                    return None
        except AllauseError:
            raise
        except (Exception, SystemExit) as error:
            raise self._failed(self._stages.index(stage) if stage else 0, error) from error
        return event

    def drain(self) -> int:
        """Handle what has arrived until now, in order, and return how much that was; never waits for more.

        Raises:
            ComponentError: as ``handle``; what was drained with that event is not handled again.
            AllauseError: the same.
        """
        arrived = self._arrived
        events: Sequence[Any] = [arrived.popleft() for _ in range(len(arrived))]
        count, place = len(events), 0
        if count == 0:
            return 0
        try:
            for on_batch in self._batches:
                events = on_batch(events)
                place += 1
            for event in events:
                place = len(self._batches)
                for stage in self._rest:
                    event = stage(event)  # noqa: PLW2901 - what goes on is the answer
                    if event is None:
                        break
                    place += 1
        except AllauseError:
            raise
        except (Exception, SystemExit) as error:
            raise self._failed(place, error) from error
        return count

    def _failed(self, place: int, error: BaseException) -> ComponentError:
        name = self._names[place]
        text = f"{type(error).__name__}: {printable(str(error)) or 'no message'}"
        return ComponentError(f"{name} raised {text} on the event path", name)


def _bound(name: str, stage: object) -> OnEvent:
    function = getattr(stage, "on_event", stage)
    if not callable(function):
        raise TypeError(f"{name}: expected a callable or on_event() of a stage, found {type(stage).__name__}")
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{name}: expected a plain def of a stage, found an async def; nobody waits on the event path")
    return function
