"""Choose among the checks by code, slug or family."""

from collections.abc import Iterable, Sequence

from allause.checks.check import Check
from allause.discovery import printable
from allause.evidence import Evidence
from allause.exceptions import UsageError
from allause.nearest import nearest


def chosen(checks: Sequence[Check[Evidence]], select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """Return the codes that ``select`` names, all when it is empty, without those that ``ignore`` names.

    A name is a code such as ``CON001``, a slug such as ``missing-method``, or a family such as ``CON``.

    Raises:
        UsageError: a name that means no check, with what was probably meant.
    """
    wanted = _named(checks, select) if select else frozenset(check.code for check in checks)
    return wanted - _named(checks, ignore)


def with_needs(checks: Sequence[Check[Evidence]], codes: Iterable[str]) -> tuple[Check[Evidence], ...]:
    """Return the checks of ``codes`` and all they need, in the order given."""
    by_code = {check.code: check for check in checks}
    wanted: set[str] = set()
    open_ones = list(codes)
    while open_ones:
        code = open_ones.pop()
        if code in by_code and code not in wanted:
            wanted.add(code)
            open_ones += by_code[code].waits_for
    return tuple(check for check in checks if check.code in wanted)


def _named(checks: Sequence[Check[Evidence]], names: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        codes = [check.code for check in checks if _means(name, check)]
        if not codes:
            known = [each for check in checks for each in (check.code, check.slug, family(check.code))]
            close = nearest(name.upper(), known) or nearest(name, known)
            hint = f"; did you mean {close}?" if close else "; 'allause rule' lists them"
            raise UsageError(f"no check has the code, slug or family {printable(name)!r}{hint}")
        found.update(codes)
    return frozenset(found)


def _means(name: str, check: Check[Evidence]) -> bool:
    return name.upper() in {check.code, family(check.code)} or name.lower() == check.slug


def family(code: str) -> str:
    """Return the letters of a code."""
    return code.rstrip("0123456789")
