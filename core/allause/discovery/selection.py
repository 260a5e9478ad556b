"""Which components a person means."""

from collections.abc import Sequence

from allause.discovery.record import ComponentRecord
from allause.discovery.text import normalize, printable
from allause.exceptions import UsageError


def select(records: Sequence[ComponentRecord], names: Sequence[str]) -> tuple[ComponentRecord, ...]:
    """Return the records that ``names`` mean: identities, or bare names where these are unambiguous.

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
            from difflib import get_close_matches  # noqa: PLC0415 - slow, and only a wrong name needs it

            close = get_close_matches(wanted, [r.id for r in records] + [r.name for r in records], 1, 0.5)
            hint = f"; did you mean {close[0]}?" if close else "; 'allause list' shows what is installed"
            raise UsageError(f"no component {printable(name)!r} is installed{hint}")
        if len(found) > 1 and len({r.id for r in found}) > 1:
            ids = ", ".join(r.id for r in found)
            raise UsageError(f"{printable(name)!r} is ambiguous: {ids}; name one of these")
        chosen += [record for record in found if record not in chosen]
    return tuple(chosen)
