"""``allause new``: write the first version of a distribution with one component."""

from pathlib import Path
from typing import Annotated

import typer

from allause.console.output import emit


def new(
    name: Annotated[str, typer.Argument(help="Of the distribution, such as acme-prices.")],
    kind: Annotated[str, typer.Option("--kind", help="Of the component, such as analytics; 'allause new --help'.")],
    path: Annotated[Path, typer.Option("--path", metavar="DIR", help="The folder to write it into.")] = Path(),
) -> None:
    """Write a distribution with one component that passes every check, as a place to begin."""
    from allause.discovery import printable  # noqa: PLC0415 - slow, and --help must not be
    from allause.scaffold import Names, Project, write  # noqa: PLC0415 - the same

    project = Project(names=Names.of(name), kind=kind)
    folder = write(project, path)
    shown = printable(str(folder))
    lines = [
        f"Written to {shown}:",
        *(f"  {file}" for file in project.files()),
        "Next:",
        f"  pip install -e {shown} pytest",
        f"  pytest {shown}",
        f"  allause validate {project.names.distribution}:{project.names.component}",
        f"What to replace is in {shown}/README.md.",
    ]
    emit("".join(f"{line}\n" for line in lines))
