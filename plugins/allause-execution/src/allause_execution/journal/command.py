"""``allause journal``: read an order journal, whether an engine is at work on it or not; nothing is changed."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from allause.cli.choices import Format
from allause.cli.options import choice_option, number_option
from allause.console.output import emit
from allause.discovery import printable
from allause.exceptions import JournalError, UsageError
from allause_execution.journal.damage import FormatError
from allause_execution.journal.notation import Record, decoded
from allause_execution.journal.reading import NAME, Reading
from allause_execution.journal.rendering import Form, rendered, summary

app = typer.Typer(
    help="Read an order journal: show, verify or export it.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_CHUNK = 1000

PathArgument = Annotated[
    Path, typer.Argument(metavar="PATH", help="The journal, the directory it is in, or the directory of a run.")
]


@app.command()
def show(
    path: PathArgument,
    order: Annotated[str | None, typer.Option("--order", metavar="ID", help="Only the events of this order.")] = None,
    last: Annotated[int | None, number_option("--last", "Only the last N events.", least=1)] = None,
    form: Annotated[Form, choice_option("--format", Form, "The format of the events on stdout.")] = Form.TEXT,
) -> None:
    """Show the events of a journal, oldest first."""
    with _told():
        reading = _reading(path)
        seen: set[str] = set()
        wanted = _of(order, decoded(reading), seen)
        _emit(rendered(wanted if last is None else deque(wanted, min(last, sys.maxsize)), form))
    if order is not None and order not in seen:
        close = get_close_matches(order, seen, 1)
        hint = f"; did you mean {printable(close[0])!r}?" if close else ""
        raise UsageError(f"--order: the journal holds no event of an order {printable(order)!r}{hint}")


@app.command()
def verify(
    path: PathArgument,
    form: Annotated[Format, choice_option("--format", Format, "The format of the verdict on stdout.")] = Format.TEXT,
) -> None:
    """Read a whole journal and say whether it is sound.

    The exit code is 1 when it is not.
    """
    with _told():
        reading = _reading(path)
        try:
            for _ in decoded(reading):
                pass
        except JournalError as error:
            if form is Format.JSON and not isinstance(error.__cause__, FormatError | OSError):
                emit(summary({"sound": False, "journal": str(reading.directory), "problem": str(error)}, form))
            raise
    facts = {
        "sound": True,
        "journal": str(reading.directory),
        "events": reading.events,
        "segments": len(reading.paths),
        "ends_in": reading.paths[-1].name,
        "ends_at_byte": reading.offset,
        "unconfirmed_bytes": reading.torn,
    }
    emit(summary(facts, form))


@app.command()
def export(
    path: PathArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write; an existing one is refused.")],
    form: Annotated[Form, choice_option("--format", Form, "The format of the events.")] = Form.JSON,
) -> None:
    """Write the events of a journal into a file.

    When the journal is damaged, no file is left.
    """
    with _told():
        reading = _reading(path)
        try:
            file = out.open("x", encoding="utf-8", newline="")
        except OSError as error:
            taken = isinstance(error, FileExistsError)
            problem = "already exists and is not overwritten" if taken else f"cannot be made: {error.strerror}"
            raise UsageError(f"--out {printable(str(out))}: {problem}; name another file") from error
        try:
            with file:
                file.writelines(rendered(decoded(reading), form))
        except BaseException:
            out.unlink()
            raise
    emit(f"{reading.events} events written to {out}\n")


def _reading(path: Path) -> Reading:
    try:
        directory = _directory(path)
        reading = Reading(directory) if directory.exists() else None
    except OSError as error:  # so soon, of the names on the way there
        raise UsageError(
            f"{printable(str(path))}: cannot be read: {error.strerror or error}; check the path"
        ) from error
    if reading is None or not reading.paths:
        found = "nothing there" if reading is None else "none there"
        raise UsageError(
            f"{printable(str(path))}: expected a journal, found {found}; "
            f"give the journal ({NAME}), the directory it is in, or the directory of a run"
        )
    return reading


def _directory(path: Path) -> Path:
    """Return where the journal is: below, and in a run's directory below that of the component that keeps it."""
    if (path / NAME).is_dir():
        return path / NAME
    below = sorted(path.glob(f"components/*/{NAME}"))
    return below[0] if len(below) == 1 else path


def _of(order: str | None, records: Iterable[Record], seen: set[str]) -> Iterator[Record]:
    """Yield the events of one order, or all of them, and note whose events there are."""
    for record in records:
        seen.add(record[1].client_order_id)
        if order is None or record[1].client_order_id == order:
            yield record


def _emit(lines: Iterable[str]) -> None:
    """Write lines as they come, so that the events before a damaged one are seen."""
    chunk: list[str] = []
    try:
        for line in lines:
            chunk.append(line)
            if len(chunk) == _CHUNK:
                emit("".join(chunk))
                chunk.clear()
    finally:
        emit("".join(chunk))


@contextmanager
def _told() -> Iterator[None]:
    """Part a path that is no journal, exit code 2, from a journal that is damaged, exit code 1."""
    try:
        yield
    except JournalError as error:
        if isinstance(error.__cause__, FormatError | OSError):
            raise UsageError(str(error)) from error
        raise
