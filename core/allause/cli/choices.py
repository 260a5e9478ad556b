"""What an option may be, by name; without the parser of the command line, which is slow to import."""

from enum import StrEnum


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
