"""Checks RES: does the component give back what it took?"""

from collections.abc import Iterator

from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence


def cannot_exit(evidence: Evidence) -> Iterator[Finding]:
    """Process that does not end after ``close``.

    What: after ``close()`` the child was asked to end by itself, and it did not within the grace.
    Why: a forgotten thread keeps every program alive that uses the component.
    Fails: ``threading.Thread(target=poll).start()`` without an end
    Passes: the thread told to stop, and joined, in ``close``
    """
    leaving = evidence.leaving
    if leaving is not None and not leaving.returned:
        alive = f"; threads still alive: {', '.join(evidence.threads)}" if evidence.threads else ""
        yield Finding(
            message=f"close(), then the end of the process: {leaving.story}{alive}",
            location=evidence.place("close"),
            fix="stop and join every thread in close()",
        )


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="RES006", slug="cannot-exit", tier=Tier.SILVER, how="X", function=cannot_exit,
        needs=("CON001", "CON007", "CON008", "CON012"), waivable=False,
    ),
)  # fmt: skip # one row a check
