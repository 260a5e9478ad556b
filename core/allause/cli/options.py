"""Options that several commands share."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from allause.cli.choices import Format, ReportFormat, one_of
from allause.discovery import printable
from allause.exceptions import UsageError


def choice_option(name: str, choices: type[StrEnum], help_text: str) -> Any:
    """Return an option that takes one of ``choices`` and words a wrong one as every other error here."""
    shown = f"[{'|'.join(choices)}]"
    return typer.Option(name, metavar=shown, parser=lambda text: one_of(choices, text, name), help=help_text)


def number_option(name: str, help_text: str, *, least: int | None = None) -> Any:
    """Return an option that takes a whole number, from ``least`` up, with an error of ours too."""
    return typer.Option(name, metavar="INTEGER", parser=_whole(name, least), help=help_text)


def _whole(name: str, least: int | None) -> Callable[[str], int]:
    expected = "a whole number" if least is None else f"a whole number from {least} up"

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or (least is not None and number < least):
            raise UsageError(f"{name}: expected {expected}, found {printable(text)!r}")
        return number

    return parse


FormatOption = Annotated[Format, choice_option("--format", Format, "Format of the results on stdout.")]
ReportFormatOption = Annotated[ReportFormat, choice_option("--format", ReportFormat, "Format of the report on stdout.")]
SeedOption = Annotated[int, number_option("--seed", "The same seed gives the same orders.")]
