"""Rows by instrument and time without sorting what is nearly sorted: late rows, repeats, and the order for the rest."""

from collections.abc import Sequence

import attrs
import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.reading import Schema

#: Columns of rows laid out by instrument: its number, the time, the value followed, and where the row stands.
LAID = ("code", "ts", "value", "index")
_KEYED = (Schema.BAR, Schema.OBSERVATION)
_VALUE = {
    Schema.BAR: pl.col("close"),
    Schema.TRADE: pl.col("price"),
    Schema.DEPTH: pl.col("price"),
    Schema.OBSERVATION: pl.col("value"),
    Schema.QUOTE: (pl.col("bid") + pl.col("ask")) / 2,
    Schema.OPTION: (pl.col("bid") + pl.col("ask")) / 2,
}


@attrs.frozen
class Layout:
    """Hold rows laid out by instrument, each instrument's in the order of arrival.

    Attributes:
        rows: the columns ``LAID`` and ``late``, whether an earlier row of the instrument has a later time.
        symbols: the instrument of each code.
    """

    rows: pl.DataFrame
    symbols: Sequence[str]

    def ordered(self, kept: pl.Series) -> pl.DataFrame:
        """Return the rows that ``kept`` (by index) marks, by instrument and time.

        Late rows are few: they are sorted by themselves and merged into the rest.
        """
        rows = self.rows if kept.all() else self.rows.filter(kept.gather(self.rows["index"]))
        if not rows["late"].any():
            return rows
        return pl.concat([rows.filter("late"), rows.filter(~pl.col("late"))]).sort("code", "ts", maintain_order=True)


def lay_out(frame: pl.DataFrame, schema: Schema) -> Layout:
    """Lay rows out by instrument."""
    parts = ("symbol", "field") if schema is Schema.OBSERVATION else ("symbol",)
    names = frame["symbol"] if len(parts) == 1 else frame.select(pl.concat_str(parts, separator="/")).to_series()
    coded = names.rle_id() if _grouped(names) else None
    if coded is None:
        category = names.cast(pl.Categorical)
        coded = category.to_physical()
    rows = frame.select(
        code=coded.cast(pl.UInt32),
        ts=pl.col("ts_event"),
        value=_VALUE[schema],
        index=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    if not rows["code"].is_sorted():
        rows = rows.sort("code", maintain_order=True)
    first = rows.group_by("code", maintain_order=True).agg(pl.col("index").first())
    count = int(rows["code"].max() or 0) + 1
    symbols = [""] * count
    for code, name in zip(first["code"], names.gather(first["index"]), strict=True):
        symbols[code] = name
    return Layout(rows.with_columns(_late(rows)), symbols)


def _grouped(names: pl.Series) -> bool:
    """Say whether each instrument's rows stand together."""
    return names.n_unique() == names.rle_id().max() + 1 if len(names) else False  # type: ignore[operator]


def _late(rows: pl.DataFrame) -> pl.Series:
    back = rows.select((pl.col("ts").diff() < 0) & (pl.col("code").diff() == 0)).to_series().fill_null(value=False)
    if not back.any():
        return back.alias("late")
    return rows.select((pl.col("ts") < pl.col("ts").cum_max().over("code")).alias("late")).to_series()


def repeats(frame: pl.DataFrame, layout: Layout, schema: Schema, equal: Cause) -> pl.Series:
    """Return the bits of rows that repeat an earlier one: in every column (``equal``), or of bars and observations in key.

    Only rows that share instrument and time with another can; the rest are not looked at.
    """
    rows = layout.rows
    ahead = rows.filter(~pl.col("late"))
    beside = (pl.col("ts").diff() == 0) & (pl.col("code").diff() == 0)
    touching = ahead.select(beside | beside.shift(-1)).to_series().fill_null(value=False)
    late = rows.filter("late")
    candidates = [ahead.filter(touching)["index"], late["index"]]
    if late.height:
        candidates.append(ahead.join(late, on=["code", "ts"], how="semi")["index"])
    index = pl.concat(candidates).unique().sort()
    bits = pl.zeros(frame.height, dtype=pl.UInt32, eager=True)
    if not len(index):
        return bits
    found = frame.drop("row")[index]
    key = [name for name in ("symbol", "field", "ts_event") if name in found.columns]
    same = found.select(pl.struct(pl.all()).is_first_distinct().not_()).to_series()
    keyed = found.select(pl.struct(key).is_first_distinct().not_()).to_series() if schema in _KEYED else same
    marked = pl.select(
        pl.when(same).then(equal.bit).when(keyed).then(Cause.DUPLICATE_KEY.bit).otherwise(0).cast(pl.UInt32)
    ).to_series()
    return scattered(bits, index, marked)


def scattered(bits: pl.Series, index: pl.Series, marked: pl.Series) -> pl.Series:
    """Return ``bits`` with ``marked`` put in at ``index``."""
    return bits.scatter(index, bits.gather(index) | marked) if len(index) else bits
