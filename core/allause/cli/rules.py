"""``allause rule``: what a check demands, why, and what to do."""

from typing import Annotated

import typer

from allause.console.output import emit


def rule(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE|SLUG", help="Check to explain, such as CON001 or missing-method; all when left out."
        ),
    ] = None,
) -> None:
    """Explain a check, or list all of them."""
    from allause.cli import catalogue  # noqa: PLC0415 - slow, and --help must not be

    emit(catalogue.every_check() if name is None else catalogue.one_check(name))
