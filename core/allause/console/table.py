"""Align cells in columns."""

import textwrap
from collections.abc import Callable, Sequence

_GAP = "  "


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    whole: bool = False,
    paint: Callable[[str, str], str] = lambda _, text: text,
) -> list[str]:
    """Return one line for the header and at least one for each row; the widest cells wrap to keep to ``width``.

    :param whole: whether the first column is never wrapped, even where the line gets too long.
    :param paint: is given a cell's text and the padded text of each of its lines, and returns what to print.
    """
    widths = _fitted(
        [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))], header, width, whole=whole
    )
    lines = [_line(header, widths)]
    for row in rows:
        wrapped = [textwrap.wrap(cell, size) or [""] for cell, size in zip(row, widths, strict=True)]
        for depth in range(max(len(cell) for cell in wrapped)):
            parts = [cell[depth] if depth < len(cell) else "" for cell in wrapped]
            padded = [part.ljust(size) for part, size in zip(parts, widths, strict=True)]
            padded[-1] = padded[-1].rstrip()
            lines.append(_GAP.join(map(paint, row, padded)).rstrip())
    return lines


def _fitted(natural: list[int], header: Sequence[str], width: int, *, whole: bool) -> list[int]:
    """Take columns from the widest one until the row fits, never below its heading."""
    widths = list(natural)
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        room = [size - max(len(name), 8) for size, name in zip(widths, header, strict=True)]
        room[0] = 0 if whole else room[0]
        if max(room) <= 0:
            break
        widest = max((size, index) for index, size in enumerate(widths) if room[index] > 0)[1]
        widths[widest] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(size) for cell, size in zip(cells, widths, strict=True)).rstrip()
