"""Rows by instrument and time without sorting what is nearly sorted: late rows, repeats, and the order for the rest."""

from itertools import pairwise

import attrs
import polars as pl

from allause_market_data.gate.causes import Cause
from allause_market_data.reading import Schema

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
class Laid:
    """Hold rows by instrument and time, those of one time in the order of arrival.

    Attributes:
        rows: ``ts``, ``value``, which is followed, and ``index``, where the row stands in the table.
        starts: the place of each instrument's first row.
    """

    rows: pl.DataFrame
    starts: pl.Series

    def kept(self, unwanted: pl.Series) -> "Laid":
        """Return the rows that ``unwanted`` (by index) does not mark."""
        if not unwanted.any():
            return self
        gone = unwanted.gather(self.rows["index"])
        rows = self.rows.filter(~gone)
        starts = (self.starts - gone.arg_true().search_sorted(self.starts)).unique(maintain_order=True)
        return Laid(rows, starts.filter(starts < rows.height))

    def change(self, name: str) -> pl.Series:
        """Return by how much a column differs from the row before of the same instrument; null in its first row."""
        return self.rows[name].diff().scatter(self.starts, None)

    def within(self, places: pl.Series) -> pl.Series:
        """Return those of the places that are not the first ones of an instrument."""
        return places.filter(~places.is_in(self.starts.implode()))

    def codes(self, places: pl.Series) -> pl.Series:
        """Return the numbers of the instruments whose rows stand at ``places``."""
        return (self.starts.search_sorted(places, side="right") - 1).alias("code")

    def spans(self) -> list[tuple[int, int]]:
        """Return the place of the first row of each instrument and the one behind its last."""
        return list(pairwise([*self.starts, self.rows.height]))


@attrs.frozen
class Layout:
    """Hold rows laid out by instrument.

    Attributes:
        late: the index of each row before which a row of the instrument has a later time.
        ordered: all rows.
    """

    late: pl.Series
    ordered: Laid


def lay_out(frame: pl.DataFrame, schema: Schema) -> Layout:
    """Lay rows out by instrument; grouping is linear where sorting is not, and late rows are few.

    Only the index is moved until all are in place, then the other columns once.
    """
    index, starts = _grouped(frame, schema)
    ts = frame["ts_event"] if index.is_sorted() else frame["ts_event"].gather(index)
    late = index.clear()
    key = _packed(ts, starts)
    if not key.is_sorted():
        keyed, behind = pl.DataFrame([key.alias("key"), index]), key < key.cum_max()
        rows = keyed.filter(behind)
        late = rows["index"]
        index = keyed.filter(~behind).merge_sorted(rows.sort("key", maintain_order=True), key="key")["index"]
    laid = frame.select(ts="ts_event", value=_VALUE[schema])
    if not index.is_sorted():
        laid = laid.select(pl.all().gather(index))
    return Layout(late, Laid(laid.with_columns(index), starts))


def _grouped(frame: pl.DataFrame, schema: Schema) -> tuple[pl.Series, pl.Series]:
    """Return the index of each row, by instrument, and the place of each instrument's first row."""
    parts = ("symbol", "field") if schema is Schema.OBSERVATION else ("symbol",)
    names = frame["symbol"] if len(parts) == 1 else frame.select(pl.concat_str(parts, separator="/")).to_series()
    index = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias("index")
    if names[0] == names[-1] and (names == names[0]).all():
        return index, index.head(1)
    grouped = pl.DataFrame([names.alias("name"), index]).group_by("name", maintain_order=True).agg("index")["index"]
    return grouped.explode(), grouped.list.len().cum_sum().shift(fill_value=0).cast(pl.UInt32)


def _packed(ts: pl.Series, starts: pl.Series) -> pl.Series:
    """Return instrument and time in one integer: what came before is compared, and merged, in one go."""
    if len(starts) == 1:
        return ts
    low, high = int(ts.min()), int(ts.max())  # type: ignore[arg-type]  # integers, not empty
    if len(starts) * (high - low + 1) - min(low, 0) >= 2**63:
        ts = ts.rank("dense").cast(pl.Int64)
        low, high = 1, int(ts.max())  # type: ignore[arg-type]  # an integer
    spans = pairwise([*starts, len(ts)])
    numbered = (ts.slice(start, end - start) + (n * (high - low + 1) - low) for n, (start, end) in enumerate(spans))
    return pl.concat(numbered, rechunk=True)


def repeats(frame: pl.DataFrame, layout: Layout, schema: Schema, equal: Cause) -> pl.Series:
    """Return the bits of rows that repeat an earlier one: in every column (``equal``), or in key.

    Only rows that share instrument and time with another can; the rest are not looked at.
    """
    ts = layout.ordered.rows["ts"]
    at = layout.ordered.within((ts == ts.shift()).arg_true())
    index = layout.ordered.rows["index"].gather(pl.concat([at - 1, at]).unique()).sort()
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
