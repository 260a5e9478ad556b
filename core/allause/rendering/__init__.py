"""Turn a report into text: for people, and for programs.

A renderer is a module of this package with a function ``render``. It is imported when its format is first asked for.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from allause.models.report import Report

__all__ = ["RENDERERS", "render"]


def render(format_name: str, report: Report, **options: Any) -> str:
    """Return the report in a format. Each is made from the published JSON form, so that a saved report gives the same.

    :param options: what the format's own ``render`` takes, such as ``colour`` of text.

    Raises:
        KeyError: no such format.
    """
    from allause.rendering.published import published  # noqa: PLC0415 - what does not render does not pay for it

    module = import_module(_HOMES[format_name])
    rendered: str = module.render(published(report), **options)
    return rendered


_HOMES = {
    name: f"allause.rendering.{name}"
    for name in ("text", "json", "jsonl", "junit", "sarif", "github", "markdown", "html")
}
#: Format name to renderer.
RENDERERS: Mapping[str, Callable[[Report], str]] = {name: partial(render, name) for name in _HOMES}
