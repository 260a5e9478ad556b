"""Turn a report into text: for people, and for programs."""

from collections.abc import Callable, Mapping

from allause.models.report import Report
from allause.rendering.json import render as render_json
from allause.rendering.text import render as render_text

__all__ = ["RENDERERS", "render_json", "render_text"]

#: Format name to renderer.
RENDERERS: Mapping[str, Callable[[Report], str]] = {"text": render_text, "json": render_json}
