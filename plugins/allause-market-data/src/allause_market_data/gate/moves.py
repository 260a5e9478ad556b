"""Moves of price that no market makes, or that have a reason outside it: spikes, splits, units, another company."""

from collections.abc import Iterator
from math import exp, log

import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.gate.ordering import Laid
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


def moves(batch: Batch, sound: Laid, bounds: Bounds) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every conspicuous move.

    Args:
        batch: the rows.
        sound: those with sound prices.
        bounds: beyond which a move is told.
    """
    if batch.schema not in _PRICED or sound.rows.height < 2:  # noqa: PLR2004 - a move takes two
        return
    value, index = sound.rows["value"], sound.rows["index"]
    ratio = (value / value.shift()).scatter(sound.starts, None)
    least = log(1 + bounds.large_move) * 0.9
    # logarithms of all rows would take longer than all the rest
    far = _far(ratio, min(least, bounds.spike))
    spikes = set(_spikes(sound, ratio, far, bounds))
    for place in sorted(spikes):
        yield place, Cause.SPIKE, "a move that is taken back at once"
    found = pl.DataFrame([far.alias("at"), ratio.gather(far).log().alias("change")])
    for at, change in found.filter(pl.col("change").abs() > least).iter_rows():
        if index[at] not in spikes and index[at - 1] not in spikes:
            yield from _explained(batch, sound, at, change, bounds)


def _far(ratio: pl.Series, change: float) -> pl.Series:
    """Return where the logarithm of a ratio may be beyond a change."""
    return ((ratio > exp(change) * (1 - _ROUNDING)) | (ratio < exp(-change) * (1 + _ROUNDING))).arg_true()


def _spikes(sound: Laid, ratio: pl.Series, far: pl.Series, bounds: Bounds) -> Iterator[int]:
    two = far.filter((far.shift(-1) - far == 1).fill_null(value=False))
    pairs = pl.DataFrame(
        [two.alias("at"), sound.codes(two), ratio.gather(two).alias("change"), ratio.gather(two + 1).alias("after")]
    ).with_columns(pl.col("change", "after").log())
    change, after = pl.col("change"), pl.col("after")
    reverted = (change + after).abs() < change.abs() / 2
    found = pairs.filter((change.abs() > bounds.spike) & (after.abs() > bounds.spike) & reverted)
    if not found.height:
        return
    spans, usual = sound.spans(), {}
    for code in found["code"].unique():
        start, end = spans[code]
        usual[code] = float(ratio[start:end].log().abs().mean())  # type: ignore[arg-type]  # numbers
    for at, code, moved in found.select("at", "code", "change").iter_rows():
        if abs(moved) > bounds.spike_scale * usual[code]:
            yield int(sound.rows["index"][at])


def _explained(batch: Batch, sound: Laid, at: int, change: float, bounds: Bounds) -> Iterator[tuple[int, Cause, str]]:
    rows = sound.rows
    index, ratio = int(rows["index"][at]), exp(change)
    pause = rows["ts"][at] - rows["ts"][at - 1]
    level = f"{rows['value'][at - 1]:g} to {rows['value'][at]:g}"
    unit = next((one for one in _UNITS if abs(max(ratio, 1 / ratio) / one - 1) < _UNIT_TOLERANCE), None)
    if pause >= bounds.reuse_ns and abs(change) > _REUSE_MOVE:
        yield index, Cause.TICKER_REUSE, f"{level} after a pause of {pause // 86_400_000_000_000} days"
    elif unit is not None:
        yield index, Cause.MIXED_UNIT, f"{level}, about {unit} times"
    elif (split := _split(batch, sound, at, bounds)) is not None:
        yield index, Cause.SPLIT, f"{level}, {split}"
    elif abs(change) > log(1 + bounds.large_move) or ratio < 1 - bounds.large_move:
        volume = batch.schema is Schema.BAR and "volume" in batch.told
        why = (
            "no simple ratio at the opening or far more trade than usual" if volume else "and no volume to tell a split"
        )
        yield index, Cause.LARGE_MOVE, f"{level}, {why}"


def _split(batch: Batch, sound: Laid, at: int, bounds: Bounds) -> str | None:
    """Name the split that explains a change between two bars, None when none does.

    After a split the first price stands at a simple ratio to the last, and no more money than usual changes hands: news
    that halves a price seldom opens at exactly half, and makes everybody trade. What has no volume has no shares
    to split.
    """
    frame = batch.frame
    if batch.schema is not Schema.BAR or "volume" not in batch.told:
        return None
    before, index = sound.rows["index"][at - 1 : at + 1]
    opening = frame["open"][index] / frame["close"][before]
    ratio = max(opening, 1 / opening)
    if log(ratio) < _SMALLEST_SPLIT:
        return None
    near = min(_RATIOS, key=lambda one: abs(ratio / one - 1))
    busy = _busy(frame, sound, at)
    off = abs(ratio / near - 1)
    if off > bounds.split_tolerance and (off > bounds.calm_tolerance or busy > _CALM):
        return None
    if busy > _BUSY or min(frame["open"][index], frame["close"][before]) < _LEAST_PRICE:
        return None
    shown = f"{near:g}"
    return f"a split of {shown} for 1" if opening < 1 else f"a reverse split of 1 for {shown}"


def _busy(frame: pl.DataFrame, sound: Laid, at: int) -> float:
    """Return the money that changed hands in a bar, in multiples of what was usual in those before it."""
    rows = sound.rows
    start = sound.starts[sound.codes(pl.Series([at], dtype=pl.UInt32))[0]]
    turnover = (
        frame[rows["index"][max(start, at - _USUAL_ROWS) : at]]
        .select((pl.col("close") * pl.col("volume")).mean())
        .item()
    )
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
