"""``allause list`` and ``allause info``: from metadata alone, nothing of a component is imported."""

from typing import Annotated

import typer

from allause.cli.choices import Format
from allause.cli.options import FormatOption
from allause.console.output import emit


def list_(output: FormatOption = Format.TEXT) -> None:
    """List the components that are installed."""
    from allause.cli import inventory  # noqa: PLC0415 - slow, and --help must not be

    inventory.show(as_json=output is Format.JSON)


def info(
    component: Annotated[
        str, typer.Argument(metavar="COMPONENT", help="Identity, DISTRIBUTION:NAME, or an unambiguous name.")
    ],
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what metadata and the contract say about one component."""
    from allause.cli import information  # noqa: PLC0415 - slow, and --help must not be
    from allause.discovery import discover, select  # noqa: PLC0415 - the same

    records = select(discover(), [component])
    emit(information.info_json(records) if output is Format.JSON else information.info_text(records))
