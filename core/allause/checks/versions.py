"""Which versions a specifier admits. The library for it takes as long to import as many checks take together."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from operator import ge, gt, le, lt

_CLAUSE = re.compile(r"\s*(>=|<=|>|<)\s*([0-9]{1,9}(?:\.[0-9]{1,9})*)\s*")
_RELEASE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")
_HOLDS: Mapping[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt}


def within(specifier: str) -> Callable[[str], bool]:
    """Return what tells whether a version lies within a specifier, pre-releases included.

    Limits that are plain numbers are compared here; everything else is left to ``packaging``.

    Raises:
        ValueError: it is no specifier.
    """
    clauses = [_CLAUSE.fullmatch(clause) for clause in specifier.split(",")]
    limits = [(_HOLDS[clause[1]], _release(clause[2])) for clause in clauses if clause]
    if len(limits) < len(clauses):
        return _looked_up(specifier)

    def admits(version: str) -> bool:
        if not _RELEASE.fullmatch(version):
            return _looked_up(specifier)(version)
        return all(holds(_release(version), limit) for holds, limit in limits)

    return admits


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version without zeros at its end, which mean nothing."""
    numbers = [*map(int, version.split("."))]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _looked_up(specifier: str) -> Callable[[str], bool]:
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - slow, and most limits are plain numbers

    return partial(SpecifierSet(specifier).contains, prereleases=True)
