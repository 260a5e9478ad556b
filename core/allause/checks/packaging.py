"""Checks PKG: does the distribution say truly what it is and needs?"""

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence

_FAR = "999999"


def core_range(evidence: Evidence) -> Iterator[Finding]:
    """Requirement on the core that is absent, open above, or excludes the running core.

    What: ``Requires-Dist: allause`` has no upper bound, does not admit this version, or is missing.
    Why: the next major release of the core would be installed beside a component never tried with it.
    Fails: ``dependencies = ["allause"]``
    Passes: ``dependencies = ["allause>=0.1,<0.2"]``
    """
    wanted = [r for r in map(_parse, evidence.record.requires) if r and canonicalize_name(r.name) == "allause"]
    fix = 'write dependencies = ["allause>=0.1,<0.2"] with the versions it was tried with'
    if not wanted:
        yield Finding(
            message="the distribution does not require allause", location=evidence.record.distribution, fix=fix
        )
    for requirement in wanted:
        if requirement.specifier.contains(_FAR, prereleases=True):
            problem = "has no upper bound"
        elif not requirement.specifier.contains(evidence.core_version, prereleases=True):
            problem = f"excludes the running core {evidence.core_version}"
        else:
            continue
        yield Finding(message=f"the requirement {str(requirement)!r} {problem}",
                      location=evidence.record.distribution, fix=fix)  # fmt: skip # short


def version_drift(evidence: Evidence) -> Iterator[Finding]:
    """Version that differs between the component and its distribution.

    What: ``get_component_info().version`` is not the version that is installed.
    Why: a report would name an artefact that was not examined.
    Fails: a constant that was forgotten at release
    Passes: ``importlib.metadata.version("my-distribution")``
    """
    declared = evidence.info("version")
    if declared != evidence.record.version:
        yield Finding(
            message=f"get_component_info().version is {declared!r}; installed is {evidence.record.distribution} "
            f"{evidence.record.version}",
            location=evidence.place("get_component_info"),
            fix="take the version from importlib.metadata",
        )


def _parse(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="PKG001", slug="core-range", tier=Tier.SILVER, how="M", function=core_range, needs=("DSC001", "DSC002")),
    Check(code="PKG004", slug="version-drift", tier=Tier.SILVER, how="M+X", function=version_drift, needs=("TYP002",)),
)
