"""Carry out a plan: examine every component, each in children of its own, then run the workflows."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING

import attrs

import allause
from allause.checks import Check, examine
from allause.discovery import ComponentRecord, printable
from allause.evidence import Evidence, gather_static, probes
from allause.isolation import Isolation
from allause.models.report import ComponentReport, Progress, Result, Status, StepResult, WorkflowReport
from allause.validation.planning import Plan

if TYPE_CHECKING:  # slow, and a static look does without
    from allause.isolation import Helper
    from allause.workflows import Workflow

_MOST_LANES = 4
_MANY = 12  # components for which starting one helper more than there are processors pays


class Teller:
    """Tell a watcher of every part that begins."""

    def __init__(self, watcher: Callable[[Progress], None] | None, total: int) -> None:
        self._watcher = watcher
        self._total = total
        self._done = 0
        self._lock = Lock()

    def __call__(self, text: str) -> None:
        """Say that the part ``text`` begins."""
        with self._lock:
            if self._watcher is not None:
                self._watcher(Progress(done=self._done, total=self._total, text=text))
            self._done += 1

    def aside(self, text: str) -> None:
        """Say what is done before the first part."""
        if self._watcher is not None:
            self._watcher(Progress(done=0, total=self._total, text=text))

    def end(self) -> None:
        """Say that every part is done, those that nobody began because nothing was to run in them too."""
        if self._watcher is not None:
            self._watcher(Progress(done=self._total, total=self._total, text="done"))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Examined:
    """Hold one component's report and the evidence it was judged by."""

    report: ComponentReport
    evidence: Evidence


def examine_all(plan: Plan, helper: "Helper", tell: Teller) -> tuple[Examined, ...]:
    """Examine every component of the plan, several at once where processors allow, and return them in its order."""
    processors = 1 if helper.mode is Isolation.NONE else os.cpu_count() or 1
    lanes = lanes_for(len(plan.records), processors)
    if lanes > 1:
        return _examined_by_turns(plan, helper, tell, lanes)
    examined = []
    for record in plan.records:
        tell(f"examining {record.id}")
        previous, beside = plan.previous.get(record.id), processors > 1
        checks, reported = plan.examined(record), plan.checks(record)
        examined.append(examine_one(record, checks, reported, helper, beside=beside, previous=previous))
    return tuple(examined)


def lanes_for(components: int, processors: int) -> int:
    """Return how many components are examined at once."""
    lanes = min(components, _MOST_LANES, processors)
    if 1 < lanes < _MOST_LANES and components >= _MANY:
        lanes += 1  # a processor is idle while what a lane asks travels from one process to the other
    return lanes


def _examined_by_turns(plan: Plan, helper: "Helper", tell: Teller, lanes: int) -> tuple[Examined, ...]:
    """Have each component asked by one lane and, in a process that hashes otherwise, by another one."""
    from allause.evidence import Begun, begin  # noqa: PLC0415 - slow, and a static look does without
    from allause.isolation.lanes import relay  # noqa: PLC0415 - the same

    done: dict[int, Examined] = {}

    def ask(own: "Helper", task: tuple[int, ComponentRecord]) -> tuple[int, ComponentRecord, Begun] | None:
        index, record = task
        tell(f"examining {record.id}")
        try:
            begun = begin(record, own, core_version=allause.__version__, nonce=_nonce())
        except Exception as error:  # noqa: BLE001 - see below
            done[index] = _lost(record, plan.checks(record), error)
            return None
        return index, record, begun

    def conclude(own: "Helper", task: tuple[int, ComponentRecord, Begun]) -> None:
        index, record, begun = task
        checks, reported = plan.examined(record), plan.checks(record)
        previous = plan.previous.get(record.id)
        done[index] = _concluded(record, checks, reported, own, lambda: begun.completed(own), previous)

    with ExitStack() as stack:
        further = [stack.enter_context(helper.another()) for _ in range(lanes - 2)]
        relay(enumerate(plan.records), ask, conclude, helper, helper.other(), *further)
    return tuple(done[index] for index in range(len(plan.records)))


