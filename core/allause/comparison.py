"""What differs between two reports: which findings are new, which are fixed, which have changed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import attrs

from allause.checks import ALL_CHECKS
from allause.models.report import Report, Status

_Row = tuple[str, str]
_FINE = (None, Status.PASSED)  # not planned, or nothing wrong
_BLOCKED = "not examined any more, since a check they need did not pass"


@attrs.frozen(kw_only=True)
class Difference:
    """Hold one check or step that ended otherwise.

    Attributes:
        subject: the component, or ``workflow`` and its name.
        name: code and slug of the check, or the step.
        before: its status in the old report; None when it was not planned there.
        after: its status in the new one; None when it is not planned any more.
        message: of the newer of the two.
    """

    subject: str
    name: str
    before: Status | None
    after: Status | None
    message: str


@attrs.frozen(kw_only=True)
class Comparison:
    """Hold the differences; a row that passed in both, or said the same in both, is none.

    Attributes:
        new: did not pass now, and passed or was not planned before.
        fixed: passed now and did not before, when it was looked at.
        changed: passed in neither, and the status or the message is another.
        gone: did not pass before and is not planned any more: nobody knows.
        unseen: was skipped now, and nothing was wrong with it before: nobody looked, as with ``--fast``.
        same_plan: whether both planned the same, but for checks that compare with an earlier report.
    """

    new: tuple[Difference, ...]
    fixed: tuple[Difference, ...]
    changed: tuple[Difference, ...]
    gone: tuple[Difference, ...]
    unseen: tuple[Difference, ...]
    same_plan: bool

    def lines(self) -> Iterator[str]:
        """Yield one line for each difference, one for all that nobody looked at, and one that counts."""
        groups = {"new": self.new, "fixed": self.fixed, "changed": self.changed, "gone": self.gone}
        for label, differences in groups.items():
            waiting = Counter(each.subject for each in differences if each.after is Status.BLOCKED)
            for each in differences:
                if each.after is not Status.BLOCKED:  # these follow from another difference, and are many
                    was = each.before or "not planned"
                    now = each.after or "not planned"
                    yield f"  {label:<8} {each.subject} {each.name}: {now}, was {was}"
            for subject, count in waiting.items():
                yield f"  {label:<8} {subject}: {count} {_BLOCKED}"
        if self.unseen:
            yield f"  unseen   {len(self.unseen)} checks and steps were not examined this time"
        counts = ", ".join(f"{len(differences)} {label}" for label, differences in groups.items())
        yield counts if self.same_plan else f"{counts}; the two did not plan the same checks and steps"


def compare(old: Report, new: Report) -> Comparison:
    """Compare two reports row by row."""
    before, after = _rows(old), _rows(new)
    found: dict[str, list[Difference]] = {"new": [], "fixed": [], "changed": [], "gone": [], "unseen": []}
    for row in dict.fromkeys((*after, *before)):
        label = _label(before.get(row), after.get(row))
        if label:
            was, now = before.get(row), after.get(row)
            found[label].append(
                Difference(
                    subject=row[0],
                    name=row[1],
                    before=was[0] if was else None,
                    after=now[0] if now else None,
                    message=(now or was or (None, ""))[1],
                )
            )
    return Comparison(
        new=tuple(found["new"]),
        fixed=tuple(found["fixed"]),
        changed=tuple(found["changed"]),
        gone=tuple(found["gone"]),
        unseen=tuple(found["unseen"]),
        same_plan=old.plan_digest == new.plan_digest or _adds_comparing(before.keys() ^ after.keys()),
    )


def _adds_comparing(rows: Collection[_Row]) -> bool:
    comparing = {f"{check.code} {check.slug}" for check in ALL_CHECKS if check.comparing}
    return bool(rows) and all(name in comparing for _, name in rows)


def _label(before: tuple[Status, str] | None, after: tuple[Status, str] | None) -> str:
    was, now = before and before[0], after and after[0]
    if now is None:
        return "" if was in _FINE or was is Status.SKIPPED else "gone"
    if now is Status.PASSED:
        return "" if was in _FINE or was is Status.SKIPPED else "fixed"
    if now is Status.SKIPPED and (was in _FINE or was is Status.NOT_APPLICABLE):
        return "unseen"
    if was in _FINE:
        return "new"
    return "" if before == after or was is now is Status.SKIPPED else "changed"


def _rows(report: Report) -> Mapping[_Row, tuple[Status, str]]:
    rows = {
        (component.id, f"{result.code} {result.slug}"): (result.status, result.message)
        for component in report.components
        for result in component.results
    }
    rows |= {
        (f"workflow {workflow.name}", step.name): (step.status, step.message)
        for workflow in report.workflows
        for step in workflow.steps
    }
    return rows
