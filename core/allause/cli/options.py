"""Options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """Name how results are written on stdout."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """Name how a report is written; the renderers, without importing them."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"
    HTML = "html"


class IsolationMode(StrEnum):
    """Name how components are isolated; those of ``allause.isolation``, without importing it."""

    HARDENED = "hardened"
    PROCESS = "process"
    NONE = "none"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are written on stdout.")]
ReportFormatOption = Annotated[ReportFormat, typer.Option("--format", help="How the report is written on stdout.")]
IsolationOption = Annotated[
    IsolationMode, typer.Option("--isolation", help="How much is taken away from components; none is for debuggers.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same orders.")]
