"""What a command line of ``allause data`` asks for: a path that is there, and a configuration that fits."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from allause.discovery import printable, structure
from allause.exceptions import ConfigurationError, UsageError
from allause_market_data.config import MarketDataConfig
from allause_market_data.plugin import LiveMarketDataSystem

#: Settings that are mappings, with an example of each.
_MAPPINGS = {"columns": '{"close": "Settle"}', "policies": '{"spike": "reject"}'}

PathArgument = Annotated[
    Path,
    # whether it can be read is said by ``present``, in one voice with all else
    typer.Argument(metavar="PATH", help="File, folder or store to read.", readable=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Setting of the component's configuration, the value as JSON or text."
    ),
]
CalendarOption = Annotated[
    str | None,
    typer.Option("--calendar", metavar="MIC", help="Calendar whose sessions show what is missing: XNYS, 24/7, ..."),
]


def present(path: Path) -> Path:
    """Return a path at which there is something that may be read.

    Raises:
        UsageError: nothing is there, or it is not readable.
    """
    shown = printable(str(path))
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UsageError(f"{shown}: expected a file or folder, found nothing there; check the path") from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}; check its permissions, or name another") from error
    if not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK):
        raise UsageError(f"{shown} is not readable; check its permissions, or name another")
    return path


def configured(settings: Sequence[str] | None, calendar: str | None = None) -> MarketDataConfig:
    """Return the configuration that the options make.

    Raises:
        UsageError: a key there is none of, or a value that does not fit.
    """
    values: dict[str, Any] = {} if calendar is None else {"calendar": calendar}
    for text in settings or ():
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set: expected KEY=VALUE, found {printable(text)!r}")
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
        if key in _MAPPINGS and not isinstance(values[key], Mapping):
            raise UsageError(
                f"--set {key}: expected a JSON object such as --set '{key}={_MAPPINGS[key]}', "
                f"found {printable(value)!r}"
            )
    try:
        config: MarketDataConfig = structure("market data", LiveMarketDataSystem, values)
    except ConfigurationError as error:
        raise UsageError(f"--set: {error}") from error
    return config
