"""Carry out ``allause validate``: examine, mend, compare, write and show; or watch."""

import gc
from typing import TYPE_CHECKING

import attrs

from allause.cli.asked import Asked, Settled, settle
from allause.cli.progress import ProgressLine
from allause.cli.report_file import ReportFile, read, report_files, show, written
from allause.configuration import Settings
from allause.console.output import emit, tell
from allause.discovery import discover, printable
from allause.exceptions import UsageError
from allause.isolation import Isolation
from allause.models.report import Report
from allause.validation import carry_out

if TYPE_CHECKING:
    from allause.comparison import Comparison

#: Objects more than there were, before cycles are looked for.
_COLLECTED_AFTER = 100_000


def answer(asked: Asked, flags: Settings) -> int:
    """Settle what is asked for, do it and return the exit code.

    Raises:
        ConfigurationError: a configuration that cannot be read, or a value that is none of those possible.
        UsageError: a wrong name, path or report.
    """
    settled = settle(asked, flags)
    if settled.request.isolation is Isolation.NONE:
        tell("warning: components run without isolation and limits; the result proves nothing\n")
    if asked.watch:
        from allause.cli.watching import watch  # noqa: PLC0415 - seldom asked for

        watch(settled, lambda: settle(asked, flags), examine)
    return examine(settled)


def examine(settled: Settled) -> int:
    """Do what is asked for and return the exit code.

    Raises:
        UsageError: a wrong name, path or report.
        ValidatorError: a report that could not be written, after all was shown.
    """
    asked = settled.asked
    files = _checked(settled)
    old = read(asked.against, "--against") if asked.against else None
    if old is not None:
        settled = attrs.evolve(settled, request=attrs.evolve(settled.request, against=old))
    report = _examined(settled)
    if asked.fix and _mend(report, settled):
        report = _examined(settled)
    with written(report, files) as done:
        if old is not None:
            from allause.comparison import compare  # noqa: PLC0415 - seldom asked for

            _tell(compare(old, report), str(asked.against), settled)
        _show(report, settled, done)
    return report.exit_code


def _checked(settled: Settled) -> tuple[ReportFile, ...]:
    """Return the reports to write, each of which can be; the one that nobody asked for is done without otherwise.

    Raises:
        UsageError: one that was asked for cannot be written.
    """
    asked = report_files(settled.report, default="")
    for file in asked:
        file.check()
    if settled.asked.watch:
        return asked
    files = report_files(settled.report)
    for file in files[len(asked) :]:
        try:
            file.check()
        except UsageError as error:
            tell(f"note: {error}; --report json=PATH names another place\n")
            return asked
    return files


def _examined(settled: Settled) -> Report:
    if settled.asked.watch:
        return carry_out(settled.request)  # soon done, and again and again
    if len(settled.request.components) != 1:
        gc.freeze()  # the evidence of many is kept to the end: to look through it again and again finds no cycles
        gc.set_threshold(_COLLECTED_AFTER)
    with ProgressLine() as progress:
        return carry_out(settled.request, None if settled.asked.quiet else progress)


def _mend(report: Report, settled: Settled) -> bool:
    """Apply every safe fix, each shown, and tell whether there was one."""
    from allause.fixing import fixes  # noqa: PLC0415 - seldom asked for

    found = fixes(report, discover(), settled.place, settled.request.waivers)
    for fix in found:
        _aside(fix.diff(), settled)
        fix.apply()
    for then in dict.fromkeys(fix.then for fix in found if fix.then):
        _aside(f"then: {printable(then)}\n", settled)
    if not found:
        _aside(
            "fix: nothing to mend safely; only findings in checkouts are mended, editable or named by their path\n",
            settled,
        )
    return bool(found)


def _tell(comparison: "Comparison", name: str, settled: Settled) -> None:
    lines = [f"AGAINST {printable(name)}", *(printable(line, 400) for line in comparison.lines())]
    _aside("\n".join(lines) + "\n\n", settled)


def _aside(text: str, settled: Settled) -> None:
    """Write what is no report: on stdout among text, on stderr beside what programs read."""
    if settled.format == "text":
        emit(text)
    else:
        tell(text)


def _show(report: Report, settled: Settled, files: tuple[ReportFile, ...]) -> None:
    asked = settled.asked
    options = {"quiet": asked.quiet, "verbose": asked.verbose} if settled.format == "text" else {}
    show(report, settled.format.value, files, **options)
