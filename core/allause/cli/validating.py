"""``allause validate``: examine components and write the report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allause.cli.choices import IsolationMode, ReportFormat
from allause.cli.options import choice_option, seed_option
from allause.exceptions import UsageError

_CODES = "CODE,..."


class FailLevel(StrEnum):
    """Name the mildest outcome that fails; those of ``allause.validation``, without importing it."""

    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    WAIVED = "waived"


def validate(
    components: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMPONENT|PATH", help="What to examine; all that is installed when left out."),
    ] = None,
    output: Annotated[
        ReportFormat | None,
        choice_option("--format", ReportFormat, "Format of the report on stdout.  [default: text]"),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FORMAT=PATH",
            help="Also write the report to a file; json=allause-report.json when left out.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar=_CODES, help="Report on these checks only; makes the report partial."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar=_CODES, help="Leave these checks out; makes the report partial."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Look at metadata and source only; no component runs.")] = False,
    certify: Annotated[
        bool, typer.Option("--certify", help="Add the checks that matter before going live, and controls.")
    ] = False,
    workflows: Annotated[bool | None, typer.Option("--workflows/--no-workflows", help="Run the workflows.")] = None,
    plugin_checks: Annotated[
        bool | None,
        typer.Option("--plugin-checks/--no-plugin-checks", help="Run checks that other distributions contribute."),
    ] = None,
    seed: Annotated[int | None, seed_option("The same seed gives the same orders.  [default: 0]")] = None,
    isolation: Annotated[
        IsolationMode | None,
        choice_option("--isolation", IsolationMode, "How strictly components are isolated; none is for debuggers."),
    ] = None,
    fail_on: Annotated[
        FailLevel | None,
        choice_option("--fail-on", FailLevel, "Mildest outcome that makes the exit code other than 0."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="REPORT", help="Say what is new, fixed and changed since that report."),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely in checkouts.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Like --fast, and again whenever a file changes.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only findings and the verdict.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every check.")] = False,
) -> None:
    """Examine the installed components, alone and together."""
    from allause.cli.asked import Asked  # noqa: PLC0415 - slow, and --help must not be
    from allause.cli.examining import answer  # noqa: PLC0415 - the same
    from allause.configuration import Settings  # noqa: PLC0415 - the same

    flags = Settings(
        select=_listed("--select", select),
        ignore=_listed("--ignore", ignore),
        fail_on=fail_on,
        seed=seed,
        workflows=workflows,
        isolation=isolation,
        format=output,
        report=tuple(report) if report else None,
        plugin_checks=plugin_checks,
    )
    asked = Asked(
        components=tuple(components or ()),
        fast=fast,
        certify=certify,
        fix=fix,
        watch=watch,
        against=against,
        quiet=quiet,
        verbose=verbose,
    )
    raise typer.Exit(answer(asked, flags))


def _listed(option: str, options: list[str] | None) -> tuple[str, ...] | None:
    """Return the names in repeated options, each of which may hold several."""
    if not options:
        return None
    names = tuple(name.strip() for text in options for name in text.split(",") if name.strip())
    if not names:  # which would have meant all of them
        raise UsageError(f"{option}: expected codes, slugs or families, found none; leave it out for all checks")
    return names
