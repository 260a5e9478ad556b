"""``allause new``: write the first version of a distribution with one component."""

import os
from pathlib import Path
from typing import Annotated

import typer

from allause.console.output import emit
from allause.groups import GROUPS


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the distribution, such as acme-prices.")],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help=f"Of the component: {', '.join(GROUPS.values())}.")
    ],
    path: Annotated[Path, typer.Option("--path", metavar="DIR", help="The folder to write it into.")] = Path(),
) -> None:
    """Write a distribution with one component, to begin with."""
    from allause.discovery import printable  # noqa: PLC0415 - slow, and --help must not be
    from allause.scaffold import Names, Project, write  # noqa: PLC0415 - the same

    project = Project(names=Names.of(name), kind=kind)
    folder = str(write(project, path))
    shown = printable(folder if os.sep in folder else os.path.join(os.curdir, folder))  # noqa: PTH118 - keeps the dot
    lines = [
        f"Written to {shown}:",
        *(f"  {file}" for file in project.files()),
        "Next:",
        f"  allause validate {shown}",
        f"  pip install pytest -e {shown}",
        f"  pytest {shown}",
        f"What to replace is in {shown}/README.md.",
    ]
    emit("".join(f"{line}\n" for line in lines))
