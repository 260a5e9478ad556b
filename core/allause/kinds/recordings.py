"""Recorded market data that a component is fed, and what is known of every symbol in it.

The files are CSV with the columns of the contract as their first line and times as integer nanoseconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from allause.models.market import DefectCause, DoubtCause

Row = dict[str, Any]

_TIMES = 3  # the columns up to the times, which every schema begins with


@attrs.frozen(kw_only=True)
class Case:
    """Hold the rows of one symbol, and what is wrong with them.

    Attributes:
        name: of what was done to them; ``clean`` when nothing was.
        symbol: that the rows are of.
        rows: as they stand in the file.
        good: those that may be served, in the order of the contract.
        hurt: how many rows were spoiled, or have something unlikely in them.
        defects: the causes of the contract any of which is right for them.
        doubt: the name under which they may be served all the same; None when they may not, or only put in order.
    """

    name: str
    symbol: str
    rows: tuple[Row, ...]
    good: tuple[Row, ...]
    hurt: int = 0
    defects: frozenset[DefectCause] = frozenset()
    doubt: DoubtCause | None = None

    def missed(self, defects: Mapping[str, int], flagged: Mapping[str, int]) -> str:
        """Say what is wrong with the counts of a component for the symbol; empty when nothing is."""
        spoiled = {cause: count for cause, count in defects.items() if count}
        doubted = {cause: count for cause, count in flagged.items() if count}
        told = f"{spoiled or 'no defect'} and {doubted or 'no flag'}"
        counted = sum(spoiled.get(cause, 0) for cause in self.defects)
        if not self.hurt:
            return (
                f"{self.symbol}: nothing is wrong with it, and it was told to have {told}" if spoiled or doubted else ""
            )
        if self.doubt is None:
            wanted = f"{self.hurt} under {' or '.join(sorted(self.defects))}"
            return "" if counted == self.hurt else f"{self.symbol}: {wanted} were put in, it was told to have {told}"
        if 0 < counted + doubted.get(self.doubt, 0) <= self.hurt:
            return ""
        return f"{self.symbol}: {self.doubt} was put in ({self.hurt} rows of it), it was told to have {told}"

    def unaccounted(self, rows: int, good: int, defects: Mapping[str, int], served: int) -> str:
        """Say how the rows of the symbol do not add up: fed, counted and served; empty when they do."""
        spoiled = sum(count for cause, count in defects.items() if cause != DefectCause.GAP)
        if rows != len(self.rows):
            return f"{len(self.rows)} rows of {self.symbol} were fed, {rows} are counted"
        if good + spoiled != rows:
            return f"{self.symbol}: {good} good + {spoiled} spoiled are not {rows} rows"
        # rows out of order are put in order and served, so there may be more served than good ones
        if not good <= served <= good + defects.get(DefectCause.DISORDER, 0):
            return f"{self.symbol}: {good} good rows are counted, {served} are served"
        return ""

    def wrongly_served(self, served: Sequence[Row]) -> str:
        """Say which row is served that may not be, or is not; empty where a row may have been mended."""
        if self.doubt is not None:
            return ""
        for found, wanted in zip(served, self.good, strict=False):
            if repr(found) != repr({name: wanted[name] for name in found}):  # repr: NaN is the same as NaN
                return f"{self.symbol}: {found!r} is served; the good row at its place is {wanted!r}"
        if len(served) == len(self.good):
            return ""
        return f"{self.symbol}: {len(served)} rows are served; {len(self.good)} are good"


@attrs.frozen(kw_only=True)
class Recording:
    """Hold one file.

    Attributes:
        columns: of the contract.
        cases: in the order of their symbols.
        whole: whether it ends with its last row; otherwise it breaks off after the times of that row.
    """

    columns: tuple[str, ...]
    cases: tuple[Case, ...]
    whole: bool = True

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols, sorted."""
        return tuple(case.symbol for case in self.cases)

    def csv(self) -> str:
        """Return the file; a number that is not one stays empty."""
        rows = [row for case in self.cases for row in case.rows]
        lines = (",".join(_written(row[name]) for name in self.columns) for row in rows)
        text = "\n".join([",".join(self.columns), *lines, ""])
        return text if self.whole else text.rsplit(",", len(self.columns) - _TIMES)[0]


def _written(value: Any) -> str:
    return "" if value != value else str(value)  # noqa: PLR0124 - NaN is what differs from itself
