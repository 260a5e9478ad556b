"""The checks, as text."""

import difflib

from allause.checks import CHECKS
from allause.console.table import table
from allause.console.terminal import width
from allause.discovery import printable
from allause.exceptions import UsageError


def every_check() -> str:
    """Return a table of all checks."""
    rows = [(check.code, check.slug, check.tier.value, check.how) for check in CHECKS]
    return "\n".join(table(("CODE", "SLUG", "TIER", "HOW"), rows, width=width())) + "\n"


def one_check(name: str) -> str:
    """Return the explanation of the check with that code or slug.

    Raises:
        UsageError: there is none, with what was probably meant.
    """
    for check in CHECKS:
        if name.upper() == check.code or name.lower() == check.slug:
            needs = f"Needs: {', '.join(check.needs)}\n" if check.needs else ""
            return f"{check.code} {check.slug} (tier {check.tier.value})\n{needs}\n{check.explanation}\n"
    names = [check.code for check in CHECKS] + [check.slug for check in CHECKS]
    close = difflib.get_close_matches(name.upper(), names, 1) or difflib.get_close_matches(name.lower(), names, 1)
    hint = f"; did you mean {close[0]}?" if close else "; 'allause rule' lists them"
    raise UsageError(f"no check has the code or slug {printable(name)!r}{hint}")
