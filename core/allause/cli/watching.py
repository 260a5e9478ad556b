"""Repeat the static examination whenever a file of a component changes."""

import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from time import sleep
from typing import NoReturn

from allause.cli.program import ExitCode
from allause.configuration import Place
from allause.discovery import ComponentRecord, discover, select
from allause.evidence import locate
from allause.installation import is_path
from allause.models.report import Report
from allause.validation import Request, carry_out

_PERIOD_S = 0.3
_MOST = 10_000

Stamps = Mapping[Path, tuple[int, int]]


def watch(request: Request, place: Place, show: Callable[[Report], None]) -> NoReturn:
    """Examine and show, and again after every change, until interrupted; nothing of a component runs.

    Raises:
        SystemExit: the only way out, with the code of an interruption; it is the usual end, and no error is told.
    """
    try:
        while True:
            seen = stamps(request, place)
            show(carry_out(request))
            sys.stderr.write(f"watching {len(seen)} files; Ctrl-C ends it\n")
            sys.stderr.flush()
            while stamps(request, place) == seen:
                sleep(_PERIOD_S)
    except KeyboardInterrupt:
        sys.stderr.write("watching ended\n")
        sys.exit(ExitCode.INTERRUPTED)


def stamps(request: Request, place: Place) -> Stamps:
    """Return time and size of every file that a static examination reads."""
    found = discover()
    paths = [Path(name) for name in request.components if is_path(name)]
    names = [name for name in request.components if not is_path(name)]
    records = select(found, names, paths=True) if request.components else found
    files = {place.file, *(file for record in records for file in _files(record))}
    files |= {file for path in paths for file in _named(path)}
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
    """Yield the wheel itself, or the files of a checkout that its wheel is built from."""
    if not path.is_dir():
        yield path
        return
    yield path / "pyproject.toml"
    yield from islice(path.rglob("*.py"), _MOST)


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
