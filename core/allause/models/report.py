"""What validation answers: results, steps and the report that holds them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs

#: How the message of a result begins that waits for another; its code follows.
BLOCKED_BY = "blocked by "
#: How ``Report.partial`` says that no workflow was planned.
WITHOUT_WORKFLOWS = "workflows were left out on request"


class Status(StrEnum):
    """Name the outcome of a planned check or step. Only PASSED counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


@attrs.frozen(kw_only=True)
class Result:
    """Hold the outcome of one check on one component.

    Attributes:
        code: such as ``CON001``.
        slug: such as ``missing-method``.
        status: see ``Status``.
        message: what the host did, expected and found; empty when passed.
        location: ``distribution:module:Class.method (file:line)`` as far as known.
        fix: what its author can do about it.
        seconds: time the check took on the host.
        origin: the distribution that contributed the check; empty for one of ours.
    """

    code: str
    slug: str
    status: Status
    message: str = ""
    location: str = ""
    fix: str = ""
    seconds: float = 0.0
    origin: str = ""

    @property
    def waits_for(self) -> str:
        """Return the code of the check that has to pass before this one can be examined; empty for none."""
        waiting = self.status in {Status.BLOCKED, Status.INCONCLUSIVE} and self.message.startswith(BLOCKED_BY)
        return self.message.removeprefix(BLOCKED_BY).partition(" ")[0] if waiting else ""


@attrs.frozen(kw_only=True)
class Parameter:
    """Describe one parameter of a public method.

    Attributes:
        name: of the parameter.
        kind: as in ``inspect.Parameter.kind``, in lower case.
        optional: whether it has a default.
    """

    name: str
    kind: str
    optional: bool


@attrs.frozen(kw_only=True)
class Method:
    """Describe one public method as a caller sees it.

    Attributes:
        name: of the method.
        is_async: whether it is a coroutine function.
        parameters: in order, ``self`` left out.
    """

    name: str
    is_async: bool
    parameters: tuple[Parameter, ...]


@attrs.frozen(kw_only=True)
class ComponentReport:
    """Hold every planned result of one component.

    Attributes:
        id: ``distribution:name``.
        kind: its kind.
        distribution: the distribution that offers it.
        version: of the distribution, empty when unknown.
        results: one for each planned check, in plan order.
        path: by which it was named, as a shell takes it, when it was installed for this validation only; else empty.
        api: its public methods as they were found; empty when nothing of it ran.
        pace: yardsticks that a typical call took, the median of each round; empty when nothing was timed.
        digest: SHA-256 over every installed file, read before anything ran; empty unless certifying.
    """

    id: str
    kind: str
    distribution: str
    version: str
    results: tuple[Result, ...]
    path: str = ""
    api: tuple[Method, ...] = ()
    pace: tuple[float, ...] = ()
    digest: str = ""

    @property
    def argument(self) -> str:
        """Return what names it on a command line."""
        return self.path or self.id


@attrs.frozen(kw_only=True)
class StepResult:
    """Hold the outcome of one workflow step.

    Attributes:
        name: of the step.
        status: see ``Status``; a step that passes without a traced component call fails.
        component: identities called, comma-separated.
        seconds: host time.
        evidence: plain data: the input, what was seen, the calls traced.
        message: why it did not pass.
    """

    name: str
    status: Status
    component: str
    seconds: float
    evidence: Mapping[str, Any] = attrs.field(factory=dict)
    message: str = ""


@attrs.frozen(kw_only=True)
class WorkflowReport:
    """Hold one workflow: ``status`` is PASSED only when every planned step passed."""

    name: str
    status: Status
    steps: tuple[StepResult, ...]


@attrs.frozen(kw_only=True)
class Summary:
    """Count planned checks and steps by status; they add up to ``planned``.

    Attributes:
        planned: checks of every component and steps of every workflow.
        functionality: passed / planned over the checks CON, TYP, BEH and ASY of the components, 0 to 1, or None.
        integration: passed / planned over workflow steps, 0 to 1, or None when none were planned.
    """

    planned: int
    passed: int
    failed: int
    errored: int
    blocked: int
    skipped: int
    inconclusive: int
    waived: int = 0
    not_applicable: int = 0
    functionality: float | None
    integration: float | None


@attrs.frozen(kw_only=True)
class Control:
    """Hold what became of a component that is broken on purpose.

    Attributes:
        name: of the control.
        expected: codes of the checks that had to fail; none for the sound one.
        failed: codes of the checks that did.
    """

    name: str
    expected: tuple[str, ...]
    failed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Report:
    """Hold a whole validation.

    Attributes:
        schema_version: of this shape in JSON.
        allause_version: of the core.
        contract_version: the contract examined against.
        plan_digest: SHA-256 of the plan: every check and step that had to run.
        seed: of the workflows.
        started_at: ISO 8601, UTC.
        duration_s: monotonic, of everything; of building what was named by its path too.
        environment: machine, interpreter, isolation in force.
        components: one for each component examined.
        workflows: one for each workflow.
        summary: the counts.
        exit_code: as the command line will give it.
        notices: what a reader must know, such as a workflow left out on request.
        partial: why this is less than a whole validation; empty when it is a whole one.
        validation: results of the checks of the validation itself, codes VAL and WVR; not part of ``planned``.
        controls: components broken on purpose that were examined in the same session; empty unless certifying.
        fail_on: the mildest outcome that fails.
    """

    schema_version: str
    allause_version: str
    contract_version: str
    plan_digest: str
    seed: int
    started_at: str
    duration_s: float
    environment: Mapping[str, Any]
    components: tuple[ComponentReport, ...]
    workflows: tuple[WorkflowReport, ...]
    summary: Summary
    exit_code: int
    notices: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    validation: tuple[Result, ...] = ()
    controls: tuple[Control, ...] = ()
    fail_on: str = "inconclusive"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Progress:
    """Tell how far a validation is: ``done`` of ``total`` parts, and what has just ended or begun."""

    done: int
    total: int
    text: str