def examine_one(
    record: ComponentRecord,
    checks: Sequence[Check[Evidence]],
    reported: Sequence[Check[Evidence]],
    helper: "Helper",
    *,
    beside: bool = False,
    previous: ComponentReport | None = None,
) -> Examined:
    """Examine one component and report on some of the checks.

    When that fails for a reason of ours, each of its rows is errored and the others of the report stand.

    :param beside: whether probes of it run side by side.
    :param previous: an earlier report of the component to compare with.
    """
    from allause.evidence import gather  # noqa: PLC0415 - slow, and a static look does without

    def seek() -> Evidence:
        return gather(record, helper, core_version=allause.__version__, nonce=_nonce(), beside=beside)

    return _concluded(record, checks, reported, helper, seek, previous)


def _concluded(
    record: ComponentRecord,
    checks: Sequence[Check[Evidence]],
    reported: Sequence[Check[Evidence]],
    helper: "Helper",
    seek: Callable[[], Evidence],
    previous: ComponentReport | None,
) -> Examined:
    """Judge what ``seek`` brings."""
    try:
        evidence = attrs.evolve(seek(), previous=previous)
        if any(check.certifying for check in checks):
            from allause.validation.certifying import with_more  # noqa: PLC0415 - seldom asked for

            evidence = with_more(evidence, checks, helper)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost the other components their rows
        return _lost(record, reported, error)
    return _judged(record, checks, reported, evidence, static=False)


def _nonce() -> str:
    return os.urandom(16).hex()


def examine_source(
    record: ComponentRecord,
    checks: Sequence[Check[Evidence]],
    reported: Sequence[Check[Evidence]],
    extra_sys_path: Sequence[str] = (),
) -> Examined:
    """Examine metadata and source of one component; nothing of it runs."""
    evidence = gather_static(record, core_version=allause.__version__, extra_sys_path=extra_sys_path)
    return _judged(record, checks, reported, evidence, static=True)


def _judged(
    record: ComponentRecord,
    checks: Sequence[Check[Evidence]],
    reported: Sequence[Check[Evidence]],
    evidence: Evidence,
    *,
    static: bool,
) -> Examined:
    codes = {check.code for check in reported}
    report = ComponentReport(
        id=record.id,
        kind=record.kind,
        distribution=record.distribution,
        version=record.version,
        results=tuple(r for r in examine(checks, evidence, static=static) if r.code in codes),
        api=evidence.api,
        pace=_pace(evidence),
    )
    return Examined(report=report, evidence=evidence)


def _pace(evidence: Evidence) -> tuple[float, ...]:
    if not evidence.probed:
        return ()
    seen = evidence.probed.get(probes.Pace)
    return seen.yardsticks if isinstance(seen, probes.Pace) else ()


def _lost(record: ComponentRecord, reported: Sequence[Check[Evidence]], error: Exception) -> Examined:
    reason = f"the examination itself failed: {type(error).__name__}: {error}"
    results = tuple(
        Result(code=check.code, slug=check.slug, status=Status.ERRORED, message=printable(reason, 400))
        for check in reported
    )
    report = ComponentReport(
        id=record.id,
        kind=record.kind,
        distribution=record.distribution,
        version=record.version,
        results=results,
    )
    return Examined(report=report, evidence=gather_static(record, core_version=allause.__version__))


def run_workflow(workflow: "Workflow", plan: Plan, helper: "Helper", seed: int) -> WorkflowReport:
    """Run one workflow, or account for its steps as skipped."""
    reason = plan.skipped.get(workflow.name)
    if reason is None:
        from allause.workflows import examine as examine_workflow  # noqa: PLC0415 - see above

        return examine_workflow(helper, workflow, plan.systems[workflow.name], seed=seed)
    steps = tuple(
        StepResult(name=step, status=Status.SKIPPED, component="", seconds=0.0, message=reason)
        for step in workflow.step_names
    )
    return WorkflowReport(name=workflow.name, status=Status.SKIPPED, steps=steps)
