"""``allause report``: render a report that was saved as JSON."""

from pathlib import Path
from typing import Annotated

import typer

from allause.cli.choices import ReportFormat
from allause.cli.options import ReportFormatOption


def report(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A JSON report that allause wrote.")],
    output: ReportFormatOption = ReportFormat.TEXT,
    files: Annotated[
        list[str] | None,
        typer.Option("--report", metavar="FORMAT=PATH", help="Also write the report to a file; may be repeated."),
    ] = None,
) -> None:
    """Show a saved report again, in any format; nothing is examined."""
    from allause.cli import report_file  # noqa: PLC0415 - slow, and --help must not be

    targets = report_file.report_files(files or (), default="")
    for file in targets:
        file.check()
    saved = report_file.read(path)
    with report_file.written(saved, targets) as done:
        report_file.show(saved, output.value, done)
