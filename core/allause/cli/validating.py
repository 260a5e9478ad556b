"""``allause validate``: examine components and write the report."""

import sys
from typing import Annotated

import typer

from allause.cli.options import Format, FormatOption, SeedOption
from allause.cli.output import emit


def validate(
    components: Annotated[
        list[str] | None, typer.Argument(metavar="[COMPONENT]...", help="Those to examine; all when left out.")
    ] = None,
    output: FormatOption = Format.TEXT,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FORMAT=PATH",
            help="Write a report too; by default json=allause-report.json.",
        ),
    ] = None,
    no_workflows: Annotated[bool, typer.Option("--no-workflows", help="Leave the workflows out.")] = False,
    seed: SeedOption = 0,
) -> None:
    """Examine the installed components, alone and together."""
    from allause.cli.progress import ProgressLine  # noqa: PLC0415 - slow, and --help must not be
    from allause.cli.report_file import report_files  # noqa: PLC0415 - the same
    from allause.rendering import render_json, render_text  # noqa: PLC0415 - the same
    from allause.console.terminal import wants_colour  # noqa: PLC0415 - the same

    files = report_files(report or ())
    for file in files:
        file.check()
    from allause.validation import validate as examine  # noqa: PLC0415 - slowest; a wrong option is told before

    with ProgressLine() as progress:
        result = examine(tuple(components or ()), workflows=not no_workflows, seed=seed, progress=progress)
    for file in files:
        file.write(result)
    names = [str(file.path) for file in files]
    if output is Format.JSON:
        emit(render_json(result))
        sys.stderr.write("".join(f"Report: {name}\n" for name in names))
    else:
        emit(render_text(result, files=names, colour=wants_colour(sys.stdout)))
    raise typer.Exit(result.exit_code)
