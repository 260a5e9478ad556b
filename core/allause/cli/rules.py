"""``allause rule``: what a check demands, why, and what to do."""

import difflib
from typing import Annotated

import typer

from allause.cli.output import emit
from allause.discovery import printable
from allause.exceptions import UsageError
from allause.rendering.table import table
from allause.rendering.terminal import width


def rule(
    name: Annotated[str | None, typer.Argument(metavar="[CODE|SLUG]", help="Such as CON001 or missing-method.")] = None,
) -> None:
    """Explain a check, or list all of them."""
    from allause.checks import CHECKS  # noqa: PLC0415 - only this command needs the checks, so --help stays fast

    if name is None:
        rows = [(each.code, each.slug, each.tier.value, each.how) for each in CHECKS]
        emit("\n".join(table(("CODE", "SLUG", "TIER", "HOW"), rows, width=width())) + "\n")
        return
    for check in CHECKS:
        if name.upper() == check.code or name.lower() == check.slug:
            needs = f"Needs: {', '.join(check.needs)}\n" if check.needs else ""
            emit(f"{check.code} {check.slug} (tier {check.tier.value})\n{needs}\n{check.explanation}\n")
            return
    names = [each.code for each in CHECKS] + [each.slug for each in CHECKS]
    close = difflib.get_close_matches(name, names, 1, 0.5) or difflib.get_close_matches(name.upper(), names, 1, 0.5)
    hint = f"; did you mean {close[0]}?" if close else "; 'allause rule' lists them"
    raise UsageError(f"no check has the code or slug {printable(name)!r}{hint}")
