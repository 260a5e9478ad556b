"""``allause data``: say what files are, convert them, and check their quality."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from time import time_ns
from typing import Annotated

import polars as pl
import typer

from allause.cli.options import choice_option
from allause.cli.progress import ProgressLine
from allause.console.output import emit
from allause.console.table import table
from allause.console.terminal import width
from allause.exceptions import DataError, UsageError
from allause.models.report import Progress
from allause_market_data.arguments import CalendarOption, PathArgument, SetOption, configured, present
from allause_market_data.config import MarketDataConfig
from allause_market_data.converting import convert as convert_files
from allause_market_data.gate import DEFAULTS, Bounds, Cause, Gate
from allause_market_data.gate.meanings import MEANINGS
from allause_market_data.quality import RENDERERS
from allause_market_data.quality import check as check_files
from allause_market_data.quality.writing import moment, printable
from allause_market_data.reading import Source, files_of, open_source, read_source, reader_of
from allause_market_data.store import Store, damages, is_store

app = typer.Typer(
    help="Inspect, convert and check files of market data.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_PARTS, _EXAMPLES = 20, 5
_LONGEST = 1_000  # of a reason, which ends with the remedy


class Form(StrEnum):
    """Name how a report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@app.command()
def inspect(path: PathArgument, settings: SetOption = None) -> None:
    """Say what a file is: format, schema, columns, rows, times.

    The exit code is 1 when the file is refused.
    """
    config = configured(settings)
    if is_store(present(path)):
        emit(_summed(path))
        raise typer.Exit(1 if damages(path) else 0)
    refused = 0
    for file in files_of(path):
        try:
            emit(_described(open_source(file), config))
        except DataError as error:
            refused += 1
            reason = str(error).removeprefix(f"{file}: ")
            emit(f"{printable(str(file))}\n  refused: {printable(reason, _LONGEST)}\n")
    raise typer.Exit(1 if refused else 0)


@app.command()
def causes() -> None:
    """Say what each cause means and what becomes of its rows."""
    rows = [(cause.value, DEFAULTS[cause].value, MEANINGS[cause]) for cause in Cause]
    emit("\n".join(table(("CAUSE", "DEFAULT", "WHAT IT IS"), rows, width=width(), whole=True)) + "\n")


def _described(source: Source, config: MarketDataConfig) -> str:
    reader = reader_of(source)
    packed = f", packed as {source.packing}" if source.packing else ""
    members = f", {len(source.members)} member{'s' * (len(source.members) != 1)}" if source.members else ""
    lines = [source.name, f"  {reader.name}{packed}{members}, {source.size} bytes"]
    for schema, frames in _by_schema(source, config).items():
        rows = pl.concat(frames)
        lines.append(
            f"  {rows.height} rows of schema {schema}: {_examples(sorted(rows['symbol'].fill_null('').unique()))}"
        )
        lines.extend(_span(rows["ts_event"].min(), rows["ts_event"].max()))  # type: ignore[arg-type]  # integers
    return "\n".join(lines) + "\n"


def _summed(path: Path) -> str:
    """Describe a store by what it says of itself; its rows need not be read for that."""
    stores = Store.all_of(path)
    files = {name: size for store in stores for name, size in store.files.items()}
    lines = [
        printable(str(path)),
        f"  a store, {len(files)} file{'s' * (len(files) != 1)}, {sum(files.values())} bytes",
    ]
    for store in stores:
        whole = store.quality(store.symbols)
        shown = _examples(store.symbols)
        lines.append(f"  {whole.rows} rows of schema {store.schema} judged, {whole.good} good: {shown}")
        lines.extend(_span(whole.ts_first, whole.ts_last))
    lines.extend(f"  damaged: {printable(reason)}" for reason in damages(path).values())
    return "\n".join(lines) + "\n"


def _examples(symbols: Sequence[str]) -> str:
    more = len(symbols) - _EXAMPLES
    return printable(", ".join(symbols[:_EXAMPLES])) + (f" and {more} more" if more > 0 else "")


def _span(first: int | None, last: int | None) -> Iterator[str]:
    if first is not None and last is not None:
        yield f"  from {moment(first)} to {moment(last)} UTC"


def _by_schema(source: Source, config: MarketDataConfig) -> dict[str, list[pl.DataFrame]]:
    found: dict[str, list[pl.DataFrame]] = {}
    for batch in read_source(source, config):
        found.setdefault(batch.schema.value, []).append(batch.frame.select("symbol", "ts_event"))
    return found


@app.command()
def convert(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", metavar="STORE", help="Folder for the store; it must not exist yet.")],
    settings: SetOption = None,
    calendar: CalendarOption = None,
) -> None:
    """Write the good rows of a file or folder as a Parquet store.

    The store is written as a whole or not at all.
    """
    config = configured(settings, calendar)
    with ProgressLine() as line:
        done = convert_files(present(path), out, config, _told(line), _bounds())
    causes = ", ".join(f"{count} {cause}" for cause, count in done.left_out.items())
    emit(
        f"{done.rows} rows of {done.files} file{'s' * (done.files != 1)} read, {done.served} written to {out}"
        f"{f'; left out: {causes}' if causes else ''}\n"
    )


@app.command()
def check(
    path: PathArgument,
    form: Annotated[Form, choice_option("--format", Form, "Format of the report on stdout.")] = Form.TEXT,
    reports: Annotated[
        list[str] | None,
        typer.Option("--report", metavar="FORMAT=PATH", help="Also write the report to a file; may be repeated."),
    ] = None,
    settings: SetOption = None,
    calendar: CalendarOption = None,
) -> None:
    """Report every defect, by cause and with its place.

    The exit code is 1 when there is one.
    """
    config = configured(settings, calendar)
    wanted = [_wanted(text, present(path)) for text in reports or ()]
    drawn = Form.HTML in {form, *(kind for kind, _ in wanted)}
    with ProgressLine() as line:
        report = check_files(
            present(path), config, Gate(config.policies, _bounds(), config.calendar), _told(line), drawn=drawn
        )
    for kind, file in wanted:
        try:
            file.write_text(RENDERERS[kind](report), "utf-8")
        except OSError as error:
            raise UsageError(f"--report {kind}={file}: {error.strerror}; give a file that can be written") from error
    emit(RENDERERS[form](report))
    raise typer.Exit(0 if report.clean else 1)


def _bounds() -> Bounds:
    return Bounds(now=time_ns())


def _wanted(text: str, checked: Path) -> tuple[str, Path]:
    kind, _, name = text.partition("=")
    if kind not in RENDERERS or not name:
        raise UsageError(f"--report: expected FORMAT=PATH with {', '.join(RENDERERS)}, found {text!r}")
    file = Path(name)
    if file.exists() and any(one.exists() and one.samefile(file) for one in files_of(checked)):
        raise UsageError(f"--report {text}: expected another file than those that are checked; it would be overwritten")
    return kind, file


def _told(line: ProgressLine) -> Callable[[int, int, str], None]:
    """Tell of no more than about twenty parts, for a store has thousands of files."""

    def tell(done: int, total: int, text: str) -> None:
        if done % max(1, total // _PARTS) == 0:
            line(Progress(done=done, total=total, text=text))

    return tell
