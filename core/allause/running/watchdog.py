"""Notice a call that holds the hot path: it has no deadlines of its own, for those cost more than the work."""

from collections.abc import Callable, Iterable, Iterator
from threading import Event, Thread
from typing import Any, TypeVar

import attrs

from allause.component import DEFAULT_DEADLINE_S
from allause.exceptions import AllauseError, ComponentTimeoutError, StrategyError
from allause.running.board import Board, Label

T = TypeVar("T")
_LOOK_S = 0.1


class _GivenUpError(AllauseError):
    """End the hot path's thread after the run has given up."""


def too_late(label: Label) -> AllauseError:
    """Return the error that names a call which took longer than its deadline."""
    message = f"{label.text} gave no answer within {label.deadline_s:g} s"
    return ComponentTimeoutError(message, label.component) if label.component else StrategyError(message)


@attrs.define(eq=False)
class Watchdog:
    """Run a function on a thread of its own and watch the outside calls it makes.

    Attributes:
        board: where each call is noted.
        deadline_s: how long one call may take.
    """

    board: Board = attrs.field(factory=Board)
    deadline_s: float = DEFAULT_DEADLINE_S
    _given_up: bool = attrs.field(default=False, init=False)

    def watched(self, owner: str, method: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return ``function``, noted as a call of ``method`` of ``owner`` while it runs; the strategy has no method."""
        label = Label(f"{owner}: {method}()" if method else owner, owner if method else "", self.deadline_s)
        number, board = self.board.number(label), self.board

        def call(*arguments: Any, **named: Any) -> T:
            if self._given_up:
                raise _GivenUpError
            board.begin(number)
            try:
                return function(*arguments, **named)
            finally:
                board.end()

        return call

    def each(self, owner: str, method: str, items: Iterable[T]) -> Iterator[T]:
        """Yield ``items``, each step noted as a call."""
        step = self.watched(owner, method, iter(items).__next__)
        while True:
            try:
                item = step()
            except StopIteration:
                return
            yield item

    def run(self, function: Callable[[], None]) -> None:
        """Run ``function`` and pass on what it raises.

        Raises:
            ComponentTimeoutError: a component held it for longer than the deadline.
            StrategyError: the strategy did.
        """
        done = Event()
        raised: list[BaseException] = []

        def work() -> None:
            try:
                function()
            except BaseException as error:  # noqa: BLE001 - passed on to the caller below
                raised.append(error)
            finally:
                done.set()

        # a daemon, so that a call that never ends cannot keep the process
        Thread(target=work, name="allause-hot-path", daemon=True).start()
        try:
            while not done.wait(_LOOK_S):
                if label := self.board.late():
                    raise too_late(label)
        finally:
            self._given_up = not done.is_set()
        if raised:
            raise raised[0]
