"""Options that several commands share."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from allause.cli.choices import Format, ReportFormat, one_of
from allause.discovery import printable
from allause.exceptions import UsageError
from allause.seeds import EXPECTED, SEEDS


def choice_option(name: str, choices: type[StrEnum], help_text: str) -> Any:
    """Return an option that takes one of ``choices`` and words a wrong one as every other error here."""
    shown = f"[{'|'.join(choices)}]"
    return typer.Option(name, metavar=shown, parser=lambda text: one_of(choices, text, name), help=help_text)


def number_option(name: str, help_text: str, *, least: int) -> Any:
    """Return an option that takes a whole number, from ``least`` up, with an error of ours too."""
    return _whole_option(name, help_text, f"a whole number from {least} up", lambda number: number >= least)


def path_option(name: str, metavar: str, help_text: str) -> Any:
    """Return an option that takes a path; an empty one, as of a variable that is not set, is not the current folder."""

    def parse(text: str | Path) -> Path:
        if text == "":
            raise UsageError(f"{name}: expected a path, found an empty text")
        return Path(text)

    return typer.Option(name, metavar=metavar, parser=parse, help=help_text)


def seed_option(help_text: str) -> Any:
    """Return the option ``--seed``."""
    return _whole_option("--seed", help_text, EXPECTED, SEEDS.__contains__)


def _whole_option(name: str, help_text: str, expected: str, right: Callable[[int], bool]) -> Any:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not right(number):
            raise UsageError(f"{name}: expected {expected}, found {printable(text)!r}")
        return number

    return typer.Option(name, metavar="INTEGER", parser=parse, help=help_text)


FormatOption = Annotated[Format, choice_option("--format", Format, "Format of the results on stdout.")]
ReportFormatOption = Annotated[ReportFormat, choice_option("--format", ReportFormat, "Format of the report on stdout.")]
SeedOption = Annotated[int, seed_option("The same seed gives the same orders.")]
