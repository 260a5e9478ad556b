"""The table of checks. A new check is one function and one row in the file of its family."""

from allause.checks import (
    artefacts,
    asynchrony,
    behaviour,
    company,
    conduct,
    contract,
    definitions,
    delivery,
    determinism,
    discovery,
    documentation,
    pace,
    packaging,
    performance,
    quality,
    reach,
    regression,
    resources,
    security,
    steadiness,
    trading,
    types,
    validator,
    waivers,
)
from allause.checks.check import Check, Finding, Tier
from allause.checks.choice import chosen, family, with_needs
from allause.checks.examination import examine
from allause.checks.validator import Accounting
from allause.checks.waivers import Waived, waive
from allause.evidence import Evidence
from allause.models.report import ComponentReport

__all__ = [
    "ALL_CHECKS",
    "CHECKS",
    "VALIDATOR_CHECKS",
    "WAIVER_CHECKS",
    "Accounting",
    "AnyCheck",
    "Check",
    "Finding",
    "Tier",
    "Waived",
    "chosen",
    "examine",
    "family",
    "find",
    "planned",
    "waive",
    "with_needs",
]

AnyCheck = Check[Evidence] | Check[Accounting] | Check[Waived]

#: Checks of a component, in the order of the report.
CHECKS: tuple[Check[Evidence], ...] = (
    *discovery.CHECKS,
    *packaging.CHECKS,
    *artefacts.CHECKS,
    *contract.CHECKS,
    *delivery.CHECKS,
    *definitions.CHECKS,
    *types.CHECKS,
    *asynchrony.CHECKS,
    *company.CHECKS,
    *behaviour.CHECKS,
    *conduct.CHECKS,
    *determinism.CHECKS,
    *resources.CHECKS,
    *performance.CHECKS,
    *pace.CHECKS,
    *regression.CHECKS,
    *trading.CHECKS,
    *quality.CHECKS,
    *reach.CHECKS,
    *security.CHECKS,
    *documentation.CHECKS,
    *steadiness.CHECKS,
)
#: Checks of the validator itself.
VALIDATOR_CHECKS = validator.CHECKS
#: Checks of the waivers in the configuration.
WAIVER_CHECKS = waivers.CHECKS
#: Every check, for listings.
ALL_CHECKS: tuple[AnyCheck, ...] = (*CHECKS, *WAIVER_CHECKS, *VALIDATOR_CHECKS)


def planned(
    kind: str, *, certify: bool = False, previous: ComponentReport | None = None
) -> tuple[Check[Evidence], ...]:
    """Return the checks that a component of ``kind`` has to pass, in the order of the report.

    :param certify: whether to add what only a certificate asks, such as an artefact that is not editable.
    :param previous: an earlier report of the component; what compares with one is left out where it says nothing.
    """
    return tuple(
        check
        for check in CHECKS
        if kind in (check.kinds or (kind,))
        and (certify or not check.certifying)
        and (not check.comparing or bool(getattr(previous, check.comparing, None)))
    )


def find(name: str) -> AnyCheck | None:
    """Return the check of that code or slug, or None."""
    wanted = name.strip().lower()
    return next((check for check in ALL_CHECKS if wanted in (check.code.lower(), check.slug)), None)
