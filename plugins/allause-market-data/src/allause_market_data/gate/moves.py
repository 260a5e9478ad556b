"""Moves of price that no market makes, or that have a reason outside it: spikes, splits, units, another company."""

from collections.abc import Iterator
from math import exp, log

import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.gate.settings import Bounds
from allause_market_data.reading import Batch, Schema

_RATIOS = (3 / 2, 2, 5 / 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 50)
_UNITS = (100, 1_000, 10_000)
_UNIT_TOLERANCE = 0.1
_SMALLEST_SPLIT = log(1.35)
_REUSE_MOVE = log(1.6)
_BUSY = 5.0
_CALM = 2.0
# below, one tick is more than the tolerance
_LEAST_PRICE = 0.3
_USUAL_ROWS = 20
_ROUNDING = 1e-12
_PRICED = (Schema.BAR, Schema.TRADE, Schema.QUOTE)


def moves(batch: Batch, ordered: pl.DataFrame, bounds: Bounds) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every conspicuous move.

    Args:
        batch: the rows.
        ordered: those with sound prices, by instrument and time.
        bounds: beyond which a move is told.
    """
    if batch.schema not in _PRICED or ordered.height < 2:  # noqa: PLR2004 - a move takes two
        return
    same = pl.col("code").diff() == 0
    rows = ordered.with_columns(ratio=pl.when(same).then(pl.col("value") / pl.col("value").shift()))
    spikes = set(_spikes(rows, bounds))
    for index in sorted(spikes):
        yield index, Cause.SPIKE, "a move that is taken back at once"
    least = log(1 + bounds.large_move) * 0.9
    found = rows.with_row_index("at").filter(_far(pl.col("ratio"), least)).with_columns(change=pl.col("ratio").log())
    found = found.filter(pl.col("change").abs() > least)
    for at, index, step in found.select("at", "index", "change").iter_rows():
        before = int(rows["index"][at - 1])
        if index in spikes or before in spikes:
            continue
        yield from _explained(batch, rows, (at, before, index), step, bounds)


def _spikes(rows: pl.DataFrame, bounds: Bounds) -> Iterator[int]:
    ratio, change, after = pl.col("ratio"), pl.col("change"), pl.col("after")
    far = rows.select(_far(ratio, bounds.spike)).to_series().fill_null(value=False)
    found = rows.with_columns(after=ratio.shift(-1)).filter(far & far.shift(-1, fill_value=False))
    found = found.with_columns(change=ratio.log(), after=after.log())
    reverted = (change + after).abs() < change.abs() / 2
    found = found.filter((change.abs() > bounds.spike) & (after.abs() > bounds.spike) & reverted)
    if not found.height:
        return
    codes = found["code"].unique()
    usual = rows.filter(pl.col("code").is_in(codes.implode())).group_by("code").agg(ratio.log().abs().mean())
    scale = dict(usual.iter_rows())
    for index, code, change in found.select("index", "code", "change").iter_rows():
        if abs(change) > bounds.spike_scale * scale[code]:
            yield int(index)


def _far(ratio: pl.Expr, change: float) -> pl.Expr:
    """Say where the logarithm of a ratio may be beyond a change; those of all rows take longer than all the rest."""
    return (ratio > exp(change) * (1 - _ROUNDING)) | (ratio < exp(-change) * (1 + _ROUNDING))


def _explained(
    batch: Batch, rows: pl.DataFrame, place: tuple[int, int, int], change: float, bounds: Bounds
) -> Iterator[tuple[int, Cause, str]]:
    at, before, index = place
    ratio = exp(change)
    pause = rows["ts"][at] - rows["ts"][at - 1]
    level = f"{rows['value'][at - 1]:g} to {rows['value'][at]:g}"
    unit = next((one for one in _UNITS if abs(max(ratio, 1 / ratio) / one - 1) < _UNIT_TOLERANCE), None)
    if pause >= bounds.reuse_ns and abs(change) > _REUSE_MOVE:
        yield index, Cause.TICKER_REUSE, f"{level} after a pause of {pause // 86_400_000_000_000} days"
    elif unit is not None:
        yield index, Cause.MIXED_UNIT, f"{level}, about {unit} times"
    elif (split := _split(batch, rows, at, before, bounds)) is not None:
        yield index, Cause.SPLIT, f"{level}, {split}"
    elif abs(change) > log(1 + bounds.large_move) or ratio < 1 - bounds.large_move:
        yield index, Cause.LARGE_MOVE, f"{level}, no simple ratio at the opening or far more trade than usual"


def _split(batch: Batch, rows: pl.DataFrame, at: int, before: int, bounds: Bounds) -> str | None:
    """Name the split that explains a change between two bars, None when none does.

    After a split the first price stands at a simple ratio to the last, and no more money than usual changes hands: news
    that halves a price seldom opens at exactly half, and makes everybody trade. What has no volume has no shares
    to split.
    """
    frame = batch.frame
    if batch.schema is not Schema.BAR or "volume" not in batch.told:
        return None
    index = int(rows["index"][at])
    opening = frame["open"][index] / frame["close"][before]
    ratio = max(opening, 1 / opening)
    if log(ratio) < _SMALLEST_SPLIT:
        return None
    near = min(_RATIOS, key=lambda one: abs(ratio / one - 1))
    busy = _busy(frame, rows, at)
    off = abs(ratio / near - 1)
    if off > bounds.split_tolerance and (off > bounds.calm_tolerance or busy > _CALM):
        return None
    if busy > _BUSY or min(frame["open"][index], frame["close"][before]) < _LEAST_PRICE:
        return None
    shown = f"{near:g}"
    return f"a split of {shown} for 1" if opening < 1 else f"a reverse split of 1 for {shown}"


def _busy(frame: pl.DataFrame, rows: pl.DataFrame, at: int) -> float:
    """Return the money that changed hands in a bar, in multiples of what was usual in those before it."""
    code = rows["code"][at]
    past = rows[max(0, at - _USUAL_ROWS) : at].filter(pl.col("code") == code)
    turnover = frame[past["index"]].select((pl.col("close") * pl.col("volume")).mean()).item()
    index = int(rows["index"][at])
    return float(frame["close"][index] * frame["volume"][index] / turnover) if turnover else 0.0


def currencies(frame: pl.DataFrame) -> Iterator[tuple[int, Cause, str]]:
    """Yield the rows whose unit is not the one their instrument began with."""
    if "unit" in frame.columns:
        rows = frame.select("symbol", "unit", index=pl.int_range(pl.len())).with_columns(
            usual=pl.col("unit").first().over("symbol")
        )
        other = rows.filter(pl.col("unit").ne_missing(pl.col("usual")))
        for index, unit, usual in other.select("index", "unit", "usual").iter_rows():
            yield index, Cause.MIXED_UNIT, f"{unit}, before it was {usual}"
