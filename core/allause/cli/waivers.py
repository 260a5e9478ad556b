"""The waivers of the configuration: one more, or all of them as text."""

from datetime import UTC, date, datetime
from pathlib import Path

from allause.checks import ALL_CHECKS
from allause.configuration import add_waiver, find_place, read_waivers
from allause.console.table import table
from allause.console.terminal import width
from allause.discovery import discover, normalize, printable
from allause.exceptions import UsageError
from allause.models.waiver import Waiver
from allause.nearest import nearest
from allause.replacement import replace


def add(code: str, component: str, reason: str, until: str) -> str:
    """Write a waiver into the configuration and say where.

    Raises:
        UsageError: it would cover nothing: an unknown check or one that cannot be waived, no identity, no reason, or a
            day that is none or has passed; or there is one already.
    """
    place = find_place(Path.cwd())
    waiver = Waiver(code=_code(code), component=_identity(component), reason=_reason(reason), until=_day(until))
    for each in read_waivers(place):
        if (each.code, each.component) == (waiver.code, waiver.component):
            raise UsageError(
                f"{printable(str(place.file))} has a waiver of {each.code} for {each.component} in line {each.line}; "
                "change that one"
            )
    text = add_waiver(place, waiver)
    try:
        replace(place.file, text.encode())
    except OSError as error:
        raise UsageError(f"{printable(str(place.file))} cannot be written: {error.strerror}") from error
    return f"{printable(str(place.file))}: {waiver.code} is waived for {waiver.component} until {waiver.until}\n"


def doubt(component: str) -> str:
    """Return a note when no such component is installed, with what was probably meant; no text when one is."""
    wanted = _identity(component)
    known = [record.id for record in discover()]
    if wanted in known:
        return ""
    close = nearest(wanted, known)
    hint = f"; did you mean {close}?" if close else ""
    return f"note: no component {printable(wanted)} is installed here, so nothing is waived for now{hint}\n"


def every_waiver() -> str:
    """Return a table of the waivers, with what has become of each as far as the configuration alone tells."""
    place = find_place(Path.cwd())
    waivers = read_waivers(place)
    if not waivers:
        return f"No waiver stands in {printable(str(place.file))}.\n"
    today = datetime.now(UTC).date()
    rows = [
        (
            printable(each.code, 40),
            printable(each.component),
            each.until.isoformat(),
            "expired" if each.until < today else "open",
            printable(each.reason),
        )
        for each in waivers
    ]
    return "\n".join(table(("CODE", "COMPONENT", "UNTIL", "STATE", "REASON"), rows, width=width())) + "\n"


def _code(text: str) -> str:
    waivable = {check.code: check.waivable for check in ALL_CHECKS}
    code = text.upper()
    if code not in waivable:
        close = nearest(code, waivable)
        hint = f"did you mean {close}?" if close else "'allause rule' lists them"
        raise UsageError(f"no check has the code {printable(text)!r}; {hint}")
    if not waivable[code]:
        raise UsageError(f"{code} cannot be waived; 'allause rule {code}' says what it is about, mend the finding")
    return code


def _identity(text: str) -> str:
    distribution, colon, name = text.partition(":")
    if not (distribution.strip() and colon and name.strip() and text.isprintable()):
        raise UsageError(f"--component: expected an identity DISTRIBUTION:NAME, found {printable(text)!r}")
    return f"{normalize(distribution)}:{normalize(name)}"


def _reason(text: str) -> str:
    reason = text.strip()
    try:
        reason.encode()
    except UnicodeEncodeError:
        raise UsageError(f"--reason: expected a text, found bytes that are none: {printable(reason)!r}") from None
    if not reason:
        raise UsageError("--reason: expected why the finding is accepted, found nothing")
    return reason


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until: expected a day such as 2027-01-31, found {printable(text)!r}") from None
    if day < datetime.now(UTC).date():
        raise UsageError(f"--until: {day} has passed; name a day to come")
    return day
