"""What a workflow's steps act on: the live system, the venue, the random source, and what they note down."""

from collections import Counter
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

import attrs

from allause.component import CallTrace, Component
from allause.exceptions import ComponentError
from allause.measurement import SystemClock
from allause.models.venue import VenueSession
from allause.system import System
from allause.venue import Venue
from allause.workflows.notes import plainly

#: Deadline of one call; a component that needs longer for these small inputs is not usable.
CALL_DEADLINE_S = 5.0

Rebuild = Callable[[str, Mapping[str, Any]], Component]
Announce = Callable[[Mapping[str, Any]], None]
_monotonic_ns = SystemClock().monotonic_ns


class StepFailed(Exception):  # noqa: N818 - it states an outcome, it does not report an error of ours
    """State that a component did not do what the step demands: who, what was expected, what was found."""


class NotOffered(Exception):  # noqa: N818 - the same
    """State that a component does not offer what the step is about, and refused it as the contract asks."""


@attrs.define(eq=False)
class Scene:
    """Hold what the steps of one run share.

    Attributes:
        system: the live components.
        seed: of the run.
        venue: the exam venue; its log is the truth.
        session: what the trading component is given at its start.
        rebuild: builds another instance of the system's component of a kind, from a configuration.
        announce: told of every step and of every method before it is called.
        deadline_s: of one call.
        random: seeded anew for each step, so that a step draws the same whatever went before.
        traces: calls of the present step.
        counted: calls of the whole run, by component and method.
        evidence: notes of the present step.
        started: what a step started besides the system; it is closed with it.
    """

    system: System
    seed: int
    venue: Venue
    session: VenueSession
    rebuild: Rebuild
    announce: Announce
    deadline_s: float = CALL_DEADLINE_S
    random: Random = attrs.field(factory=Random)
    traces: list[CallTrace] = attrs.field(factory=list)
    counted: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    evidence: dict[str, Any] = attrs.field(factory=dict)
    started: list[System] = attrs.field(factory=list)
    _announced: str = ""
    _lock: Lock = attrs.field(factory=Lock)

    def begin(self, workflow: str, step: str) -> None:
        """Make ready for a step."""
        self.random = Random(f"{workflow}/{step}/{self.seed}")  # noqa: S311 - a repeatable draw, no secret
        self.traces, self.evidence, self._announced = [], {}, ""

    def note(self, **evidence: object) -> None:
        """Keep facts for the report; they are cut to plain, small data."""
        self.evidence.update({name: plainly(value) for name, value in evidence.items()})

    def directory(self, name: str) -> Path:
        """Return an empty private folder."""
        folder = self.system.directory / name
        folder.mkdir(parents=True)
        return folder

    def ask(self, kind: str, method: str, /, *, deadline_s: float | None = None, **arguments: Any) -> Any:
        """Call a method of the component of that kind and return its value.

        Raises:
            AllauseError: what the component raised, as ``Component.call`` gives it.
        """
        return self.ask_component(self.system[kind], method, deadline_s=deadline_s, **arguments)

    def stream(self, kind: str, method: str, count: int, /, **arguments: Any) -> Any:
        """Call a method that answers a stream of which ``count`` items will be taken."""
        component = self.system[kind]
        self.calling(component, method)
        return component.take(method, count, deadline_s=self.deadline_s, **arguments)

    def ask_component(
        self, component: Component, method: str, /, *, deadline_s: float | None = None, **arguments: Any
    ) -> Any:
        """Call a method of a component, which need not be one of the system."""
        self.calling(component, method)
        return component.call(method, deadline_s=deadline_s or self.deadline_s, **arguments)

    def hot(self, kind: str, method: str) -> Callable[..., Any]:
        """Return a method bound for the hot path; one that its author wrote as a coroutine goes through ``ask``.

        Its calls are traced like every other.
        """
        component = self.system[kind]
        bound = component.bind(method)
        if iscoroutinefunction(bound):
            return lambda **arguments: self.ask(kind, method, **arguments)

        def call(**arguments: Any) -> Any:
            start = _monotonic_ns()
            error = ""
            try:
                return bound(**arguments)
            except (Exception, SystemExit) as raised:
                error = f"{type(raised).__name__}: {raised}"
                raise ComponentError(f"{component.id}: {method}() raised {error}", component.id, method) from raised
            finally:
                elapsed = _monotonic_ns() - start
                self.seen(CallTrace(component=component.id, method=method, nanoseconds=elapsed, error=error))

        self.calling(component, method)
        return call

    def refused(self, expected: type[Exception], kind: str, method: str, /, **arguments: Any) -> str:
        """Call a method that must raise ``expected`` and return the text of that error.

        Raises:
            StepFailed: it answered, or raised something else.
        """
        try:
            value = self.ask(kind, method, **arguments)
        except expected as error:
            return plainly(str(error))  # type: ignore[no-any-return] # text stays text
        except ComponentError as error:
            if isinstance(error.__cause__, expected):
                return plainly(str(error.__cause__))  # type: ignore[no-any-return] # text stays text
            raise StepFailed(f"expected {expected.__name__}, but {error}") from None
        found = f"it answered {type(value).__name__}"
        raise StepFailed(f"{self.system[kind].id}: {method}() had to raise {expected.__name__}, but {found}")

    def watch(self, component: Component) -> Component:
        """Trace a component that was built during a step."""
        component.observer = self.seen
        return component

    def seen(self, trace: CallTrace) -> None:
        """Take note of a call that ended."""
        with self._lock:
            self.traces.append(trace)
            self.counted[trace.component, trace.method] += 1

    def own_calls(self, kind: str) -> int:
        """Return how many calls of the kind's own methods its component has had."""
        component = self.system[kind]
        return sum(self.counted[component.id, method] for method in component.kind.own_methods)

    def calling(self, component: Component, method: str) -> None:
        """Announce a call, unless the last one announced was the same."""
        call = f"{component.id} {method}()"
        if call != self._announced:
            self._announced = call
            self.announce({"calling": call})
