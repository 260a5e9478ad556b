"""Options that several commands share."""

from typing import Annotated

import typer

from allause.cli.choices import Format, IsolationMode, ReportFormat

FormatOption = Annotated[Format, typer.Option("--format", help="How results are written on stdout.")]
ReportFormatOption = Annotated[ReportFormat, typer.Option("--format", help="How the report is written on stdout.")]
IsolationOption = Annotated[
    IsolationMode, typer.Option("--isolation", help="How much is taken away from components; none is for debuggers.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same orders.")]
