"""Rows by instrument and time without sorting what is nearly sorted: late rows, repeats, and the order for the rest."""

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
        ordered: the columns ``LAID``, by instrument and time.
    """

    rows: pl.DataFrame
    ordered: pl.DataFrame

    def kept(self, unwanted: pl.Series) -> pl.DataFrame:
        """Return the ordered rows that ``unwanted`` (by index) does not mark."""
        if not unwanted.any():
            return self.ordered
        return self.ordered.filter(~unwanted.gather(self.ordered["index"]))


def lay_out(frame: pl.DataFrame, schema: Schema) -> Layout:
    """Lay rows out by instrument; grouping is linear where sorting is not, and late rows are few."""
    parts = ("symbol", "field") if schema is Schema.OBSERVATION else ("symbol",)
    names = frame["symbol"] if len(parts) == 1 else frame.select(pl.concat_str(parts, separator="/")).to_series()
    codes = names.rle_id()
    if codes[-1]:
        codes = names.cast(pl.Categorical).to_physical()
    rows = frame.select(
        code=codes.cast(pl.UInt32),
        ts=pl.col("ts_event"),
        value=_VALUE[schema],
        index=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    if not rows["code"].is_sorted():
        rows = rows.group_by("code", maintain_order=True).agg(pl.all()).explode("ts", "value", "index")
        rows = rows.with_columns(pl.col("code").rle_id())
    return _placed(rows)


def _placed(rows: pl.DataFrame) -> Layout:
    back = rows.select((pl.col("ts").diff() < 0) & (pl.col("code").diff() == 0)).to_series().fill_null(value=False)
    if not back.any():
        rows = rows.with_columns(late=back)
        return Layout(rows, rows)
    first, last = int(rows["ts"].min()), int(rows["ts"].max())  # type: ignore[arg-type]  # integers, not empty
    span = last - first + 1
    if (int(rows["code"][-1]) + 1) * span >= 2**63:
        rows = rows.with_columns(late=pl.col("ts") < pl.col("ts").cum_max().over("code"))
        return Layout(
            rows, rows.sort("code", "late", "ts", maintain_order=True).sort("code", "ts", maintain_order=True)
        )
    # instrument and time in one integer: what came before is compared, and merged, in one go
    packed = pl.col("code").cast(pl.Int64) * span + (pl.col("ts") - first)
    key = rows.select(key=packed).to_series()
    late = key < key.cum_max()
    keyed = rows.with_columns(key)
    behind = keyed.filter(late).sort("key", maintain_order=True)
    ordered = keyed.filter(~late).merge_sorted(behind, key="key").drop("key")
    return Layout(rows.with_columns(late=late), ordered)


def repeats(frame: pl.DataFrame, layout: Layout, schema: Schema, equal: Cause) -> pl.Series:
    """Return the bits of rows that repeat an earlier one: in every column (``equal``), or in key.

    Only rows that share instrument and time with another can; the rest are not looked at.
    """
    beside = (pl.col("ts").diff() == 0) & (pl.col("code").diff() == 0)
    touching = layout.ordered.select(beside | beside.shift(-1)).to_series().fill_null(value=False)
    index = layout.ordered.filter(touching)["index"].sort()
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
