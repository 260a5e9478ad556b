"""The engine: named steps run in order, each observed, timed and given a status."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

import attrs

from allause.component import Component
from allause.discovery import construct, printable
from allause.exceptions import AllauseError, ComponentError, ValidatorError
from allause.measurement import SystemClock
from allause.models.report import Status, StepResult, WorkflowReport
from allause.system import System
from allause.venue import InProcessSession, Venue
from allause.workflows.notes import calls, plainly
from allause.workflows.scene import CALL_DEADLINE_S, Announce, NotOffered, Rebuild, Scene, StepFailed

START, CLOSE = "start", "close"
_MESSAGE = 500
_monotonic_ns = SystemClock().monotonic_ns
_WORST_FIRST = (Status.FAILED, Status.ERRORED, Status.BLOCKED, Status.SKIPPED, Status.INCONCLUSIVE)


class Script(Protocol):
    """Stand for the object whose methods are a workflow's steps; it hands facts from one step to the next."""

    @property
    def scene(self) -> Scene:
        """Return the scene it was made for."""
        ...


@attrs.frozen
class Step:
    """Name one thing that the components must do together.

    Attributes:
        name: unique within its workflow.
        function: takes the script, returns None, and raises ``StepFailed``, ``NotOffered`` or an ``AllauseError``.
        needs: steps that must have passed before.
    """

    name: str
    function: Callable[[Any], None]
    needs: tuple[str, ...] = ()


def _start(script: Script) -> None:
    scene = script.scene
    scene.system.start(seed=scene.seed, venue=scene.session, calling=scene.calling)


def _close(script: Script) -> None:
    scene = script.scene
    problems = list(scene.system.close(calling=scene.calling))
    closed = {trace.component for trace in scene.traces}
    hung = [component.id for component in scene.system.components.values() if component.id not in closed]
    problems += [f"{identity} hung before and cannot be closed" for identity in hung]
    problems += [problem for system in reversed(scene.started) for problem in system.close(calling=scene.calling)]
    if problems:
        raise StepFailed("; ".join(problems))


@attrs.frozen(kw_only=True)
class Workflow:
    """Describe one end-to-end workflow.

    Attributes:
        name: a stable word.
        title: for people.
        kinds: the components it needs, in the order of their start.
        script: makes the object whose methods the steps are.
        steps: in order; starting and closing the components are planned around them.
        hosted: whether the steps run in the host, each component in a child of its own, so that the venue is out of
            their reach; the others run in the components' child.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    script: Callable[[Scene], Script]
    steps: tuple[Step, ...]
    hosted: bool = False

    @property
    def planned(self) -> tuple[Step, ...]:
        """Return every step that has to run; each but the last also needs the start."""
        inner = tuple(attrs.evolve(step, needs=(START, *step.needs)) for step in self.steps)
        return (Step(START, _start), *inner, Step(CLOSE, _close))

    @property
    def step_names(self) -> tuple[str, ...]:
        """Return the names of the planned steps."""
        return tuple(step.name for step in self.planned)


def run_workflow(
    workflow: Workflow,
    system: System,
    *,
    seed: int = 0,
    rebuild: Rebuild | None = None,
    announce: Announce | None = None,
    deadline_s: float = CALL_DEADLINE_S,
) -> WorkflowReport:
    """Run every planned step on a system that was not started yet, and leave it closed.

    :param seed: of every choice; the same seed gives the same orders.
    :param rebuild: builds another instance of a kind; calls the class of the present instance when left out.
    :param announce: told of what begins and ends, as plain mappings.
    :param deadline_s: of one call.
    """
    venue = Venue(seed=seed)
    scene = Scene(
        system=system,
        seed=seed,
        venue=venue,
        session=InProcessSession(venue),
        rebuild=rebuild or _another(system),
        announce=announce or _unheard,
        deadline_s=deadline_s,
    )
    script = workflow.script(scene)
    system.observe(scene.seen)
    results: dict[str, StepResult] = {}
    for step in workflow.planned:
        scene.announce({"begun": step.name})
        scene.begin(workflow.name, step.name)
        results[step.name] = result = _run(step, script, results)
        scene.announce({"ended": attrs.asdict(result)})
    return WorkflowReport(name=workflow.name, status=overall(results.values()), steps=tuple(results.values()))


def overall(results: Iterable[StepResult]) -> Status:
    """Return PASSED when every step passed, else the worst status among them."""
    found = {result.status for result in results}
    return next((status for status in _WORST_FIRST if status in found), Status.PASSED)


def _run(step: Step, script: Script, before: Mapping[str, StepResult]) -> StepResult:
    missing = [name for name in step.needs if before[name].status is not Status.PASSED]
    if missing:
        return blocked(step.name, f"needs the step {missing[0]!r}, which did not pass")
    scene = script.scene
    lost = [component.lost for component in scene.system.components.values() if component.lost]
    if lost:
        return blocked(step.name, f"not reached: {lost[0]}")
    start = _monotonic_ns()
    status, message = _outcome(step, script)
    seconds = (_monotonic_ns() - start) / 1e9
    return StepResult(
        name=step.name,
        status=status,
        component=", ".join(dict.fromkeys(trace.component for trace in scene.traces)),
        seconds=seconds,
        message=printable(message, _MESSAGE),
        evidence={**scene.evidence, "calls": calls(scene.traces)},
    )


def _outcome(step: Step, script: Script) -> tuple[Status, str]:
    try:
        step.function(script)
    except NotOffered as error:
        return Status.NOT_APPLICABLE, str(error)
    except ValidatorError as error:
        return Status.ERRORED, str(error)
    except (StepFailed, AllauseError) as error:
        return Status.FAILED, str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001 - whatever else our own code raises must not end the other steps
        return Status.ERRORED, f"the step itself failed: {type(error).__name__}: {error} ({_place(error)})"
    if not script.scene.traces:
        return Status.FAILED, "it passed without calling a component"
    return Status.PASSED, ""


def blocked(name: str, reason: str) -> StepResult:
    """Return the result of a step that could not run."""
    return StepResult(name=name, status=Status.BLOCKED, component="", seconds=0.0, message=printable(reason, _MESSAGE))


def not_built(workflow: Workflow, error: AllauseError) -> WorkflowReport:
    """Report a system that cannot even be built as a start that failed."""
    names = iter(workflow.step_names)
    identity = error.component if isinstance(error, ComponentError) else ""
    first = StepResult(
        name=next(names), status=Status.FAILED, component=identity, seconds=0.0, message=plainly(str(error))
    )
    steps = (first, *(blocked(name, f"needs the step {START!r}, which did not pass") for name in names))
    return WorkflowReport(name=workflow.name, status=overall(steps), steps=steps)


def _place(error: Exception) -> str:
    frame = extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _another(system: System) -> Rebuild:
    def rebuild(kind: str, configuration: Mapping[str, Any]) -> Component:
        present = system[kind]
        return construct(present.id, present.kind, type(present.instance), configuration or None)

    return rebuild


def _unheard(_: Mapping[str, Any]) -> None:
    """Take what nobody listens to."""
