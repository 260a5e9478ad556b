"""``allause validate``: examine components and write the report."""

from typing import Annotated

import typer

from allause.cli.options import IsolationMode, IsolationOption, ReportFormat, ReportFormatOption, SeedOption


def validate(
    components: Annotated[
        list[str] | None, typer.Argument(metavar="[COMPONENT]...", help="Those to examine; all when left out.")
    ] = None,
    output: ReportFormatOption = ReportFormat.TEXT,
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
    isolation: IsolationOption = IsolationMode.HARDENED,
) -> None:
    """Examine the installed components, alone and together."""
    from allause.cli.progress import ProgressLine  # noqa: PLC0415 - slow, and --help must not be
    from allause.cli.report_file import report_files, show  # noqa: PLC0415 - the same

    files = report_files(report or ())
    for file in files:
        file.check()
    from allause.validation import validate as examine  # noqa: PLC0415 - slowest; a wrong option is told before

    if isolation is IsolationMode.NONE:
        typer.echo("warning: components run without isolation and limits; the result proves nothing", err=True)
    with ProgressLine() as progress:
        result = examine(
            tuple(components or ()),
            workflows=not no_workflows,
            seed=seed,
            isolation=isolation.value,
            progress=progress,
        )
    for file in files:
        file.write(result)
    show(result, output.value, files)
    raise typer.Exit(result.exit_code)
