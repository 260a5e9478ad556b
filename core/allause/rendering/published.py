"""A report as the reader of its JSON gets it."""

import msgspec

from allause.models.report import Report
from allause.rendering.json import document


def published(report: Report) -> Report:
    """Return the report with every text bounded and printable, and every number finite."""
    return msgspec.convert(document(report), Report)
