"""What steps note down: facts cut to plain, small, printable data, which JSON can carry."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from types import NoneType
from typing import Any

from allause.component import CallTrace
from allause.discovery import printable

_ITEMS = 24
_TEXT = 300
_DEPTH = 6
_WIDEST_INT = 63  # what every reader of JSON takes


def plainly(value: object, depth: int = 0) -> Any:
    """Return ``value`` as plain data of bounded size.

    Decimals become the text they print as, texts are cut and stripped of control characters, long sequences
    keep their beginning and their length; of any other object only the type's name is kept.
    """
    if isinstance(value, bool | int | float | NoneType):
        return _number(value)
    if isinstance(value, str | Decimal):
        return printable(str(value), _TEXT)
    if depth < _DEPTH and isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS]
        return {printable(str(name), 100): plainly(item, depth + 1) for name, item in pairs}
    if depth < _DEPTH and isinstance(value, Sequence | set | frozenset):
        items = list(value)
        shown = [plainly(item, depth + 1) for item in items[:_ITEMS]]
        return shown if len(items) <= _ITEMS else [*shown, f"… {len(items)} in all"]
    return f"<{printable(type(value).__name__, 100)}>"


def _number(value: object) -> Any:
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    if isinstance(value, int) and value.bit_length() > _WIDEST_INT:
        return f"an integer of {value.bit_length()} bits"
    return value


def calls(traces: Sequence[CallTrace]) -> list[dict[str, Any]]:
    """Return the calls traced, counted by component and method, in the order of their first call."""
    counted: Counter[tuple[str, str]] = Counter((t.component, t.method) for t in traces)
    spent: Counter[tuple[str, str]] = Counter()
    raised: Counter[tuple[str, str]] = Counter()
    for trace in traces:
        spent[trace.component, trace.method] += trace.nanoseconds
        raised[trace.component, trace.method] += bool(trace.error)
    return [
        {"component": key[0], "method": key[1], "calls": count, "raised": raised[key], "ns": spent[key]}
        for key, count in counted.items()
    ]
