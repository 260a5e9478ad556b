"""The host's side: one workflow in one isolated child, and what came back held against the plan."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from allause.discovery import ComponentRecord, printable
from allause.exceptions import AllauseError, UsageError
from allause.isolation import Answer, Helper, Limits, Outcome
from allause.measurement import SystemClock
from allause.models.report import Status, StepResult, WorkflowReport
from allause.remote import RemoteComponent
from allause.system import System, one_of_each
from allause.workflows.notes import plainly
from allause.workflows.session import REFERENCE
from allause.workflows.workflow import Workflow, blocked, not_built, overall, run_workflow

#: One workflow, six components and their data.
LIMITS = Limits(wall_s=120.0, cpu_s=120)

_MESSAGE = 600
_monotonic_ns = SystemClock().monotonic_ns


def examine(
    helper: Helper,
    workflow: Workflow,
    records: Sequence[ComponentRecord],
    *,
    seed: int = 0,
    limits: Limits = LIMITS,
    listener: Callable[[str], None] | None = None,
) -> WorkflowReport:
    """Run a workflow in a child of its own and return a result for every planned step.

    A child that dies, hangs or answers something else costs the step it was at, with the cause; the others are blocked.

    :param records: the components to choose from; a kind that is missing or not unique blocks every step.
    :param seed: of every choice.
    :param limits: of the child; ``wall_s`` bounds the whole workflow.
    :param listener: told the name of each step that begins.
    """
    try:
        chosen = one_of_each(records, workflow.kinds)
    except UsageError as error:
        return _report(workflow, [blocked(name, str(error)) for name in workflow.step_names])
    if workflow.hosted:
        return _examine_here(helper, workflow, chosen, seed, limits, listener)
    arguments = {"workflow": workflow.name, "components": {r.kind: r.id for r in chosen}, "seed": seed}
    heard = _Heard(workflow, listener)
    with helper.session(limits=limits) as session:
        answer = session.run(REFERENCE, arguments, deadline_s=limits.wall_s, progress=heard.hear)
    if answer.outcome is not Outcome.RETURNED:
        return _report(workflow, heard.cut_short(_cause(answer)))
    try:
        return _report(workflow, heard.timed(_checked_report(answer.value, workflow)))
    except ValueError as error:
        return _report(
            workflow, [_errored(name, f"the child's report is garbled: {error}") for name in workflow.step_names]
        )


def _examine_here(
    helper: Helper,
    workflow: Workflow,
    records: Sequence[ComponentRecord],
    seed: int,
    limits: Limits,
    listener: Callable[[str], None] | None,
) -> WorkflowReport:
    """Run the steps in this process, on components in children of their own."""
    built: list[RemoteComponent] = []

    def build(record: ComponentRecord, configuration: Mapping[str, Any] | None = None) -> RemoteComponent:
        built.append(RemoteComponent(record, helper, configuration, limits))
        return built[-1]

    def announce(message: Mapping[str, Any]) -> None:
        if listener is not None and "begun" in message:
            listener(message["begun"])

    try:
        with TemporaryDirectory(prefix="allause-workflow-") as folder:
            of_kind = {record.kind: record for record in records}
            system = System({kind: build(record) for kind, record in of_kind.items()}, Path(folder))
            return run_workflow(
                workflow, system, seed=seed, announce=announce,
                rebuild=lambda kind, configuration: build(of_kind[kind], configuration or None),
            )  # fmt: skip # one run
    except AllauseError as error:
        return not_built(workflow, error)
    finally:
        for component in built:
            component.dispose()


@attrs.define(eq=False)
class _Heard:
    """Keep what the child said while it worked: the steps it finished, and what it was doing last."""

    workflow: Workflow
    listener: Callable[[str], None] | None
    finished: list[StepResult] = attrs.field(factory=list)
    calling: str = ""
    seconds: dict[str, float] = attrs.field(factory=dict)
    _began: int = 0

    def hear(self, message: Any) -> None:
        """Take one progress message; one that makes no sense is left out, since the final report decides."""
        if not isinstance(message, Mapping) or len(self.finished) == len(self.workflow.step_names):
            return
        expected = self.workflow.step_names[len(self.finished)]
        if message.get("begun") == expected:
            self._began, self.calling = _monotonic_ns(), ""
            if self.listener is not None:
                self.listener(expected)
        elif isinstance(call := message.get("calling"), str):
            self.calling = printable(call)
        elif "ended" in message:
            try:
                self.finished.append(_checked_step(message["ended"], expected))
            except ValueError:
                return
            self.seconds[expected] = (_monotonic_ns() - self._began) / 1e9

    def timed(self, steps: Sequence[StepResult]) -> list[StepResult]:
        """Return the steps with the seconds that passed here, on the host's clock, between begin and end."""
        return [attrs.evolve(step, seconds=self.seconds.get(step.name, step.seconds)) for step in steps]

    def cut_short(self, cause: str) -> list[StepResult]:
        """Return the steps finished, the one under way errored with the cause, and the others blocked by it."""
        during = f"{cause}, during {self.calling}" if self.calling else cause
        # when every step had ended it was lost while the components were closed a last time
        ended = self.finished if len(self.finished) < len(self.workflow.step_names) else self.finished[:-1]
        lost, *rest = self.workflow.step_names[len(ended) :]
        unreached = [blocked(name, f"not reached: the step {lost!r} was the last one") for name in rest]
        return [*self.timed(ended), _errored(lost, during), *unreached]


def _cause(answer: Answer) -> str:
    if answer.outcome is Outcome.RAISED:
        failure = answer.data["exception"]
        reason = f"{failure['type']}: {failure['message']}"
    else:
        reason = answer.reason
    return printable(f"the workflow's process {answer.outcome.replace('_', ' ')}: {reason}", _MESSAGE)


def _checked_report(value: Any, workflow: Workflow) -> list[StepResult]:
    steps = value.get("steps") if isinstance(value, Mapping) and value.get("name") == workflow.name else None
    if not isinstance(steps, list | tuple) or len(steps) != len(workflow.step_names):
        raise ValueError("it does not hold each planned step once")
    return [_checked_step(step, name) for step, name in zip(steps, workflow.step_names, strict=True)]


def _checked_step(step: Any, name: str) -> StepResult:
    if not isinstance(step, Mapping) or step.get("name") != name:
        raise ValueError(f"where the step {name!r} belongs is something else")
    status, seconds, evidence = step.get("status"), step.get("seconds"), step.get("evidence")
    if not isinstance(status, str) or status not in set(Status):
        raise ValueError(f"the step {name!r} has no known status")
    if not isinstance(seconds, float) or not isfinite(seconds) or seconds < 0:
        raise ValueError(f"the step {name!r} has no duration")
    component, message = step.get("component"), step.get("message")
    whole = isinstance(evidence, Mapping)
    if not (isinstance(component, str) and isinstance(message, str) and whole):
        raise ValueError(f"the step {name!r} lacks its component, message or evidence")
    if status == Status.PASSED and not component:
        raise ValueError(f"the step {name!r} passed without a component that was called")
    return StepResult(
        name=name,
        status=Status(status),
        component=printable(component, _MESSAGE),
        seconds=seconds,
        message=printable(message, _MESSAGE),
        evidence=plainly(evidence),
    )


def _errored(name: str, message: str) -> StepResult:
    return StepResult(name=name, status=Status.ERRORED, component="", seconds=0.0, message=printable(message, _MESSAGE))


def _report(workflow: Workflow, steps: Sequence[StepResult]) -> WorkflowReport:
    return WorkflowReport(name=workflow.name, status=overall(steps), steps=tuple(steps))
