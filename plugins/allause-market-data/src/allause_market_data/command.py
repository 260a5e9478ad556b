"""``allause data``: say what files are, convert them, and check their quality."""

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from time import time_ns
from typing import Annotated, Any

import cattrs
import polars as pl
import typer

from allause.cli.options import choice_option
from allause.cli.progress import ProgressLine
from allause.console.output import emit
from allause.exceptions import DataError, UsageError
from allause.models.report import Progress
from allause_market_data.config import MarketDataConfig
from allause_market_data.converting import convert as convert_files
from allause_market_data.gate import Bounds, Gate
from allause_market_data.quality import RENDERERS
from allause_market_data.quality import check as check_files
from allause_market_data.quality.writing import moment
from allause_market_data.reading import Source, files_of, open_source, read_source, reader_of

app = typer.Typer(
    help="Inspect, convert and check files of market data.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Form(StrEnum):
    """Name how a report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


PathArgument = Annotated[Path, typer.Argument(metavar="PATH", help="Of a file or folder.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A key of the component's configuration, its value as JSON or text."
    ),
]
CalendarOption = Annotated[
    str | None, typer.Option("--calendar", metavar="MIC", help="Whose sessions tell what is missing: XNYS, 24/7, ...")
]


@app.command()
def inspect(path: PathArgument, settings: SetOption = None) -> None:
    """Say what a file is: format, schema, rows, instruments, times.

    The columns too. The exit code is 1 when it is refused.
    """
    config = _config(settings, None)
    refused = 0
    for file in files_of(path):
        try:
            emit(_described(open_source(file), config))
        except DataError as error:
            refused += 1
            emit(f"{file}\n  refused: {error}\n")
    raise typer.Exit(1 if refused else 0)


def _described(source: Source, config: MarketDataConfig) -> str:
    reader = reader_of(source)
    packed = f", packed as {source.packing}" if source.packing else ""
    members = f", {len(source.members)} members" if source.members else ""
    lines = [source.name, f"  {reader.name}{packed}{members}, {source.size} bytes"]
    for schema, frames in _by_schema(source, config).items():
        rows = pl.concat(frames)
        symbols = rows["symbol"].unique().sort()
        shown = ", ".join(symbols.head(5)) + (f" and {len(symbols) - 5} more" if len(symbols) > 5 else "")  # noqa: PLR2004 - a few as examples
        lines.append(f"  {rows.height} rows of schema {schema}: {shown}")
        if rows.height:
            first, last = (moment(int(time)) for time in (rows["ts_event"].min(), rows["ts_event"].max()))  # type: ignore[arg-type]  # integers
            lines.append(f"  from {first} to {last} UTC")
    return "\n".join(lines) + "\n"


def _by_schema(source: Source, config: MarketDataConfig) -> dict[str, list[pl.DataFrame]]:
    found: dict[str, list[pl.DataFrame]] = {}
    for batch in read_source(source, config):
        found.setdefault(batch.schema.value, []).append(batch.frame.select("symbol", "ts_event"))
    return found


@app.command()
def convert(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", metavar="STORE", help="Where to; what is there is refused.")],
    settings: SetOption = None,
    calendar: CalendarOption = None,
) -> None:
    """Write the good rows of a file or folder as a Parquet store.

    Whole or not at all.
    """
    config = _config(settings, calendar)
    with ProgressLine() as line:
        done = convert_files(path, out, config, _told(line), _bounds())
    emit(f"{done.rows} rows of {done.files} file{'s' * (done.files != 1)} read, {done.served} written to {out}\n")


@app.command()
def check(
    path: PathArgument,
    form: Annotated[Form, choice_option("--format", Form, "How the report is written on stdout.")] = Form.TEXT,
    reports: Annotated[
        list[str] | None, typer.Option("--report", metavar="FORMAT=PATH", help="Write it into a file too.")
    ] = None,
    settings: SetOption = None,
    calendar: CalendarOption = None,
) -> None:
    """Report every defect by cause, located.

    The exit code is 1 when there is one.
    """
    config = _config(settings, calendar)
    wanted = [_wanted(text) for text in reports or ()]
    drawn = Form.HTML in {form, *(kind for kind, _ in wanted)}
    with ProgressLine() as line:
        report = check_files(path, config, Gate(config.policies, _bounds(), config.calendar), _told(line), drawn=drawn)
    for kind, file in wanted:
        try:
            file.write_text(RENDERERS[kind](report), "utf-8")
        except OSError as error:
            raise UsageError(f"--report {kind}={file}: {error.strerror}; give a file that can be written") from error
    emit(RENDERERS[form](report))
    raise typer.Exit(0 if report.clean else 1)


def _bounds() -> Bounds:
    return Bounds(now=time_ns())


def _wanted(text: str) -> tuple[str, Path]:
    kind, _, file = text.partition("=")
    if kind not in RENDERERS or not file:
        raise UsageError(f"--report: expected FORMAT=PATH with {', '.join(RENDERERS)}, found {text!r}")
    return kind, Path(file)


def _told(line: ProgressLine) -> Callable[[int, int, str], None]:
    return lambda done, total, text: line(Progress(done=done, total=total, text=text))


def _config(settings: list[str] | None, calendar: str | None) -> MarketDataConfig:
    values: dict[str, Any] = {} if calendar is None else {"calendar": calendar}
    for text in settings or ():
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set: expected KEY=VALUE, found {text!r}")
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    converter = cattrs.Converter(forbid_extra_keys=True)
    try:
        return converter.structure(values, MarketDataConfig)
    except cattrs.BaseValidationError as error:
        raise UsageError(f"--set: {'; '.join(cattrs.transform_error(error))}") from error
