"""Instruments merged into one sequence of rows, with no more than a partition of them in memory.

The order is total, so that it depends on the rows alone and not on how they are cut:

1. the time asked for: ``ts_event``, or when the row was known here, the later of ``ts_init`` and ``ts_event``;
2. the order in which the symbols were asked for;
3. ``ts_event``;
4. the row's place in its source.

Depth is read by the chain of its update ids, whatever the clock of the venue says, and so a row of it is due no earlier
than the one before it of its instrument, and the third rule does not hold.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import polars as pl


class Order(StrEnum):
    """Name the time that a sequence of rows is ordered by."""

    TS_EVENT = "ts_event"
    TS_INIT = "ts_init"


_TIME = pl.col("ts_event")
_CHAIN = "last_id"  # the column that only depth has
#: A row that a policy served with ``ts_init`` too early is not known before it happened all the same.
_DUE = {Order.TS_EVENT: _TIME, Order.TS_INIT: pl.max_horizontal("ts_init", "ts_event")}


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows by ``ts_event``; those of one time, and of a chain of depth, as they came."""
    return rows.sort(placed(rows), maintain_order=True)


def placed(rows: pl.DataFrame, time: pl.Expr = _TIME) -> pl.Expr:
    """Return the time by which a row is filed: its own, but of depth none before that of the row before it."""
    return time.cum_max().over("symbol") if _CHAIN in rows.columns else time


def merged(
    parts: Iterable[pl.DataFrame], symbols: Sequence[str], order: Order = Order.TS_EVENT
) -> Iterator[pl.DataFrame]:
    """Yield all rows in order, in frames of any size.

    Args:
        parts: rows of all the symbols, none earlier by ``ts_event`` than any of the part before.
        symbols: each once, in the order asked for.
        order: what the rows are ordered by.
    """
    rank = pl.col("symbol").replace_strict(list(symbols), list(range(len(symbols))), return_dtype=pl.UInt32)
    held = None
    for part in parts:
        if part.is_empty():
            continue
        rows = part if held is None else pl.concat([held, part])
        rows = rows.with_columns(_due=placed(rows, _DUE[order]), _rank=rank)
        # what is still to come happened no earlier than this, and so is due no earlier
        bound = part["ts_event"].max()
        given, held = rows.filter(pl.col("_due") < bound), rows.filter(pl.col("_due") >= bound).select(part.columns)
        if given.height:
            yield _sorted(given)
    if held is not None:
        yield _sorted(held.with_columns(_due=placed(held, _DUE[order]), _rank=rank))


def sized(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Yield the same rows in frames of ``rows``; only the last may have fewer."""
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(each.height for each in waiting) < rows:
            continue
        whole = pl.concat(waiting)
        even = whole.height - whole.height % rows
        yield from whole.head(even).iter_slices(rows)
        waiting = [whole.slice(even)]
    rest = pl.concat(waiting) if waiting else None
    if rest is not None and rest.height:
        yield rest


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    last = [] if _CHAIN in rows.columns else ["ts_event"]
    return rows.sort("_due", "_rank", *last, maintain_order=True).drop("_due", "_rank")
