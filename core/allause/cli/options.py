"""Options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """Name how results are written on stdout."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are written on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same orders.")]
