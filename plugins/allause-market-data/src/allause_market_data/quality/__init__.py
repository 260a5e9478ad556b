"""The quality report of files: what the gate found, as text, JSON or one HTML page with pictures."""

from collections.abc import Callable, Mapping

from allause_market_data.quality.page import page
from allause_market_data.quality.report import QualityReport, TableReport, check
from allause_market_data.quality.writing import as_json, as_text

#: What a report can be written as.
RENDERERS: Mapping[str, Callable[[QualityReport], str]] = {"text": as_text, "json": as_json, "html": page}

__all__ = ["RENDERERS", "QualityReport", "TableReport", "check"]
