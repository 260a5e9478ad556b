"""The table of checks. A new check is one function and one row in the file of its family."""

from allause.checks import (
    asynchrony,
    behaviour,
    contract,
    discovery,
    packaging,
    performance,
    resources,
    types,
    validator,
)
from allause.checks.check import Check, Finding, Tier
from allause.checks.examination import examine
from allause.checks.validator import Accounting
from allause.evidence import Evidence

__all__ = [
    "ALL_CHECKS",
    "CHECKS",
    "VALIDATOR_CHECKS",
    "Accounting",
    "Check",
    "Finding",
    "Tier",
    "examine",
    "find",
    "planned",
]

#: Checks of a component, in the order of the report.
CHECKS: tuple[Check[Evidence], ...] = (
    *discovery.CHECKS,
    *packaging.CHECKS,
    *contract.CHECKS,
    *types.CHECKS,
    *asynchrony.CHECKS,
    *behaviour.CHECKS,
    *resources.CHECKS,
    *performance.CHECKS,
)
#: Checks of the validator itself.
VALIDATOR_CHECKS = validator.CHECKS
#: Every check, for listings.
ALL_CHECKS: tuple[Check[Evidence] | Check[Accounting], ...] = (*CHECKS, *VALIDATOR_CHECKS)


def planned(kind: str, *, certify: bool = False) -> tuple[Check[Evidence], ...]:
    """Return the checks that a component of ``kind`` has to pass, in the order of the report.

    :param certify: whether to add what only a certificate asks, such as an artefact that is not editable.
    """
    return tuple(check for check in CHECKS if kind in (check.kinds or (kind,)) and (certify or not check.certifying))


def find(name: str) -> Check[Evidence] | Check[Accounting] | None:
    """Return the check of that code or slug, or None."""
    wanted = name.strip().lower()
    return next((check for check in ALL_CHECKS if wanted in (check.code.lower(), check.slug)), None)
