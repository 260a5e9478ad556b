"""Checks that other distributions contribute: the hook, and what is demanded of them.

A distribution names an object in the entry point group ``allause.checks``. The object has a function
``allause_checks``, marked with ``hookimpl``, that returns checks: pure functions over ``Evidence``, as ours are.
"""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pluggy

from allause.checks.check import Check
from allause.checks.choice import family
from allause.discovery import Contributor, printable
from allause.evidence import Evidence
from allause.exceptions import ComponentError
from allause.hookspecs import hookspec

#: Families that are ours, those of the catalogue that are not used yet among them.
FAMILIES = frozenset(
    ("DSC", "PKG", "CON", "TYP", "BEH", "ASY", "RES", "CNC", "DET", "PRF", "TRD", "SEC", "INT", "DOC", "WVR", "VAL")
)
_CODE = re.compile(r"[A-Z]{2,8}[0-9]{3}")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class ContributionSpec:
    """The hook of those who contribute checks."""

    @hookspec
    def allause_checks(self) -> Sequence[Check[Evidence]]:  # type: ignore[empty-body] # a hookspec has none
        """Return checks; each has a code of a family of its own, such as ``ACME001``."""


def collect(contributor: Contributor) -> tuple[Check[Evidence], ...]:
    """Import a contributor and return its checks. Only a process that may be lost does this.

    Raises:
        ComponentError: it cannot be imported, has no marked hook, or returns what is no acceptable check.
    """
    try:
        plugin: Any = import_module(contributor.module)
        for part in filter(None, contributor.attribute.split(".")):
            plugin = getattr(plugin, part)
        manager = pluggy.PluginManager("allause")
        manager.add_hookspecs(ContributionSpec)
        manager.register(plugin() if isinstance(plugin, type) else plugin)
        answers = manager.hook.allause_checks()
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {printable(str(error))}"
        raise ComponentError(f"{contributor.id} could not be asked for its checks: {text}", contributor.id) from error
    if not answers:
        raise ComponentError(f"{contributor.id} has no function 'allause_checks' marked with hookimpl", contributor.id)
    checks = tuple(answers[0])
    for check in checks:
        problem = refusal(check.code, check.slug) if isinstance(check, Check) else f"{type(check).__name__} is no Check"
        if problem:
            raise ComponentError(f"{contributor.id}: {problem}", contributor.id)
    return checks


def refusal(code: object, slug: object) -> str:
    """Return why a contributed check may not be called so; empty when it may."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return f"the code {printable(repr(code), 60)} is not of the form ACME001"
    if family(code) in FAMILIES:
        return f"the code {code} is of a family of allause; choose another prefix"
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        return f"the slug {printable(repr(slug), 60)} is not of the form words-with-hyphens"
    return ""
