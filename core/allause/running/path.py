"""The event path: stages bound once, one event through all of them, or whatever has arrived."""

import inspect
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from allause.discovery import printable
from allause.exceptions import AllauseError, ComponentError, message_of
from allause.stages import written_out

OnEvent = Callable[[Any], Any]
OnBatch = Callable[[Sequence[Any]], Iterable[Any]]


class EventPath:
    """Hand an event from stage to stage; nothing is looked up, awaited or timed per event.

    A stage is a callable, or an object with ``on_event(event)`` and, when it has one, ``on_batch(events)``. What it
    answers is the next one's event; after None there is no next one. Events are msgspec structs, or bytes before the
    stage that decodes them. A path of which a stage raised is not to be used on: that event went half the way.

    Attributes:
        handle: takes one event through all stages at once and returns what the last one answered, or None.
        put: takes an event that has arrived; from any thread.
    """

    def __init__(self, stages: Mapping[str, object]) -> None:
        """Bind the stages.

        :param stages: in order, by the name that is blamed when one raises: that of the component.

        Raises:
            TypeError: one cannot be called, or is an ``async def``: on this path nobody waits.
        """
        self._names = tuple(stages)
        bound = tuple(_bound(name, stage) for name, stage in stages.items())
        self._batches = tuple(_leading_batches(stages))
        self._arrived: deque[Any] = deque()
        self.put: OnEvent = self._arrived.append
        self.handle: OnEvent = _chain(bound, 0, self._failed)
        self._alone = _chain(bound, len(self._batches), self._failed)

    def drain(self) -> int:
        """Handle what has arrived until now, in order, and return how much that was; never waits for more.

        Raises:
            ComponentError: a stage raised; it is named.
            AllauseError: a stage raised one of the contract's own errors, passed on unchanged.
        """
        arrived, alone = self._arrived, self._alone
        if not self._batches:
            count = len(arrived)
            for _ in range(count):
                alone(arrived.popleft())
            return count
        events: Sequence[Any] = [arrived.popleft() for _ in range(len(arrived))]
        count = len(events)
        for place, on_batch in enumerate(self._batches if events else ()):
            try:
                events = tuple(on_batch(events))  # here, where what a generator raises is its own
            except AllauseError:
                raise
            except (Exception, SystemExit) as error:
                raise self._failed(place, error) from error
        for event in events:
            alone(event)
        return count

    def _failed(self, place: int, error: BaseException) -> ComponentError:
        name = self._names[place]
        return ComponentError(f"{name} raised {printable(message_of(error))} on the event path", name)


def _bound(name: str, stage: object) -> OnEvent:
    function = getattr(stage, "on_event", stage)
    if not callable(function):
        raise TypeError(f"{name}: expected a callable or on_event() of a stage, found {type(stage).__name__}")
    return _at_once(name, function)


def _leading_batches(stages: Mapping[str, object]) -> Iterable[OnBatch]:
    """Yield what the first stages do with batches: behind one that takes none, no event waits for those behind it."""
    for name, stage in stages.items():
        on_batch = getattr(stage, "on_batch", None)
        if on_batch is None:
            return
        if not callable(on_batch):
            raise TypeError(f"{name}: expected on_batch() of a stage, found {type(on_batch).__name__}")
        yield _at_once(name, on_batch)


def _at_once(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{name}: expected a plain def of a stage, found an async def; nobody waits on the event path")
    return function


def _chain(stages: Sequence[OnEvent], first: int, failed: Callable[[int, BaseException], ComponentError]) -> OnEvent:
    """Return a function that calls the stages from ``first`` on, each written out.

    In a loop one place calls all stages, and Python cannot adapt it to any: that costs a tenth of the whole way.
    """
    lines, begins = ["def handle(event):", "    try:", "        pass"], []
    names: dict[str, Any] = {"AllauseError": AllauseError}
    for place in range(first, len(stages)):
        source, meant = written_out(stages[place], f"_{place}")
        begins.append(len(lines) + 1)
        lines += [f"    {line}" for line in source.splitlines()]
        names |= meant

    def blame(error: BaseException) -> ComponentError:
        # which stage raised is told by the line: to note it at every call would cost more than the rest of ``handle``
        line = error.__traceback__.tb_lineno if error.__traceback__ else 0
        return failed(first + bisect_right(begins, line) - 1, error)

    lines += _BLAMING.splitlines()
    names["blame"] = blame
    exec("\n".join(lines), names)  # noqa: S102 - of numbers and names of fields alone, as attrs writes its functions
    return names["handle"]  # type: ignore[no-any-return]  # the source defines it


_BLAMING = """\
    except AllauseError:
        raise
    except (Exception, SystemExit) as error:
        raise blame(error) from error
    return event
"""
