"""``allause new``: write the first version of a distribution with one component."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from allause.cli.options import path_option
from allause.console.output import emit
from allause.groups import GROUPS


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the distribution, such as acme-prices.")],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help=f"Kind of the component: {', '.join(GROUPS.values())}.")
    ],
    path: Annotated[Path, path_option("--path", "DIR", "Folder to write it into.")] = Path(),
) -> None:
    """Write a new distribution with one component in it."""
    from allause.discovery import printable  # noqa: PLC0415 - slow, and --help must not be
    from allause.scaffold import Names, Project, write  # noqa: PLC0415 - the same

    project = Project(names=Names.of(name), kind=kind)
    folder = str(write(project, path))
    programs = printable(_programs())
    shown = printable(folder if os.sep in folder else os.path.join(os.curdir, folder))  # noqa: PTH118 - keeps the dot
    lines = [
        f"Written to {shown}:",
        *(f"  {file}" for file in project.files()),
        "Next:",
        f"  {programs}allause validate {shown}",
        f"  {programs}pip install pytest -e {shown}",
        f"  {programs}pytest {shown}",
        f"What to replace is in {shown}/README.md.",
    ]
    emit("".join(f"{line}\n" for line in lines))


def _programs() -> str:
    """Return what to write before programs of this environment; nothing where the shell finds them by their names."""
    folder = Path(sys.executable).parent
    program = folder / "allause"
    found = shutil.which("allause")
    if not program.exists() or (found is not None and Path(found).samefile(program)):
        return ""
    here = Path.cwd()
    return f"{folder.relative_to(here) if folder.is_relative_to(here) else folder}{os.sep}"
