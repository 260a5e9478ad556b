"""Moves of price that no market makes, or that have a reason outside it: spikes, splits, units, another company."""

from collections.abc import Iterator
from functools import cache, cached_property
from itertools import pairwise
from math import exp, isfinite, log, nan

import attrs
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


@attrs.define(eq=False, slots=False)
class _Changes:
    """Hold by how much each price differs from the one before, as a ratio, and what is usual of an instrument."""

    sound: Laid
    ratio: pl.Series

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return self.sound.spans()

    def span(self, at: int) -> tuple[int, int]:
        """Return the first place of the instrument of a row and the one behind its last."""
        return self._spans[int(self.sound.codes(pl.Series([at], dtype=pl.UInt32))[0])]

    def usual(self, at: int, *without: float) -> float:
        """Return the mean size of the moves of the instrument of a row, some of them left out."""
        first, last = self.span(at)
        total, count = self._total(first, last), last - first - 1 - len(without)
        return (total - sum(map(abs, without))) / max(count, 1)

    @cache  # noqa: B019 - lives as long as the judgement of one table
    def _total(self, first: int, last: int) -> float:
        return float(self.ratio[first:last].log().abs().sum())


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
    large = list(found.filter(pl.col("change").abs() > least).iter_rows())
    changes = _Changes(sound, ratio)
    for start, end in _excursions(changes, large, bounds):
        if not spikes.isdisjoint(index[start - 1 : end + 1]):
            continue  # a level beside a spike is not the usual one
        for place in index[start:end]:
            yield place, Cause.SPIKE, f"one of {end - start} rows away that come back at once"
        spikes.update(index[start:end])
    for at, change in large:
        if index[at] not in spikes and index[at - 1] not in spikes:
            yield from _explained(batch, changes, at, change, bounds)


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


def _excursions(changes: _Changes, large: list[tuple[int, float]], bounds: Bounds) -> Iterator[tuple[int, int]]:
    """Yield first place and the one behind the last of some rows that stand far off together.

    Only large moves are looked at, and nearly all of one must be taken back: the rest a market can do.
    """
    behind = 0
    for (start, change), (end, back) in pairwise(large):
        together = start >= behind and 1 < end - start <= bounds.spike_rows and end < changes.span(start)[1]
        if not together or abs(change + back) > abs(change) / 4 or _unit(change) is not None:
            continue
        if abs(change) > bounds.spike_scale * changes.usual(start, change, back):
            yield start, end
            behind = end


def _unit(change: float) -> int | None:
    """Return how many times larger or smaller another unit makes a price, when that is what happened."""
    return next((one for one in _UNITS if abs(exp(abs(change)) / one - 1) < _UNIT_TOLERANCE), None)


def _explained(
    batch: Batch, changes: _Changes, at: int, change: float, bounds: Bounds
) -> Iterator[tuple[int, Cause, str]]:
    rows = changes.sound.rows
    index, ratio = int(rows["index"][at]), exp(change)
    pause = rows["ts"][at] - rows["ts"][at - 1]
    level = f"{rows['value'][at - 1]:g} to {rows['value'][at]:g}"
    first, end = changes.span(at)
    few = min(at - first, end - at)
    if pause >= bounds.reuse_ns and abs(change) > _REUSE_MOVE:
        yield index, Cause.TICKER_REUSE, f"{level} after a pause of {pause // 86_400_000_000_000} days"
    elif (unit := _unit(change)) is not None:
        yield index, Cause.MIXED_UNIT, f"{level}, about {unit} times"
    elif (split := _split(batch, changes, at, bounds)) is not None and few >= bounds.split_rows:
        yield index, Cause.SPLIT, f"{level}, {split}"
    elif few == 1 or split is not None:
        said = "one row" if few == 1 else f"{few} rows"
        yield index, Cause.LARGE_MOVE, f"{level}, and {said} on one side cannot tell a split from bad prices"
    elif abs(change) > log(1 + bounds.large_move) or ratio < 1 - bounds.large_move:
        yield index, Cause.LARGE_MOVE, f"{level}, {_unexplained(batch)}"


def _unexplained(batch: Batch) -> str:
    if batch.schema is not Schema.BAR:
        return "which only bars can tell from a split"
    return "no simple ratio at the opening" + " or far more trade than usual" * ("volume" in batch.told)


def _split(batch: Batch, changes: _Changes, at: int, bounds: Bounds) -> str | None:
    """Name the split that explains a change between two bars, None when none does.

    After a split the first price stands at a simple ratio to the last, and no more money than usual changes hands: news
    that halves a price seldom opens at exactly half, and makes everybody trade. Without volume the ratio tells, where
    moves of that size are rare.
    """
    frame, sound = batch.frame, changes.sound
    if batch.schema is not Schema.BAR:
        return None
    before, index = sound.rows["index"][at - 1 : at + 1]
    opening = frame["open"][index] / frame["close"][before]
    ratio = max(opening, 1 / opening)
    if log(ratio) < _SMALLEST_SPLIT:
        return None
    near = min(_RATIOS, key=lambda one: abs(ratio / one - 1))
    busy = _busy(frame, sound, at) if "volume" in batch.told else None
    calm = busy is not None and busy <= _CALM
    if abs(ratio / near - 1) > (bounds.calm_tolerance if calm else bounds.split_tolerance):
        return None
    if busy is None and log(ratio) < bounds.spike_scale * changes.usual(at, log(ratio)):
        return None
    if (busy or 0.0) > _BUSY or min(frame["open"][index], frame["close"][before]) < _LEAST_PRICE:
        return None
    shown = f"{near:g}"
    return f"a split of {shown} for 1" if opening < 1 else f"a reverse split of 1 for {shown}"


def _busy(frame: pl.DataFrame, sound: Laid, at: int) -> float | None:
    """Return the money that changed hands in a bar, in multiples of what was usual in those before it.

    None where none did: such bars have no volume, whatever the column says; so have those of a file without the column.
    """
    rows = sound.rows
    start = sound.starts[sound.codes(pl.Series([at], dtype=pl.UInt32))[0]]
    turnover = (
        frame[rows["index"][max(start, at - _USUAL_ROWS) : at]]
        .select((pl.col("close") * pl.col("volume")).mean())
        .item()
    )
    index = int(rows["index"][at])
    share = float(frame["close"][index] * frame["volume"][index] / turnover) if turnover else nan
    return share if isfinite(share) else None


def currencies(frame: pl.DataFrame, priced: pl.Series) -> Iterator[tuple[int, Cause, str]]:
    """Yield the rows whose unit is not the one their instrument began with; ``priced`` marks those that have one."""
    if "unit" in frame.columns:
        rows = frame.select("symbol", "unit", index=pl.int_range(pl.len())).filter(priced)
        rows = rows.with_columns(usual=pl.col("unit").first().over("symbol"))
        other = rows.filter(pl.col("unit").ne_missing(pl.col("usual")))
        for index, unit, usual in other.select("index", "unit", "usual").iter_rows():
            yield index, Cause.MIXED_UNIT, f"{unit}, before it was {usual}"
