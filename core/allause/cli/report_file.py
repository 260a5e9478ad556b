"""Reports: on stdout, and in files named as FORMAT=PATH, checked before the work, written whole or not at all."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from allause.cli.choices import ReportFormat, one_of
from allause.console.output import emit, tell
from allause.console.terminal import wants_colour
from allause.discovery import printable
from allause.exceptions import UsageError, ValidatorError
from allause.models.report import Report
from allause.rendering import RENDERERS, render
from allause.replacement import draft_beside, replace

DEFAULT = "json=allause-report.json"
_STREAMS = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))  # where names stand for open files


@attrs.frozen
class ReportFile:
    """Hold where a report goes, and in which format."""

    format: str
    path: Path

    def check(self) -> None:
        """Try to create a file beside the path's target.

        Raises:
            UsageError: it cannot be written, or holds what is no regular file.
        """
        shown = f"--report {self.format}={printable(str(self.path))}"
        try:
            place = self._place()
            if place.is_dir():
                raise UsageError(f"{shown}: expected a file, found a folder; name a file in it")
            if self.path.absolute().parent in _STREAMS or (place.exists() and not place.is_file()):
                raise UsageError(
                    f"{shown} is no regular file, and a report replaces what it is written to; name a file"
                )
            trial = draft_beside(place)
            trial.touch(exist_ok=False)
            trial.unlink()
        except FileNotFoundError as error:
            if place.parent.is_dir():  # what /proc says of a name it does not have
                folder = printable(str(place.parent))
                raise UsageError(f"{shown}: no file can be made in {folder}; name another folder") from error
            raise UsageError(f"{shown}: its folder does not exist; create it first") from None
        except (OSError, ValueError) as error:
            raise UsageError(f"{shown} cannot be written: {_reason(error)}") from error

    def write(self, report: Report) -> None:
        """Render the report and put the file in its place in one step.

        Raises:
            ValidatorError: it cannot be written any more.
        """
        try:
            replace(self._place(), RENDERERS[self.format](report).encode(errors="backslashreplace"))
        except OSError as error:  # found only now, such as a full disk
            shown = printable(str(self.path))
            raise ValidatorError(f"--report {self.format}={shown} cannot be written: {_reason(error)}") from error

    def _place(self) -> Path:
        """Return what the path leads to, so that a link stays one."""
        return Path(os.path.realpath(self.path))


@contextmanager
def written(report: Report, files: Sequence[ReportFile]) -> Iterator[tuple[ReportFile, ...]]:
    """Write every file that can be written and yield those; only once they were shown are the others an error.

    Raises:
        ValidatorError: some could not be written, each with the reason.
    """
    done: list[ReportFile] = []
    problems: list[str] = []
    for file in files:
        try:
            file.write(report)
        except ValidatorError as error:
            problems.append(str(error))
        else:
            done.append(file)
    yield tuple(done)
    if problems:
        raise ValidatorError("; ".join(problems))


def show(report: Report, format_name: str, files: Sequence[ReportFile] = (), **options: Any) -> None:
    """Write the report on stdout and name its files: within the text, or on stderr beside what programs read.

    :param options: what the format's renderer takes.
    """
    names = [str(file.path) for file in files]
    if format_name == "text":
        emit(render("text", report, files=names, colour=wants_colour(sys.stdout), **options))
        return
    emit(render(format_name, report, **options))
    tell("".join(f"Report: {printable(name)}\n" for name in names))


def read(path: Path, where: str = "") -> Report:
    """Return the report that was saved as JSON at ``path``.

    :param where: the option that names it, for the error.

    Raises:
        UsageError: it cannot be read, or is no report.
    """
    from allause.rendering.saved import LARGEST, parse  # noqa: PLC0415 - slow, and seldom asked for

    shown = f"{where} {printable(str(path))}".lstrip()
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{shown} cannot be read: {_reason(error)}; name a report that 'allause validate --report json=FILE' wrote"
        ) from error
    return parse(content, shown)


def report_files(options: Sequence[str], *, default: str = DEFAULT) -> tuple[ReportFile, ...]:
    """Read ``FORMAT=PATH`` options.

    :param default: the report that is written too when no JSON report is asked for; none when empty.

    Raises:
        UsageError: malformed, an unknown format, or one path twice.
    """
    files = [report_file(option) for option in options]
    if default and all(file.format != "json" for file in files):
        files.append(report_file(default))
    places = [os.path.realpath(file.path) for file in files]
    for file, place in zip(files, places, strict=True):
        if places.count(place) > 1:
            raise UsageError(f"--report: {printable(str(file.path))} is named twice; give each report its own file")
    return tuple(files)


def report_file(option: str, where: str = "--report") -> ReportFile:
    """Return the file that ``FORMAT=PATH`` names.

    :param where: it is written, for the error.

    Raises:
        UsageError: it is written otherwise, or there is no such format.
    """
    name, _, path = option.partition("=")
    if not Path(path).name or "\0" in path:
        raise UsageError(f"{where}: expected FORMAT=PATH, such as json=report.json, found {printable(option)!r}")
    return ReportFile(one_of(ReportFormat, name, where), Path(path))


def _reason(error: Exception) -> str:
    return printable(getattr(error, "strerror", None) or str(error))
