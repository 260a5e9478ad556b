"""``allause waiver``: findings that are accepted for a time."""

from typing import Annotated

import typer

from allause.console.output import emit, tell


def application() -> typer.Typer:
    """Return the commands on waivers."""
    app = typer.Typer(
        help="Accept a finding for a time, with a reason.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.command("add")(add)
    app.command("list")(list_)
    return app


def add(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the check, such as PKG001.")],
    component: Annotated[
        str, typer.Option("--component", metavar="COMPONENT", help="Identity of the component, DISTRIBUTION:NAME.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the finding is accepted.")],
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Last day of the waiver, such as 2027-01-31.")],
) -> None:
    """Write a waiver into the configuration."""
    from allause.cli import waivers  # noqa: PLC0415 - slow, and --help must not be

    emit(waivers.add(code, component, reason, until))
    if doubt := waivers.doubt(component):
        tell(doubt)


def list_() -> None:
    """List the waivers of the configuration."""
    from allause.cli import waivers  # noqa: PLC0415 - slow, and --help must not be

    emit(waivers.every_waiver())
