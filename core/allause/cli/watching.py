"""Repeat the static examination whenever a file of a component changes."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NoReturn

from allause.cli.asked import Settled
from allause.cli.exit_code import ExitCode
from allause.cli.report_file import report_files
from allause.configuration import Place
from allause.console.output import tell
from allause.console.reader import Reader
from allause.discovery import ComponentRecord, discover, printable, select
from allause.evidence import locate
from allause.exceptions import AllauseError, UsageError
from allause.installation import LEFT_OUT, is_path, path_of
from allause.validation import Request

_PERIOD_S = 0.3
_LONGEST = 2_000
_MOST = 10_000
_STREAMS = ("/dev/stdout", "/dev/stderr")

Stamps = Mapping[Path, tuple[int, int]]


def watch(settled: Settled, settle: Callable[[], Settled], examine: Callable[[Settled], object]) -> NoReturn:
    """Examine and show, and again after every change, until interrupted; nothing of a component runs.

    What is wrong for now, such as a file that is half written, is told, and the next change looked at like any other.

    :param settled: what is asked for.
    :param settle: the same again, from a configuration that may have changed.
    :param examine: and show.

    Raises:
        UsageError: a name that is none to begin with.
        SystemExit: the only other way out, with the code of an interruption; it is the usual end, and no error is told.
            Where the reader of stdout has gone, as in ``| head``, nothing is.
    """
    try:
        seen, reader = _look(settled), Reader()
        while True:
            try:
                settled = settle()
                examine(settled)
            except AllauseError as error:
                tell(f"allause: error: {printable(' '.join(str(error).split()), _LONGEST)}\n")
            tell(f"watching {len(seen)} files; Ctrl-C ends it\n")
            seen = _changed(settled, seen, reader)
    except KeyboardInterrupt:
        tell("watching ended\n")
        sys.exit(ExitCode.INTERRUPTED)


def _changed(settled: Settled, seen: Stamps, reader: Reader) -> Stamps:
    """Wait for a change and return the stamps since then; none when a component has gone.

    Raises:
        SystemExit: nobody reads any more what would be shown.
    """
    while True:
        try:
            now = _look(settled)
        except UsageError:
            now = {}
        if now != seen:
            return now
        if reader.goes_within(_PERIOD_S):
            sys.exit(ExitCode.INTERRUPTED)


def _look(settled: Settled) -> Stamps:
    written = [str(file.path) for file in report_files(settled.report, default="")]
    own = {Path(os.path.realpath(name)) for name in (*_STREAMS, *written)}  # which would change for ever
    found = stamps(settled.request, settled.place)
    return {file: stamp for file, stamp in found.items() if file not in own}


def stamps(request: Request, place: Place) -> Stamps:
    """Return time and size of every file that a static examination reads."""
    found = discover()
    paths = [Path(os.path.realpath(path_of(name))) for name in request.components if is_path(name)]
    names = [name for name in request.components if not is_path(name)]
    records = select(found, names, paths=True) if request.components else found
    files = {place.file, *(file for record in records for file in _files(record))}
    files |= {file for path in paths for file in islice(_named(path), _MOST)}
    return {file: stamp for file in sorted(files) if (stamp := _stamp(file)) is not None}


def _files(record: ComponentRecord) -> Iterator[Path]:
    for name in ("entry_points.txt", "METADATA", "RECORD", "direct_url.json"):
        yield Path(record.location, name)
    file = locate(record.module.partition(".")[0]) if record.module else None
    if file is None:
        return
    yield file
    if file.name == "__init__.py":
        for count, each in enumerate(file.parent.rglob("*.py")):
            if count >= _MOST:
                return
            yield each


def _named(path: Path) -> Iterator[Path]:
    """Yield the wheel itself, or the files of a checkout that its wheel may be built from."""
    if not path.is_dir():
        yield path
    for folder, folders, names in os.walk(path):
        hidden = {name for name in (*folders, *names) if name.startswith(".")}
        left_out = hidden | LEFT_OUT(folder, [*folders, *names])
        folders[:] = sorted(set(folders) - left_out)
        yield from (Path(folder, name) for name in sorted(set(names) - left_out))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
