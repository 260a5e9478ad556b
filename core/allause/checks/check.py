"""What a check is, and what it finds."""

import inspect
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Generic, TypeVar

import attrs

Subject = TypeVar("Subject")
#: What must have passed before finding nothing in what a child showed says anything: no request was lost on the way.
SEEN = ("BEH015",)


class Tier(StrEnum):
    """Name the first tier that needs a check."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


@attrs.frozen(kw_only=True)
class Finding:
    """State one problem.

    Attributes:
        message: what the host did, what was expected and what was found.
        location: where, as ``module:Class.method (file:line)``; empty when the whole component is meant.
        fix: what the author can do.
        inconclusive: whether it only says that nothing can be said; a check that finds nothing else is inconclusive.
        not_offered: whether it only says that the component does not offer, as it may, what would be examined; a check
            that finds nothing else is not applicable.
    """

    message: str
    location: str = ""
    fix: str = ""
    inconclusive: bool = False
    not_offered: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Check(Generic[Subject]):
    """Describe one check: a row of the table. Its function judges a subject: the evidence on one component.

    Attributes:
        code: stable and never reused, such as ``CON001``.
        slug: the same in words, such as ``missing-method``.
        tier: see ``Tier``.
        how: ``M`` metadata, ``A`` source without importing, ``X`` in the isolated child; in combination ``A+X``.
        function: yields a finding for each problem; none means passed.
        needs: codes that must have passed; otherwise this check is blocked.
        yields_to: codes that tell of the same defect; where one of them did not pass, what this check finds is blocked.
        complete_with: codes that must have passed for finding nothing to be a pass; otherwise that is blocked.
        waivable: whether a waiver may ever cover it.
        certifying: whether it asks something of the artefact that only a certificate needs; left out otherwise.
        kinds: kinds it applies to; every kind when empty.
        comparing: the field of an earlier report of the component that it compares with; left out without one.
    """

    code: str
    slug: str
    tier: Tier
    how: str
    function: Callable[[Subject], Iterator[Finding]]
    needs: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    complete_with: tuple[str, ...] = ()
    waivable: bool = True
    certifying: bool = False
    kinds: tuple[str, ...] = ()
    comparing: str = ""

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Return the codes whose results have to be there before its own."""
        return (*self.needs, *self.yields_to, *self.complete_with)

    @property
    def explanation(self) -> str:
        """Return the documentation of the check: what, why, an example, what to do instead."""
        return inspect.getdoc(self.function) or ""
