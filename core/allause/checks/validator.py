"""Checks VAL: did the validator itself do what it planned? They judge the accounting, not a component."""

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from allause.checks.check import Check, Finding, Tier
from allause.models.report import Control, Status


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Accounting:
    """Hold what was planned and what was accounted for.

    Attributes:
        planned: name of every check on every component and every step of every workflow.
        accounted: name and status of every result.
        controls: what became of the components that are broken on purpose; empty unless certifying.
        artefacts: identity, digest before and digest after of every component; empty unless certifying.
    """

    planned: tuple[str, ...]
    accounted: tuple[tuple[str, Status], ...]
    controls: tuple[Control, ...] = ()
    artefacts: tuple[tuple[str, str, str], ...] = ()


def zero_checks(accounting: Accounting) -> Iterator[Finding]:
    """Validation in which nothing was decided.

    What: no check and no step passed or failed; everything was skipped or blocked, or nothing was planned.
    Why: a validator that looked at nothing must not exit with 0.
    Fails: a run on an environment without components
    Passes: a run in which at least one check was decided
    """
    if not any(status in {Status.PASSED, Status.FAILED, Status.WAIVED} for _, status in accounting.accounted):
        planned = len(accounting.planned)
        fix = "leave out what narrows the validation, such as --fast and --select"
        yield Finding(
            message=f"none was decided of {planned} planned checks and steps",
            fix=fix if planned else "install a component, or name one that is installed",
        )


def unaccounted(accounting: Accounting) -> Iterator[Finding]:
    """Plan and results that differ.

    What: a planned check or step has no result, or more than one, or a result was never planned.
    Why: what is silently left out looks like success.
    Fails: 212 results for 215 planned checks
    Passes: exactly one result for each
    """
    planned = Counter(accounting.planned)
    results = Counter(name for name, _ in accounting.accounted)
    for name in sorted((planned - results) + (results - planned)):
        yield Finding(
            message=f"{name}: planned {planned[name]} times, accounted for {results[name]} times",
            fix="this is a defect of the validator: please report it with the report file",
        )


def control_not_flagged(accounting: Accounting) -> Iterator[Finding]:
    """Control that was not told for what it is.

    What: a component that is broken on purpose did not fail exactly its check, or the sound one failed something.
    Why: a validator that is blind here was blind for every component of this run, so the run is void.
    Fails: a machine on which a component that cannot be imported passes
    Passes: each control fails its check and nothing else
    """
    for control in accounting.controls:
        if set(control.expected) != set(control.failed):
            yield Finding(
                message=f"the control {control.name}: expected {_codes(control.expected)} to fail; "
                f"found {_codes(control.failed)}",
                fix="do not trust this run; 'allause doctor' shows what this machine lacks, else report the file",
            )


def artefact_changed(accounting: Accounting) -> Iterator[Finding]:
    """Report that is not about the files that are installed now.

    What: when certifying, every installed file of the components is digested before anything of them runs and again
        at the end, and the two differ.
    Why: the report names a digest, and nobody can tell which of the two artefacts it was that passed.
    Fails: a component that rewrites itself; an upgrade while the validation runs
    Passes: the same files before and after
    """
    for identity, before, after in accounting.artefacts:
        if before != after:
            yield Finding(
                message=f"the installed files of {identity} changed while it was examined: SHA-256 {before[:12]}… "
                f"before, {after[:12]}… after",
                fix="find out what wrote to them; then install it again and repeat the validation",
            )


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(codes) or "nothing"


CHECKS: tuple[Check[Accounting], ...] = (
    Check(code="VAL001", slug="zero-checks", tier=Tier.BRONZE, how="-", function=zero_checks, waivable=False),
    Check(code="VAL002", slug="unaccounted", tier=Tier.BRONZE, how="-", function=unaccounted, waivable=False),
    Check(
        code="VAL003", slug="control-not-flagged", tier=Tier.BRONZE, how="-", function=control_not_flagged,
        waivable=False, certifying=True,
    ),
    Check(
        code="VAL004", slug="artefact-changed", tier=Tier.BRONZE, how="-", function=artefact_changed,
        waivable=False, certifying=True,
    ),
)  # fmt: skip # one row a check
