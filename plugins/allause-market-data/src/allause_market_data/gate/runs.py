"""Feeds that go on saying the same, and prices that change their number of decimals."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.gate.ordering import Laid
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


def frozen(frame: pl.DataFrame, sound: Laid, schema: Schema, bounds: Bounds) -> pl.Series:
    """Return the index of every row from which on a feed has said the same too often."""
    longest = bounds.frozen_trades if schema is Schema.TRADE else bounds.frozen_rows
    if schema not in _WATCHED or sound.rows.height < longest:
        return sound.rows["index"].clear()
    value = sound.rows["value"]
    runs = _runs(value.ne_missing(value.shift()), sound.starts, longest)
    # few rows repeat their price this often: only there are the other columns compared
    index = sound.rows["index"].gather(_places(runs))
    watched = frame.select(pl.col(_WATCHED[schema]).gather(index))
    changed = watched.select(pl.any_horizontal(pl.all().ne_missing(pl.all().shift()))).to_series()
    firsts = (runs["end"] - runs["start"]).cum_sum().shift(fill_value=0)
    again = _runs(changed, firsts, longest)
    return index.gather(_places(again.with_columns(pl.col("start") + longest - 1)))


def _runs(changed: pl.Series, firsts: pl.Series, least: int) -> pl.DataFrame:
    """Return ``start`` and ``end`` of each stretch of at least so many equal rows, none of which goes over a first."""
    start = changed.scatter(firsts, values=True).arg_true().alias("start")
    runs = pl.DataFrame([start, start.shift(-1, fill_value=len(changed)).alias("end")])
    return runs.filter(pl.col("end") - pl.col("start") >= least)


def _places(runs: pl.DataFrame) -> pl.Series:
    return runs.select(pl.int_ranges("start", "end", dtype=pl.UInt32).explode()).to_series().drop_nulls()


def finer(sound: Laid, bounds: Bounds) -> Iterator[tuple[int, Cause, str]]:
    """Yield the first row of each instrument whose price has more decimals, or ever after fewer, than were usual."""
    settled = bounds.settled_rows
    value, index = sound.rows["value"], sound.rows["index"]
    spans = sound.spans()
    usual = {
        code: _decimals(value[start : start + settled].to_list())
        for code, (start, end) in enumerate(spans)
        if end - start >= 2 * settled
    }
    known = {code: digits for code, digits in usual.items() if digits < _FINEST}
    if not known:
        return
    scaled = value * _factor(known, spans)
    odd = (scaled - scaled.round()).abs() > _TOLERANCE * scaled.abs().clip(lower_bound=1.0)
    if odd.any():
        places = odd.arg_true()
        firsts = pl.DataFrame([sound.codes(places), places.alias("at")]).unique(
            "code", keep="first", maintain_order=True
        )
        for code, at in firsts.iter_rows():
            if code in known:
                yield int(index[at]), Cause.PRECISION_CHANGE, f"more than the {known[code]} decimals usual before"
    tens = scaled / 10
    fine = ((tens - tens.round()).abs() > _TOLERANCE).arg_true()
    before = fine.search_sorted(pl.Series([end for _, end in spans], dtype=fine.dtype))
    for code, digits in known.items():
        (start, end), count = spans[code], int(before[code])
        last = int(fine[count - 1]) if count else -1
        # by chance nine of ten prices use the last digit: this many rows without it are no chance
        if digits and last - start >= settled and end - 1 - last >= 2 * settled:
            yield int(index[last + 1]), Cause.PRECISION_CHANGE, f"fewer than the {digits} decimals usual before"


def _factor(known: Mapping[int, int], spans: Sequence[tuple[int, int]]) -> float | pl.Series:
    """Return what makes integers of the prices: one factor, or where instruments differ one for each row."""
    if len(usual := set(known.values())) == 1:
        return 10.0 ** usual.pop()
    factors = pl.DataFrame(
        {"factor": [10.0 ** known.get(code, _FINEST) for code in range(len(spans))], "rows": [b - a for a, b in spans]}
    )
    return factors.select(pl.col("factor").repeat_by("rows").explode()).to_series()


def _decimals(values: list[float]) -> int:
    for digits in range(_FINEST):
        if all(abs(value * 10**digits - round(value * 10**digits)) <= _TOLERANCE for value in values):
            return digits
    return _FINEST
