"""Tables that come in parts, judged as if they came whole."""

import attrs
import polars as pl

from allause_market_data.gate.judging import Gate, Judged
from allause_market_data.gate.lacking import LACKS, lacks, marked
from allause_market_data.reading import Batch, Schema

#: Rows of an instrument that are known when the next part of a table is judged.
_KNOWN_ROWS = 250


@attrs.define
class Parts:
    """Judge tables part by part, knowing the last rows of every instrument, in whichever part they were.

    Attributes:
        gate: that judges.
    """

    gate: Gate
    _known: dict[Schema, pl.DataFrame] = attrs.field(factory=dict, init=False)

    def judge(self, batch: Batch) -> Judged:
        """Judge the rows of the next part; there is a table of each schema.

        Raises:
            ConfigurationError: an unknown policy, cause or calendar.
        """
        frame = batch.frame
        last = marked(attrs.evolve(batch, frame=_last(frame)))
        known = self._known.get(batch.schema, last.clear())
        before = known.filter(pl.col("symbol").is_in(frame["symbol"].unique().implode()))
        alike = LACKS not in frame.columns and (before[LACKS] == lacks(batch)).all()
        both = [before.drop(LACKS), frame] if alike else [before, marked(batch)]
        judged = self.gate.judge(attrs.evolve(batch, frame=pl.concat(both, how="diagonal")))
        self._known[batch.schema] = pl.concat([known, last], how="diagonal").pipe(_last)
        return judged.after(before.height)


def _last(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("symbol", maintain_order=True).tail(_KNOWN_ROWS).select(rows.columns)
