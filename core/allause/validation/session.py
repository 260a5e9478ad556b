"""One validation from request to report."""

import os
import platform
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

import allause
from allause.checks import waive
from allause.discovery import ComponentRecord, ComponentState, contributors, discover, select
from allause.hookspecs import CONTRACT_VERSION
from allause.isolation import Isolation
from allause.kinds import KINDS
from allause.measurement import SystemClock
from allause.models.report import ComponentReport, Control, Progress, Report, Result, WorkflowReport
from allause.models.waiver import Waiver
from allause.validation.accounting import exit_code, judge_validation, judge_waivers, summarize, told, waived
from allause.validation.execution import Examined, Teller, examine_all, examine_source, run_workflow
from allause.validation.planning import Plan, make_plan
from allause.validation.request import SAMPLE, FailOn, Request

SCHEMA_VERSION = "1.1"
_clock = SystemClock()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class _Seen:
    """Hold what carrying out a plan brought."""

    examined: tuple[Examined, ...]
    workflows: tuple[WorkflowReport, ...] = ()
    controls: tuple[Control, ...] = ()
    isolation: Mapping[str, Any]
    slowed: tuple[str, ...] = ()


def validate(
    components: Sequence[str] = (),
    *,
    workflows: bool = True,
    certify: bool = False,
    fast: bool = False,
    seed: int = 0,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    waivers: Sequence[Waiver] = (),
    fail_on: FailOn | str = FailOn.INCONCLUSIVE,
    plugin_checks: bool = False,
    isolation: Isolation | str = Isolation.HARDENED,
    deadline_s: float = 20.0,
    against: Report | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Examine components and run the workflows they take part in.

    A workflow whose other kinds are not installed is skipped, visibly: its steps stay in the plan. One that could be
    formed if it were known which of several components is meant is no pass, unless components were named.

    :param components: identities or unambiguous names; paths of source checkouts or wheels, which are installed into a
        folder that is thrown away; every installed component when empty.
    :param workflows: whether to plan workflows at all.
    :param certify: whether to plan the checks that only a certificate asks for, and to examine controls.
    :param fast: whether to look at metadata and source alone; no code of a component runs.
    :param seed: of the workflows' order flow and faults.
    :param select: codes, slugs or families of the checks to report on, without workflows; all when empty.
    :param ignore: those to leave out.
    :param waivers: findings accepted for a time.
    :param fail_on: the mildest outcome for which the exit code is not 0.
    :param plugin_checks: whether checks that distributions contribute run too; they run once ours are judged.
    :param isolation: how much is taken away from components: hardened, process or none.
    :param deadline_s: seconds that one call of a component may take; less once it has taken them.
    :param against: an earlier report; checks that compare with one are planned for the components in it.
    :param progress: told of every part that begins, from one thread at a time.

    Raises:
        UsageError: an unknown or ambiguous name of a component or a check, a value of another type or none of those
            possible, a path that cannot be installed, or a certificate without isolation.
        ValidatorError: the isolation cannot be set up.
    """
    request = Request(
        components=components,
        workflows=workflows,
        certify=certify,
        fast=fast,
        seed=seed,
        select=select,
        ignore=ignore,
        waivers=waivers,
        fail_on=fail_on,
        plugin_checks=plugin_checks,
        isolation=isolation,
        deadline_s=deadline_s,
        against=against,
    )
    return carry_out(request, progress)


def carry_out(request: Request, progress: Callable[[Progress], None] | None = None) -> Report:
    """Do what a request asks for and report; see ``validate``."""
    if not request.components:
        return _carried_out(request, progress)
    from allause.installation import installed  # noqa: PLC0415 - slow, and only what is named can be a path

    def announce(text: str) -> None:
        if progress is not None:
            progress(Progress(done=0, total=len(request.components), text=text))

    start = _clock.monotonic_ns()
    with installed(request.components, announce, certify=request.certify) as offer:
        wanted = attrs.evolve(request, components=offer.names, extra_sys_path=offer.extra_sys_path)
        report = _carried_out(wanted, progress)
    return attrs.evolve(
        report,
        components=tuple(attrs.evolve(each, path=offer.paths.get(each.id, "")) for each in report.components),
        notices=(*offer.notices, *report.notices),
        duration_s=(_clock.monotonic_ns() - start) / 1e9,  # building what was named by its path included
    )


def _carried_out(request: Request, progress: Callable[[Progress], None] | None) -> Report:
    started, start = datetime.now(UTC), _clock.monotonic_ns()
    hidden: list[str] = []
    found = discover((*request.extra_sys_path, *sys.path), tell=hidden.append)
    plan = make_plan(request, found, select(found, request.components, paths=True) if request.components else found)
    controls = 1 + SAMPLE if request.certify else 0
    tell = Teller(progress, len(plan.records) + len(plan.workflows) + controls)
    before = _digests(request, plan)
    seen = _seen(request, plan, tell)
    after = _digests(request, plan)
    contributed, unheard = _contributed(request, seen.examined)
    tell.end()
    reports: Sequence[ComponentReport] = [
        attrs.evolve(
            each.report,
            results=each.report.results + contributed.get(each.report.id, ()),
            digest=before.get(each.report.id, ""),
        )
        for each in seen.examined
    ]
    accepted = waived(request, plan, reports)
    reports = waive(reports, accepted)
    validation = (*judge_waivers(accepted), *judge_validation(plan, reports, seen.workflows, seen.controls, after))
    summary = summarize(reports, seen.workflows)
    partial = tuple(request.partial())
    return Report(
        schema_version=SCHEMA_VERSION,
        allause_version=allause.__version__,
        contract_version=CONTRACT_VERSION,
        plan_digest=plan.digest(),
        seed=request.seed,
        started_at=started.isoformat(timespec="seconds"),
        duration_s=(_clock.monotonic_ns() - start) / 1e9,
        environment=_environment(seen.isolation, found),
        components=tuple(reports),
        workflows=seen.workflows,
        summary=summary,
        exit_code=exit_code(summary, reports, validation, request.fail_on, (*unheard, *plan.omitted)),
        notices=(*_notices(plan, validation, partial), *hidden, *unheard, *seen.slowed, *_weaknesses(seen.isolation)),
        partial=partial,
        validation=validation,
        controls=seen.controls,
        fail_on=request.fail_on.value,
    )


def _seen(request: Request, plan: Plan, tell: Teller) -> _Seen:
    if request.fast:
        sources = [
            examine_source(record, plan.examined(record), plan.checks(record), request.extra_sys_path)
            for record in plan.records
        ]
        return _Seen(examined=tuple(sources), isolation={"mode": "nothing of a component ran"})
    from allause.isolation import Helper, Limits  # noqa: PLC0415 - slow, and a static look does without

    slowed = _compile(request, plan, tell)
    limits = Limits(wall_s=request.deadline_s)
    with Helper(request.isolation, extra_sys_path=request.extra_sys_path, limits=limits) as helper:
        examined = examine_all(plan, helper, tell)
        ran: list[WorkflowReport] = []
        for workflow in plan.workflows:
            tell(f"running workflow {workflow.name}")
            ran.append(run_workflow(workflow, plan, helper, request.seed))
        isolation = dict(helper.describe())
    controls: Sequence[Control] = ()
    if request.certify:
        from allause.validation.calibration import examine_controls  # noqa: PLC0415 - slow, and seldom asked for

        controls = examine_controls(request.seed, request.isolation, tell)
    return _Seen(
        examined=examined, workflows=tuple(ran), controls=tuple(controls), isolation=isolation, slowed=slowed
    )  # fmt: skip # one result


def _compile(request: Request, plan: Plan, tell: Teller) -> tuple[str, ...]:
    """Write the byte code that children lack; return a sentence where that is left to the user."""
    from allause.evidence.bytecode import named, obstacle, remedy, uncompiled, write  # noqa: PLC0415 - as above

    records = {*plan.records, *(record for system in plan.systems.values() for record in system)}
    found = uncompiled(records, (*request.extra_sys_path, *sys.path))
    if not found:
        return ()
    if reason := obstacle(found):
        slow = f"every child compiles {named(found)} anew, which slows all that was measured"
        return (f"{slow}: {reason}; {remedy(found)} mends it",)
    tell.aside(f"compiling {named(found)}, once")
    write(found)
    return ()


def _contributed(
    request: Request, examined: Sequence[Examined]
) -> tuple[Mapping[str, tuple[Result, ...]], tuple[str, ...]]:
    """Return further results by component, and a sentence for each contributor that could not be heard."""
    if not request.hears_contributors:
        return {}, ()
    from allause.validation.contributed import contribute  # noqa: PLC0415 - seldom asked for

    heard = contribute(contributors(), examined)
    return heard.results, heard.problems


def _digests(request: Request, plan: Plan) -> Mapping[str, str]:
    """Return the digest of each component's files; none unless certifying, which alone is bound to bytes."""
    if not request.certify:
        return {}
    from allause.evidence.certifying import installed_digest  # noqa: PLC0415 - a plain validation does without

    path = (*request.extra_sys_path, *sys.path)
    return {record.id: installed_digest(record, path) for record in plan.records}


def _notices(plan: Plan, validation: Sequence[Result], partial: Sequence[str]) -> tuple[str, ...]:
    names: dict[str, list[str]] = defaultdict(list)
    for name, why in plan.skipped.items():
        names[why].append(name)
    skipped = [f"workflow{'s' * (len(each) > 1)} {', '.join(each)} skipped: {why}" for why, each in names.items()]
    return (*told(validation), *skipped, *(f"{why}: this is a partial validation" for why in partial))


def _weaknesses(isolation: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what this machine could not take away from components, but not twice that nothing was."""
    if isolation["mode"] == Isolation.NONE:
        return ()
    return tuple(f"isolation is weaker than it could be ('allause doctor'): {w}" for w in isolation.get("weaker", ()))


def _environment(isolation: Mapping[str, Any], found: Sequence[ComponentRecord]) -> Mapping[str, Any]:
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count() or 0,
        "isolation": isolation,
        "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        "executable": sys.implementation.cache_tag or "",
        "kinds": list(KINDS),
        "components_installed": _offers(found),
    }


def _offers(found: Sequence[ComponentRecord]) -> Mapping[str, Sequence[str]]:
    """Return the identities of what can be used, by kind."""
    usable = [each for each in found if each.state is not ComponentState.BROKEN]
    return {kind: sorted(each.id for each in usable if each.kind == kind) for kind in sorted({r.kind for r in usable})}
