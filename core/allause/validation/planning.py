"""Decide what has to be examined. The list is closed before anything runs, and has a digest."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from allause.checks import CHECKS, Check, chosen, planned, with_needs
from allause.discovery import ComponentRecord, ComponentState
from allause.evidence import Evidence
from allause.exceptions import UsageError
from allause.hookspecs import CONTRACT_VERSION
from allause.models.report import ComponentReport
from allause.validation.request import Request

if TYPE_CHECKING:
    from allause.workflows import Workflow  # slow; only a plan with workflows needs them


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Plan:
    """Hold what will be examined; every part of it has to be accounted for.

    Attributes:
        records: components to examine.
        workflows: those that concern them.
        systems: components of each workflow that can run, by its name.
        skipped: why a workflow cannot run, by its name.
        omitted: those of them that nobody asked to leave out: every kind is installed, and one of them several
            times or broken. They are no pass.
        codes: checks to report on.
        certify: whether the checks that only a certificate asks for are among them.
        previous: earlier reports of the components to compare with, by identity.
        everything: whether all installed components are examined.
    """

    records: tuple[ComponentRecord, ...]
    workflows: "tuple[Workflow, ...]"
    systems: Mapping[str, tuple[ComponentRecord, ...]]
    skipped: Mapping[str, str]
    omitted: tuple[str, ...]
    codes: frozenset[str]
    certify: bool
    everything: bool
    previous: Mapping[str, ComponentReport] = attrs.field(factory=dict)

    def checks(self, record: ComponentRecord) -> tuple[Check[Evidence], ...]:
        """Return the checks to report on for one component, in the order of the report."""
        return tuple(check for check in self._planned(record) if check.code in self.codes)

    def examined(self, record: ComponentRecord) -> tuple[Check[Evidence], ...]:
        """Return these and the checks they need, which are judged too and tell why one is blocked."""
        return with_needs(self._planned(record), (check.code for check in self.checks(record)))

    def _planned(self, record: ComponentRecord) -> tuple[Check[Evidence], ...]:
        return planned(record.kind, certify=self.certify, previous=self.previous.get(record.id))

    def names(self) -> Iterator[str]:
        """Yield the name of every check of every component and of every step."""
        for record in self.records:
            yield from (f"{record.id} {check.code}" for check in self.checks(record))
        for workflow in self.workflows:
            yield from (f"{workflow.name} {step}" for step in workflow.step_names)

    def digest(self) -> str:
        """Return the SHA-256 of everything planned, contract version included."""
        text = json.dumps([CONTRACT_VERSION, *sorted(self.names())])
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def make_plan(request: Request, found: Sequence[ComponentRecord], records: Sequence[ComponentRecord]) -> Plan:
    """Plan the examination of ``records``, which are all or some of the components ``found``.

    Raises:
        UsageError: a name that means no check.
    """
    workflows: tuple[Workflow, ...] = ()
    systems: Mapping[str, tuple[ComponentRecord, ...]] = {}
    skipped: Mapping[str, str] = {}
    if request.runs_workflows:
        workflows, systems, skipped = _workflows(found, records)
    return Plan(
        records=tuple(records),
        workflows=workflows,
        systems=systems,
        skipped=skipped,
        omitted=() if request.components else _omitted(found, workflows, skipped),
        codes=chosen(CHECKS, request.select, request.ignore),
        certify=request.certify,
        everything=len(records) == len(found),
        previous={each.id: each for each in request.against.components} if request.against else {},
    )


def _workflows(
    found: Sequence[ComponentRecord], records: Sequence[ComponentRecord]
) -> "tuple[tuple[Workflow, ...], Mapping[str, tuple[ComponentRecord, ...]], Mapping[str, str]]":
    """Return the workflows that concern ``records``, the components of each that can run, and why others cannot."""
    from allause.system import one_of_each  # noqa: PLC0415 - slow, and a static examination does without
    from allause.workflows import WORKFLOWS  # noqa: PLC0415 - the same

    systems: dict[str, tuple[ComponentRecord, ...]] = {}
    skipped: dict[str, str] = {}
    concerned = {record.kind for record in records}
    concerning = [w for w in WORKFLOWS if concerned & set(w.kinds)]
    for workflow in concerning:
        # a component named on the command line stands for its kind, beside the others that are installed
        named = {record.kind for record in records if record.state is not ComponentState.BROKEN}
        offered = [r for r in found if r in records or r.kind not in named]
        try:
            systems[workflow.name] = one_of_each(offered, workflow.kinds)
        except UsageError as error:
            skipped[workflow.name] = str(error)
    return tuple(concerning), systems, skipped


def _omitted(
    found: Sequence[ComponentRecord], workflows: "Sequence[Workflow]", skipped: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the skipped workflows all of whose kinds are installed."""
    installed = {record.kind for record in found}
    return tuple(each.name for each in workflows if each.name in skipped and installed.issuperset(each.kinds))
