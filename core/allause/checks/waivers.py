"""Checks WVR: is every waiver exact, reasoned, alive and needed? They judge the configuration, not a component."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import attrs

from allause.checks.check import Check, Finding, Tier
from allause.discovery import printable
from allause.models.report import ComponentReport, Result, Status
from allause.models.waiver import Waiver
from allause.nearest import nearest

_FIX = "take the waiver out of the configuration; 'allause validate --fix' does it in a source checkout"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Waived:
    """Hold the waivers of a validation and what they met.

    Attributes:
        waivers: as the configuration states them.
        waivable: code of every check there is, and whether a waiver may cover it.
        statuses: status of every result before any waiver, by component and code.
        everything: whether every installed component was examined by every check.
        today: the day of the validation.
    """

    waivers: tuple[Waiver, ...]
    waivable: Mapping[str, bool]
    statuses: Mapping[tuple[str, str], Status]
    everything: bool
    today: date


def waive(reports: Sequence[ComponentReport], waived: Waived) -> tuple[ComponentReport, ...]:
    """Return the reports with every failed result that a sound waiver covers as waived.

    What a waived check blocks stays blocked: nobody has looked at it.
    """
    sound = {(w.component, w.code): w for w in waived.waivers if not _unsound(w, waived)}
    return tuple(
        attrs.evolve(report, results=tuple(_covered(result, sound.get((report.id, result.code)))
                                           for result in report.results))
        for report in reports
    )  # fmt: skip # one expression


def _covered(result: Result, waiver: Waiver | None) -> Result:
    if waiver is None or result.status is not Status.FAILED or result.origin:
        return result
    message = f"waived until {waiver.until}: {printable(waiver.reason)} ({result.message})"
    return attrs.evolve(result, status=Status.WAIVED, message=message)


def _unsound(waiver: Waiver, waived: Waived) -> bool:
    unreasoned = not waiver.reason.strip()
    return unreasoned or waiver.until < waived.today or not waived.waivable.get(waiver.code, False)


def without_reason(waived: Waived) -> Iterator[Finding]:
    """Waiver without a reason.

    What: the waiver's ``reason`` is empty.
    Why: in half a year nobody knows whether it may go.
    Fails: ``reason = ""``
    Passes: ``reason = "fixed upstream in 2.1, see their issue 14"``
    """
    for waiver in waived.waivers:
        if not waiver.reason.strip():
            yield _finding(waiver, "has no reason", "say why the finding is accepted")


def unknown_rule(waived: Waived) -> Iterator[Finding]:
    """Waiver of a check that does not exist.

    What: no check has the waiver's code; slugs and families are not accepted here.
    Why: a misspelt waiver covers nothing and looks as if it did.
    Fails: ``code = "CON1"``
    Passes: ``code = "CON011"``
    """
    for waiver in waived.waivers:
        if waiver.code not in waived.waivable:
            close = nearest(waiver.code, waived.waivable)
            fix = f"write {close}" if close else "'allause rule' lists the codes"
            yield _finding(waiver, "names no check", fix)


def no_longer_needed(waived: Waived) -> Iterator[Finding]:
    """Waiver whose finding is gone.

    What: the check passes. Of a component that is not installed nothing is known: it may be one that is examined by
        its path; that is told and fails nothing.
    Why: a stale waiver hides the next defect of the same kind.
    Fails: a waiver of PKG001 after the requirement was mended
    Passes: no waiver
    """
    examined = {component for component, _ in waived.statuses}
    for waiver in waived.waivers:
        if waived.statuses.get((waiver.component, waiver.code)) is Status.PASSED:
            yield _finding(waiver, "is no longer needed: the check passes", _FIX)
        elif waived.everything and waiver.component not in examined:
            problem = "is for a component that is not installed; 'allause validate PATH' tells whether it is needed"
            unknown = _finding(waiver, problem, "mend the name if it is misspelt; otherwise name the path too")
            yield attrs.evolve(unknown, inconclusive=True)


def expired(waived: Waived) -> Iterator[Finding]:
    """Waiver whose last day has passed.

    What: ``until`` lies before today; the waiver covers nothing any more.
    Why: an exception without an end is a rule.
    Fails: ``until = 2020-01-31``
    Passes: a day to come, by which the finding is to be gone
    """
    for waiver in waived.waivers:
        if waiver.until < waived.today:
            yield _finding(waiver, f"expired on {waiver.until}", "mend the finding, or decide anew and set a new day")


def not_waivable(waived: Waived) -> Iterator[Finding]:
    """Waiver of a check that cannot be waived.

    What: the check is one without which nothing else can be trusted.
    Why: a component that cannot be imported is not accepted by writing a line.
    Fails: ``code = "DSC006"``
    Passes: mending the import
    """
    for waiver in waived.waivers:
        if not waived.waivable.get(waiver.code, True):
            yield _finding(waiver, "is for a check that cannot be waived", "mend the finding and take the waiver out")


def _finding(waiver: Waiver, problem: str, fix: str) -> Finding:
    code, component = printable(waiver.code, 40), printable(waiver.component)
    where = f"line {waiver.line} of the configuration" if waiver.line else "the waivers given"
    return Finding(message=f"the waiver of {code} for {component} {problem}", location=where, fix=fix)


CHECKS: tuple[Check[Waived], ...] = tuple(
    Check(code=code, slug=slug, tier=Tier.BRONZE, how="-", function=function, waivable=False)
    for code, slug, function in (
        ("WVR001", "waiver-without-reason", without_reason),
        ("WVR002", "waiver-of-unknown-rule", unknown_rule),
        ("WVR003", "waiver-no-longer-needed", no_longer_needed),
        ("WVR004", "waiver-expired", expired),
        ("WVR005", "waiver-of-unwaivable-rule", not_waivable),
    )
)
