"""What an option may be, by name; without the parser of the command line, which is slow to import."""

from enum import StrEnum
from typing import TypeVar

from allause.discovery import printable
from allause.exceptions import UsageError
from allause.nearest import nearest

_Choice = TypeVar("_Choice", bound=StrEnum)


class Format(StrEnum):
    """Name how results are written on stdout."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """Name how a report is written; the renderers, without importing them."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"
    HTML = "html"


class IsolationMode(StrEnum):
    """Name how components are isolated; those of ``allause.isolation``, without importing it."""

    HARDENED = "hardened"
    PROCESS = "process"
    NONE = "none"


def one_of(choices: type[_Choice], text: str, name: str) -> _Choice:
    """Return the choice that ``text`` spells.

    :param name: of what was to be chosen, for the error.

    Raises:
        UsageError: it spells none of them.
    """
    values = [choice.value for choice in choices]
    if text not in values:
        close = nearest(text, values)
        hint = f"; did you mean {close!r}?" if close else ""
        raise UsageError(f"{name}: expected one of {', '.join(values)}, found {printable(text)!r}{hint}")
    return choices(text)
