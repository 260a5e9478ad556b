"""The checks, as text."""

import difflib
from collections.abc import Iterator, Sequence

from allause.checks import ALL_CHECKS, AnyCheck, find
from allause.console.table import table
from allause.console.terminal import width
from allause.discovery import printable
from allause.exceptions import UsageError

_ALIKE = 0.75
_HOW = {"M": "metadata", "A": "source", "X": "the isolated child", "-": "the whole run"}


def every_check() -> str:
    """Return a table of all checks."""
    rows = [
        (check.code, check.slug, check.tier.value, check.how, "yes" if check.waivable else "no") for check in ALL_CHECKS
    ]
    legend = ", ".join(f"{letter} {evidence}" for letter, evidence in _HOW.items())
    lines = [*table(("CODE", "SLUG", "TIER", "HOW", "WAIVABLE"), rows, width=width()), f"HOW it is seen: {legend}."]
    return "\n".join(lines) + "\n"


def one_check(name: str) -> str:
    """Return the explanation of the check with that code or slug.

    Raises:
        UsageError: there is none, with what was probably meant.
    """
    check = find(name)
    if check is None:
        names = [check.code for check in ALL_CHECKS] + [check.slug for check in ALL_CHECKS]
        close = _close(name.upper(), names) or _close(name.lower(), names)
        hint = f"; did you mean {close[0]}?" if close else "; 'allause rule' lists them"
        raise UsageError(f"no check has the code or slug {printable(name)!r}{hint}")
    facts = [
        f"Evidence: {' and '.join(_HOW[letter] for letter in check.how.split('+'))}",
        f"First needed for: {check.tier.value}"
        + (", when certifying" if check.certifying else "")
        + (", with an earlier report" if check.comparing else ""),
        f"Needs: {', '.join(check.needs) or 'no other check'}",
        f"Kinds: {', '.join(check.kinds) or 'all'}",
        f"Waivable: {f'yes, allause waiver add {check.code}' if check.waivable else 'no'}",
        f"Repeat: {' '.join(_repeat(check))}",
    ]
    return f"{check.code} {check.slug}\n\n{check.explanation}\n\n" + "\n".join(facts) + "\n"


def _close(name: str, names: Sequence[str]) -> list[str]:
    """Return what was mistyped; a word that shares some letters with a name was not."""
    return difflib.get_close_matches(name, names, 1, _ALIKE)


def _repeat(check: AnyCheck) -> Iterator[str]:
    yield "allause validate"
    if check.certifying:
        yield "--certify"
    if check.comparing:
        yield "--against REPORT"
    if "-" not in check.how:
        yield f"--select {check.code}"
