"""Notice a call that holds the hot path: it has no deadlines of its own, for those cost more than the work."""

from collections.abc import Callable, Iterable, Iterator
from threading import Event, Thread
from typing import Any, TypeVar

import attrs

from allause.component import DEFAULT_DEADLINE_S
from allause.exceptions import AllauseError, ComponentTimeoutError, StrategyError
from allause.measurement import SystemClock

T = TypeVar("T")
_LOOK_S = 0.1
_monotonic_ns = SystemClock().monotonic_ns


class _GivenUpError(AllauseError):
    """End the hot path's thread after the run has given up."""


@attrs.define(eq=False)
class Watchdog:
    """Run a function on a thread of its own and watch the outside calls it makes.

    Attributes:
        deadline_s: how long one call may take.
        calling: what is being called now: identity of the component, or ``the strategy``, and the method.
        since: when that call began, monotonic nanoseconds; 0 between calls.
    """

    deadline_s: float = DEFAULT_DEADLINE_S
    calling: tuple[str, str] = ("", "")
    since: int = 0
    _given_up: bool = attrs.field(default=False, init=False)

    def watched(self, owner: str, method: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return ``function``, noted as a call of ``method`` of ``owner`` while it runs."""
        label = (owner, method)

        def call(*arguments: Any, **named: Any) -> T:
            if self._given_up:
                raise _GivenUpError
            self.calling, self.since = label, _monotonic_ns()
            try:
                return function(*arguments, **named)
            finally:
                self.since = 0

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
                since = self.since
                if since and _monotonic_ns() - since > self.deadline_s * 1e9:
                    raise self._late()
        finally:
            self._given_up = not done.is_set()
        if raised:
            raise raised[0]

    def _late(self) -> AllauseError:
        owner, method = self.calling
        if not method:
            return StrategyError(f"{owner} gave no answer within {self.deadline_s:g} s")
        return ComponentTimeoutError(f"{owner}: {method}() gave no answer within {self.deadline_s:g} s", owner, method)
