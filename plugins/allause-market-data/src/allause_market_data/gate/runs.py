"""Feeds that go on saying the same, and prices that change their number of decimals."""

from collections.abc import Iterator

import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.gate.settings import Bounds
from allause_market_data.reading import Schema

_WATCHED = {
    Schema.BAR: ("open", "high", "low", "close", "volume"),
    Schema.QUOTE: ("bid", "ask", "bid_size", "ask_size"),
    Schema.TRADE: ("price", "size"),
    Schema.OBSERVATION: ("value",),
}
_FINEST = 8
_TOLERANCE = 1e-6


def frozen(frame: pl.DataFrame, ordered: pl.DataFrame, schema: Schema, bounds: Bounds) -> pl.Series:
    """Return the index of every row from which on a feed has said the same too often."""
    nothing = pl.Series("index", [], dtype=pl.UInt32)
    longest = bounds.frozen_trades if schema is Schema.TRADE else bounds.frozen_rows
    if schema not in _WATCHED or ordered.height < longest:
        return nothing
    rows = _repeated(ordered.lazy(), ["value"], longest - 1).collect()
    if not rows["long"].any():
        return nothing
    # few rows repeat their price this often: only there are the other columns compared
    inside = rows.filter(pl.col("long").any().over("run"))
    watched = list(_WATCHED[schema])
    wide = pl.concat([inside.select("code", "index", "run"), frame[inside["index"]].select(watched)], how="horizontal")
    again = _repeated(wide.lazy(), [*watched, "run"], longest - 1).collect()
    return again.filter("long")["index"]


def _repeated(rows: pl.LazyFrame, columns: list[str], most: int) -> pl.LazyFrame:
    """Add ``run``, a number for each stretch of equal rows, and ``long``, whether ``most`` equal ones went before."""
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in ["code", *columns])
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    start = pl.when(changed).then(place).forward_fill().fill_null(0)
    return rows.with_columns(run=start, long=place - start >= most)


def finer(ordered: pl.DataFrame, bounds: Bounds) -> Iterator[tuple[int, Cause, str]]:
    """Yield the first row of each instrument whose price has more decimals, or ever after fewer, than were usual."""
    settled = bounds.settled_rows
    firsts = ordered.group_by("code", maintain_order=True).agg(pl.col("value").head(settled), pl.len().alias("count"))
    usual = {code: _decimals(values) for code, values, count in firsts.iter_rows() if count >= 2 * settled}
    known = {code: digits for code, digits in usual.items() if digits < _FINEST}
    if not known:
        return
    factors = pl.Series([10.0 ** known.get(code, _FINEST) for code in range(int(ordered["code"].max()) + 1)])  # type: ignore[arg-type]  # integers
    factor = factors.gather(ordered["code"]) if len(factors) > 1 else factors[0]
    scaled = ordered["value"] * factor
    odd = (scaled - scaled.round()).abs() > _TOLERANCE * scaled.abs().clip(lower_bound=1.0)
    if odd.any():
        found = ordered.filter(odd).group_by("code", maintain_order=True).agg(pl.col("index").first())
        for code, index in found.iter_rows():
            if code in known:
                yield int(index), Cause.PRECISION_CHANGE, f"more than the {known[code]} decimals usual before"
    yield from _coarser(ordered, known, scaled, settled)


def _coarser(
    ordered: pl.DataFrame, known: dict[int, int], scaled: pl.Series, settled: int
) -> Iterator[tuple[int, Cause, str]]:
    tens = scaled / 10
    fine = (tens - tens.round()).abs() > _TOLERANCE
    rows = ordered.select("code", "index", place=pl.int_range(pl.len(), dtype=pl.Int64)).with_columns(fine=fine)
    ends = rows.group_by("code", maintain_order=True).agg(
        pl.col("place").filter("fine").max().alias("fine"),
        pl.col("place").max().alias("end"),
        pl.col("place").min().alias("start"),
    )
    for code, last, end, start in ends.iter_rows():
        digits = known.get(code, 0)
        # by chance nine of ten prices use the last digit: this many rows without it are no chance
        if digits and last is not None and last - start >= settled and end - last >= 2 * settled:
            index = int(ordered["index"][last + 1])
            yield index, Cause.PRECISION_CHANGE, f"fewer than the {digits} decimals usual before"


def _decimals(values: list[float]) -> int:
    for digits in range(_FINEST):
        if all(abs(value * 10**digits - round(value * 10**digits)) <= _TOLERANCE for value in values):
            return digits
    return _FINEST
