"""What a command line of ``allause validate`` asks for, settled against environment and configuration."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from allause.cli.choices import ReportFormat, one_of
from allause.cli.report_file import report_file
from allause.configuration import Place, Settings, find_place, read_settings, read_waivers
from allause.discovery import printable
from allause.exceptions import UsageError
from allause.isolation import Isolation
from allause.seeds import EXPECTED, SEEDS
from allause.validation import FailOn, Request

_CHOICES: Mapping[str, type[StrEnum]] = MappingProxyType(
    {"fail-on": FailOn, "isolation": Isolation, "format": ReportFormat}
)
_Choice = TypeVar("_Choice", bound=StrEnum)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Asked:
    """Hold the flags that no configuration can set.

    Attributes:
        components: as named.
        fast: whether nothing of a component may run.
        certify: whether to add what a certificate asks for.
        fix: whether to mend what can be mended safely.
        watch: whether to repeat at every change.
        against: a report to compare with.
        quiet: whether to show findings and the verdict alone.
        verbose: whether to show every check.
    """

    components: tuple[str, ...] = ()
    fast: bool = False
    certify: bool = False
    fix: bool = False
    watch: bool = False
    against: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for one, other in (("quiet", "verbose"), ("watch", "certify"), ("watch", "fix"), ("fast", "certify")):
            if getattr(self, one) and getattr(self, other):
                raise _exclusive(one, other)


def _exclusive(one: str, other: str) -> UsageError:
    return UsageError(f"--{one} and --{other} exclude each other; leave one of them out")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Settled:
    """Hold what to do, every default filled in."""

    asked: Asked
    request: Request
    place: Place
    format: ReportFormat
    report: tuple[str, ...]


def settle(asked: Asked, flags: Settings, components: tuple[str, ...] | None = None) -> Settled:
    """Put flags over environment, environment over file, file over defaults.

    Raises:
        ConfigurationError: a configuration that cannot be read.
        UsageError: a value that is none of those possible, or one that contradicts another.
    """
    if flags.workflows and (asked.fast or asked.watch):
        raise _exclusive("fast" if asked.fast else "watch", "workflows")
    place = find_place(Path.cwd())
    settings = flags.over(read_settings(place, os.environ, _check))
    request = Request(
        components=asked.components if components is None else components,
        workflows=settings.workflows is not False,
        certify=asked.certify,
        fast=asked.fast or asked.watch,
        seed=settings.seed or 0,
        select=settings.select or (),
        ignore=settings.ignore or (),
        waivers=read_waivers(place),
        fail_on=_one_of(FailOn, settings.fail_on, "fail-on") or FailOn.INCONCLUSIVE,
        plugin_checks=settings.plugin_checks or False,
        isolation=_one_of(Isolation, settings.isolation, "isolation") or Isolation.HARDENED,
    )
    return Settled(
        asked=asked,
        request=request,
        place=place,
        format=_one_of(ReportFormat, settings.format, "format") or ReportFormat.TEXT,
        report=settings.report or (),
    )


def _check(key: str, value: Any, name: str) -> None:
    """Refuse a value that is none of those possible, while it is known where it stands."""
    if key in _CHOICES:
        one_of(_CHOICES[key], value, name)
    elif key == "select" and not value:  # which would have meant all of them
        raise UsageError(f"{name}: expected codes, slugs or families, found none; leave it out for all checks")
    elif key == "seed" and value not in SEEDS:
        raise UsageError(f"{name}: expected {EXPECTED}, found {printable(str(value), 80)}")
    elif key == "report":
        for each in value:
            report_file(each, name)


def _one_of(choices: type[_Choice], text: str | None, key: str) -> _Choice | None:
    return None if text is None else one_of(choices, text, key)
