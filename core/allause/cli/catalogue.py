"""The checks, as text."""

import re
from collections.abc import Iterator, Sequence

from allause import models
from allause.checks import ALL_CHECKS, AnyCheck, find
from allause.console.table import table
from allause.console.terminal import width
from allause.discovery import printable
from allause.exceptions import UsageError
from allause.nearest import nearest

_ALIKE = 0.75
_MOST = 5  # slugs that share a word are named
_CODE = re.compile(r"([A-Za-z]+)(\d{1,6})", re.ASCII)
_HOW = {"M": "metadata", "A": "source", "X": "the isolated child", "-": "the whole run"}


def every_check() -> str:
    """Return a table of all checks, by code."""
    checks = sorted(ALL_CHECKS, key=lambda check: check.code)
    rows = [(each.code, each.slug, each.tier.value, each.how, "yes" if each.waivable else "no") for each in checks]
    legend = ", ".join(f"{letter} {evidence}" for letter, evidence in _HOW.items())
    lines = [*table(("CODE", "SLUG", "TIER", "HOW", "WAIVABLE"), rows, width=width()), f"HOW a check looks: {legend}."]
    return "\n".join(lines) + "\n"


def one_check(name: str) -> str:
    """Return the explanation of the check with that code or slug.

    Raises:
        UsageError: there is none, with what was probably meant.
    """
    check = find(name)
    if check is None:
        close = _close(name.strip())
        hint = f"; did you mean {' or '.join(close)}?" if close else "; 'allause rule' lists them"
        elsewhere = "; 'allause data causes' explains the causes of defects in market data" if _is_cause(name) else ""
        raise UsageError(f"no check has the code or slug {printable(name)!r}{hint}{elsewhere}")
    facts = [
        f"Evidence: {' and '.join(_HOW[letter] for letter in check.how.split('+'))}",
        f"First needed for: {check.tier.value}"
        + (", when certifying" if check.certifying else "")
        + (", with an earlier report" if check.comparing else ""),
        f"Needs: {', '.join(check.needs) or 'no other check'}",
        *([f"Leaves what it finds to: {', '.join(check.yields_to)}"] if check.yields_to else []),
        *([f"Passes only with: {', '.join(check.complete_with)}"] if check.complete_with else []),
        f"Kinds: {', '.join(check.kinds) or 'all'}",
        f"Waivable: {f'yes, allause waiver add {check.code}' if check.waivable else 'no'}",
        f"Repeat: {' '.join(_repeat(check))}",
    ]
    return f"{check.code} {check.slug}\n\n{check.explanation.replace('``', '`')}\n\n" + "\n".join(facts) + "\n"


def _close(name: str) -> Sequence[str]:
    """Return what may be meant: the code of that number, the slugs with that word, or what was mistyped.

    A word that shares some letters with a name was not.
    """
    codes, slugs = ([getattr(check, which) for check in ALL_CHECKS] for which in ("code", "slug"))
    if (parts := _CODE.fullmatch(name)) and (padded := f"{parts[1].upper()}{int(parts[2]):03}") in codes:
        return (padded,)
    if said := [slug for slug in slugs if name.lower() in slug.split("-")]:
        return said[:_MOST]
    meant = nearest(name.upper(), codes, _ALIKE) or nearest(name.lower(), slugs, _ALIKE)
    return (meant,) if meant else ()


def _is_cause(name: str) -> bool:
    """Tell whether a name may be a cause of a defect in market data; those of a component's own have a ``_``, too."""
    return "_" in name or name.strip().lower() in {*models.DefectCause, *models.DoubtCause}


def _repeat(check: AnyCheck) -> Iterator[str]:
    yield "allause validate"
    if check.certifying:
        yield "--certify"
    if check.comparing:
        yield "--against REPORT"
    if "-" not in check.how:
        yield f"--select {check.code}"
