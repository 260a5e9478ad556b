"""Which components a person means."""

import os
from collections.abc import Sequence

from allause.discovery.record import ComponentRecord
from allause.discovery.text import normalize, printable
from allause.exceptions import UsageError
from allause.nearest import nearest

_NAMED = 20  # of those that an ambiguous name may mean


def select(
    records: Sequence[ComponentRecord], names: Sequence[str], *, paths: bool = False
) -> tuple[ComponentRecord, ...]:
    """Return the records that ``names`` mean: identities, or bare names where these are unambiguous.

    :param paths: whether the user might have named a path instead, and forgotten to write it as one.

    Raises:
        UsageError: an unknown or ambiguous name, with what was probably meant.
    """
    chosen: list[ComponentRecord] = []
    for name in names:
        wanted = ":".join(normalize(part) for part in name.split(":"))
        found = [r for r in records if r.id == wanted] or [
            r for r in records if ":" not in wanted and wanted in (normalize(r.name), r.distribution)
        ]
        if not found:
            if paths and (place := _place(name)):
                raise UsageError(f"no component {printable(name)!r} is installed; {place}")
            close = nearest(wanted, [r.id for r in records] + [r.name for r in records], 0.5)
            hint = f"; did you mean {close}?" if close else "; 'allause list' shows what is installed"
            raise UsageError(f"no component {printable(name)!r} is installed{hint}")
        if len(found) > 1 and len({r.id for r in found}) > 1:
            ids = ", ".join(dict.fromkeys(r.id for r in found[:_NAMED])) + ", ..." * (len(found) > _NAMED)
            raise UsageError(f"{printable(name)!r} is ambiguous: {ids}; name one of these")
        chosen += [record for record in found if record not in chosen]
    return tuple(chosen)


def _place(name: str) -> str:
    """Say how to name what lies in the current directory under a component's name; no text when nothing does."""
    if os.path.isdir(name):  # noqa: PTH112 - pathlib slows a listing
        return f"there is a folder of that name: to examine the checkout in it, write ./{printable(name)}"
    if os.path.exists(name):  # noqa: PTH110 - the same
        return "there is a file of that name, and only a source checkout or a wheel can be examined by its path"
    return ""
