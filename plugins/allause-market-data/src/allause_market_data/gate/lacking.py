"""Files that have not all the same columns: which of them the file of each row has not.

What a file does not have is absent from its rows, and no defect of each of them; what it has must be in each.
"""

from collections.abc import Iterator, Sequence

import attrs
import polars as pl

from allause_market_data.reading import Batch, Schema

#: The column that says so, as bits; rows of files that have the same columns do without.
LACKS = "lacks"


def columns_of(schema: Schema) -> tuple[str, ...]:
    """Return the columns that a file of a schema may have or not."""
    return (*schema.columns, "unit")


def lacks(batch: Batch) -> int:
    """Return what the file of a batch has not, as bits."""
    has = batch.told | ({"unit"} & {*batch.frame.columns})
    return sum(1 << at for at, name in enumerate(columns_of(batch.schema)) if name not in has)


def marked(batch: Batch) -> pl.DataFrame:
    """Return the rows of a batch with ``LACKS``."""
    if LACKS in batch.frame.columns:
        return batch.frame
    return batch.frame.with_columns(pl.lit(lacks(batch), dtype=pl.UInt32).alias(LACKS))


def united(batches: Sequence[Batch], schema: Schema) -> Batch:
    """Return the batches of a schema as one."""
    chosen = [batch for batch in batches if batch.schema is schema]
    alike = len({lacks(batch) for batch in chosen}) == 1
    frames = [batch.frame if alike else marked(batch) for batch in chosen]
    told = frozenset().union(*(batch.told for batch in chosen))
    frame = pl.concat(frames, how="diagonal", rechunk=True)
    return Batch(schema, frame, told, any(batch.repeats for batch in chosen))


def parts(batch: Batch) -> Iterator[tuple[pl.Series | None, Batch]]:
    """Yield the rows of files that have the same columns, and where they stand; None for all rows there are."""
    frame = batch.frame
    if LACKS not in frame.columns:
        yield None, batch
        return
    for bits in frame[LACKS].unique():
        at = (frame[LACKS] == bits).arg_true()
        absent = {name for number, name in enumerate(columns_of(batch.schema)) if bits >> number & 1}
        yield at, attrs.evolve(batch, frame=frame[at].drop(LACKS), told=batch.told - absent)


def having(batch: Batch, column: str) -> pl.Series:
    """Mark the rows whose file has a column; all of them where files do not differ."""
    if LACKS not in batch.frame.columns:
        return pl.repeat(value=True, n=batch.frame.height, dtype=pl.Boolean, eager=True)
    bit = 1 << columns_of(batch.schema).index(column)
    return (batch.frame[LACKS] & bit) == 0


def without(batch: Batch) -> Batch:
    """Return a batch without ``LACKS``."""
    return attrs.evolve(batch, frame=batch.frame.drop(LACKS, strict=False))
