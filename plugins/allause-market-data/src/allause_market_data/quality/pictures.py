"""Pictures of one instrument, as inline SVG: days with and without data, the price with flagged points, the gaps."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from math import floor, isfinite, log10

import polars as pl

from allause_market_data.gate.steps import span
from allause_market_data.quality.report import VALUES
from allause_market_data.quality.writing import moment
from allause_market_data.reading import Schema

_WIDTH, _HEIGHT = 960, 220
_CELL = 7
_MOST_POINTS = 2_000
_MOST_MARKED = 500
_MOST_YEARS = 40


def calendar(rows: pl.DataFrame) -> str:
    """Draw a square for every day from first to last: with data, with flagged data, or without any."""
    days = rows.group_by((pl.col("ts_event") - 1).cast(pl.Datetime("ns")).dt.date().alias("day")).agg(
        (pl.col("flags") != 0).any().alias("flagged")
    )
    known: dict[date, bool] = dict(days.iter_rows())
    first, last = min(known), max(known)
    years = range(max(first.year, last.year - _MOST_YEARS + 1), last.year + 1)
    cells = []
    for line, year in enumerate(years):
        cells.append(f'<text x="0" y="{line * 60 + 34}">{year}</text>')
        day = max(first, date(year, 1, 1))
        start = date(year, 1, 1)
        while day <= min(last, date(year, 12, 31)):
            week = ((day - start).days + start.weekday()) // 7
            place = f'x="{40 + week * (_CELL + 1)}" y="{line * 60 + day.weekday() * (_CELL + 1)}"'
            cells.append(f'<rect {place} width="{_CELL}" height="{_CELL}" fill="{_shade(day, known)}"/>')
            day += timedelta(days=1)
    title = "Days: green with data, orange with flagged data, red a weekday without, grey a weekend without"
    return _svg(title, "".join(cells), 40 + 54 * (_CELL + 1), len(years) * 60)


def _shade(day: date, known: dict[date, bool]) -> str:
    if day in known:
        return "#e8952f" if known[day] else "#4c9a62"
    return "#e6e6e6" if day.weekday() >= 5 else "#c8453b"  # noqa: PLR2004 - Saturday


def prices(rows: pl.DataFrame, schema: Schema) -> str:
    """Draw the price over time, and a circle at each flagged row."""
    value = VALUES[schema]
    sound = rows.filter(pl.col(value).is_finite())
    if sound.is_empty():
        return "<p>No price to draw.</p>"
    shown = sound.gather_every(max(1, sound.height // _MOST_POINTS))
    marked = sound.filter(pl.col("flags") != 0)
    marked = marked.gather_every(max(1, marked.height // _MOST_MARKED))
    x = _scale(sound["ts_event"].to_list(), _WIDTH - 90, 80)
    y = _scale(sound[value].to_list(), -(_HEIGHT - 40), _HEIGHT - 25)
    points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in shown.select("ts_event", value).iter_rows())
    dots = "".join(
        f'<circle cx="{x(t):.1f}" cy="{y(v):.1f}" r="3" fill="none" stroke="#c8453b"/>'
        for t, v in marked.select("ts_event", value).iter_rows()
    )
    unpriced = [
        x(t) for t in rows.filter((pl.col("flags") != 0) & ~pl.col(value).is_finite())["ts_event"].head(_MOST_MARKED)
    ]
    dots += "".join(
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_HEIGHT - 22}" y2="{_HEIGHT - 14}" stroke="#c8453b"/>'
        for at in unpriced
    )
    low, high = float(sound[value].min()), float(sound[value].max())  # type: ignore[arg-type]  # numbers, not empty
    first, last = int(sound["ts_event"].min()), int(sound["ts_event"].max())  # type: ignore[arg-type]  # the same
    axes = (
        f'<text x="0" y="{y(high) + 4:.0f}">{high:g}</text><text x="0" y="{y(low) + 4:.0f}">{low:g}</text>'
        f'<text x="80" y="{_HEIGHT - 4}">{moment(first)}</text>'
        f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 4}" text-anchor="end">{moment(last)}</text>'
    )
    line = f'<polyline fill="none" stroke="#33658a" points="{points}"/>'
    return _svg(
        f"{value} over time; circles are flagged rows, lines below those without a price",
        axes + line + dots,
        _WIDTH,
        _HEIGHT,
    )


def gaps(rows: pl.DataFrame) -> str:
    """Draw how often each length of step from row to row occurs, by powers of ten."""
    steps = rows["ts_event"].diff().drop_nulls()
    lengths = steps.filter(steps > 0).to_list()
    if not lengths:
        return "<p>No steps to draw.</p>"
    counted: dict[int, int] = {}
    for step in lengths:
        counted[floor(log10(step) * 2)] = counted.get(floor(log10(step) * 2), 0) + 1
    keys = range(min(counted), max(counted) + 1)
    wide = min(80.0, (_WIDTH - 20) / len(keys))
    most = log10(max(counted.values()) + 1)
    bars = []
    for place, key in enumerate(keys):
        count = counted.get(key, 0)
        high = (_HEIGHT - 60) * log10(count + 1) / most
        x = 10 + place * wide
        bars.append(
            f'<rect x="{x:.1f}" y="{_HEIGHT - 35 - high:.1f}" width="{wide - 4:.1f}" height="{high:.1f}" fill="#358"/>'
            f'<text x="{x:.1f}" y="{_HEIGHT - 40 - high:.1f}">{count or ""}</text>'
            f'<text x="{x:.1f}" y="{_HEIGHT - 18}">{span(round(10 ** (key / 2)))}</text>'
        )
    title = "Steps from row to row: how often each length, on a logarithmic scale"
    return _svg(title, "".join(bars), _WIDTH, _HEIGHT)


def _scale(values: Sequence[float], length: float, start: float) -> Callable[[float], float]:
    finite = [value for value in values if isfinite(value)]
    low, high = min(finite), max(finite)
    size = (high - low) or 1
    return lambda value: start + (value - low) / size * length


def _svg(title: str, content: str, width: int, height: int) -> str:
    return (
        f'<figure><figcaption>{title}</figcaption><svg role="img" aria-label="{title}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-size="11" font-family="sans-serif">{content}</svg></figure>'
    )
