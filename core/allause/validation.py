"""Validate: examine components, run workflows, account for everything planned, and report. Never prints."""

import hashlib
import json
import os
import platform
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

import allause
from allause.checks import VALIDATOR_CHECKS, Accounting, Check, examine, planned
from allause.discovery import ComponentRecord, ComponentState, discover, select
from allause.evidence import Evidence, gather
from allause.exceptions import UsageError
from allause.hookspecs import CONTRACT_VERSION
from allause.isolation import Helper
from allause.kinds import KINDS
from allause.measurement import SystemClock
from allause.models.report import (
    ComponentReport,
    Progress,
    Report,
    Result,
    Status,
    StepResult,
    Summary,
    WorkflowReport,
)
from allause.system import one_of_each
from allause.workflows import WORKFLOWS, Workflow
from allause.workflows import examine as examine_workflow

SCHEMA_VERSION = "1.0"
_FUNCTIONAL = ("CON", "TYP", "BEH", "ASY")
_clock = SystemClock()


@attrs.define
class _Plan:
    """Hold what will be examined; every part of it has to be accounted for."""

    records: tuple[ComponentRecord, ...]
    workflows: tuple[Workflow, ...]
    systems: Mapping[str, tuple[ComponentRecord, ...]]
    skipped: Mapping[str, str]
    certify: bool

    def checks(self, record: ComponentRecord) -> tuple[Check[Evidence], ...]:
        return planned(record.kind, certify=self.certify)

    def names(self) -> Iterator[str]:
        for record in self.records:
            yield from (f"{record.id} {check.code}" for check in self.checks(record))
        for workflow in self.workflows:
            yield from (f"{workflow.name} {step}" for step in workflow.step_names)

    def digest(self) -> str:
        """Return the SHA-256 of everything planned, contract version included."""
        text = json.dumps([CONTRACT_VERSION, *sorted(self.names())])
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def validate(
    components: Sequence[str] = (),
    *,
    workflows: bool = True,
    certify: bool = False,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Examine components and run the workflows they take part in.

    A workflow whose other kinds are not installed is skipped, visibly: its steps stay in the plan.

    :param components: identities or unambiguous names; every installed component when empty.
    :param workflows: whether to plan workflows at all.
    :param certify: whether to plan the checks that only a certificate asks for.
    :param seed: of the workflows' order flow and faults.
    :param progress: told of every part that begins.

    Raises:
        UsageError: an unknown or ambiguous name.
        ValidatorError: the isolation cannot be set up.
    """
    started, start = datetime.now(UTC), _clock.monotonic_ns()
    found = discover()
    plan = _plan(found, select(found, components) if components else found, workflows=workflows, certify=certify)
    total = len(plan.records) + len(plan.workflows)
    done = 0

    def tell(text: str) -> None:
        nonlocal done
        if progress is not None:
            progress(Progress(done=done, total=total, text=text))
        done += 1

    with Helper() as helper:
        reports = [_component(record, plan, helper, tell) for record in plan.records]
        ran = [_workflow(workflow, plan, helper, seed, tell) for workflow in plan.workflows]
        environment = _environment(helper)
    tell("done")
    notices = [f"workflow {name} was skipped: {why}" for name, why in plan.skipped.items()]
    if not workflows:
        notices.append("workflows were left out on request: this is a partial validation")
    failures = list(_validator_findings(plan, reports, ran))
    summary = _summary(reports, ran, sum(1 for _ in plan.names()))
    return Report(
        schema_version=SCHEMA_VERSION,
        allause_version=allause.__version__,
        contract_version=CONTRACT_VERSION,
        plan_digest=plan.digest(),
        seed=seed,
        started_at=started.isoformat(timespec="seconds"),
        duration_s=(_clock.monotonic_ns() - start) / 1e9,
        environment=environment,
        components=tuple(reports),
        workflows=tuple(ran),
        summary=summary,
        exit_code=_exit_code(summary, reports, failures),
        notices=(*failures, *notices),
    )


def _plan(
    found: Sequence[ComponentRecord], chosen: Sequence[ComponentRecord], *, workflows: bool, certify: bool
) -> _Plan:
    systems: dict[str, tuple[ComponentRecord, ...]] = {}
    skipped: dict[str, str] = {}
    concerned = {record.kind for record in chosen}
    concerning = [w for w in WORKFLOWS if workflows and concerned & set(w.kinds)]
    for workflow in concerning:
        # a component named on the command line stands for its kind, beside the others that are installed
        named = {record.kind for record in chosen if record.state is not ComponentState.BROKEN}
        offered = [r for r in found if r in chosen or r.kind not in named]
        try:
            systems[workflow.name] = one_of_each(offered, workflow.kinds)
        except UsageError as error:
            skipped[workflow.name] = str(error)
    return _Plan(records=tuple(chosen), workflows=tuple(concerning), systems=systems, skipped=skipped, certify=certify)


def _component(record: ComponentRecord, plan: _Plan, helper: Helper, tell: Callable[[str], None]) -> ComponentReport:
    tell(f"examining {record.id}")
    evidence = gather(record, helper, core_version=allause.__version__, nonce=secrets.token_hex(16))
    return ComponentReport(
        id=record.id,
        kind=record.kind,
        distribution=record.distribution,
        version=record.version,
        results=examine(plan.checks(record), evidence),
    )


def _workflow(
    workflow: Workflow, plan: _Plan, helper: Helper, seed: int, tell: Callable[[str], None]
) -> WorkflowReport:
    tell(f"running workflow {workflow.name}")
    reason = plan.skipped.get(workflow.name)
    if reason is None:
        return examine_workflow(helper, workflow, plan.systems[workflow.name], seed=seed)
    steps = tuple(
        StepResult(name=step, status=Status.SKIPPED, component="", seconds=0.0, message=reason)
        for step in workflow.step_names
    )
    return WorkflowReport(name=workflow.name, status=Status.SKIPPED, steps=steps)


def _validator_findings(
    plan: _Plan, reports: Iterable[ComponentReport], ran: Iterable[WorkflowReport]
) -> Iterator[str]:
    accounted = [(f"{report.id} {result.code}", result.status) for report in reports for result in report.results]
    accounted += [(f"{workflow.name} {step.name}", step.status) for workflow in ran for step in workflow.steps]
    accounting = Accounting(planned=tuple(plan.names()), accounted=tuple(accounted))
    for check in VALIDATOR_CHECKS:
        for finding in check.function(accounting):
            yield f"{check.code} {check.slug}: {finding.message}; {finding.fix}"


def _summary(reports: Sequence[ComponentReport], ran: Sequence[WorkflowReport], planned: int) -> Summary:
    results: list[Result] = [result for report in reports for result in report.results]
    steps: list[StepResult] = [step for workflow in ran for step in workflow.steps]
    count = Counter([*(result.status for result in results), *(step.status for step in steps)])
    functional = [result.status for result in results if result.code.startswith(_FUNCTIONAL)]
    return Summary(
        planned=planned,
        passed=count[Status.PASSED],
        failed=count[Status.FAILED],
        errored=count[Status.ERRORED],
        blocked=count[Status.BLOCKED],
        skipped=count[Status.SKIPPED],
        inconclusive=count[Status.INCONCLUSIVE],
        functionality=_share(functional),
        integration=_share([step.status for step in steps]),
    )


def _share(statuses: Sequence[Status]) -> float | None:
    return statuses.count(Status.PASSED) / len(statuses) if statuses else None


def _exit_code(summary: Summary, reports: Sequence[ComponentReport], failures: Sequence[str]) -> int:
    broken_checks = any(result.status is Status.ERRORED for report in reports for result in report.results)
    if failures or broken_checks:
        return 3
    if summary.failed or summary.errored or summary.blocked:
        return 1
    return 4 if summary.inconclusive else 0


def _environment(helper: Helper) -> Mapping[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count() or 0,
        "isolation": dict(helper.describe()),
        "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        "executable": sys.implementation.cache_tag or "",
        "kinds": list(KINDS),
    }
