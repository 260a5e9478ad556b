"""Check files and collect what was found, located by file, row, instrument and time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.converting import MOST_ROWS
from allause_market_data.gate import Cause, Gate, Judged, Parts, Policy, united
from allause_market_data.gate.lacking import columns_of
from allause_market_data.reading import Batch, Rest, Schema, files_of, open_source, read_source
from allause_market_data.store import damages, is_store

#: The column that stands for the price of a row, by schema.
VALUES = {
    Schema.BAR: "close",
    Schema.TRADE: "price",
    Schema.DEPTH: "price",
    Schema.QUOTE: "bid",
    Schema.OPTION: "bid",
    Schema.OBSERVATION: "value",
}


_FOUND = {
    "cause": pl.String,
    "policy": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "symbol": pl.String,
    "ts_event": pl.Int64,
    "detail": pl.String,
}


@attrs.frozen(kw_only=True)
class TableReport:
    """Hold what was found in the rows of one schema.

    Attributes:
        schema: of the rows.
        files: those read, with the rows of each.
        lacking: the columns of the schema that a file has not and others have, by file; its rows are judged without.
        symbols: how many instruments there are.
        policies: what becomes of a row, by cause.
        counts: the rows that have each cause; a row with two counts for both.
        outcomes: each row once: clean, flagged, repaired or rejected.
        first_causes: each row with a defect once, under its first cause.
        findings: ``cause``, ``policy``, ``file``, ``row``, ``symbol``, ``ts_event`` and ``detail`` of every defect.
        drawn: ``symbol``, ``ts_event``, the price and ``flags`` of every row, where they were kept to be drawn.
    """

    schema: Schema
    files: Mapping[str, int]
    lacking: Mapping[str, tuple[str, ...]]
    symbols: int
    policies: Mapping[Cause, Policy]
    counts: Mapping[Cause, int]
    outcomes: Mapping[str, int]
    first_causes: Mapping[str, int]
    findings: pl.DataFrame
    drawn: pl.DataFrame

    @property
    def rows(self) -> int:
        """The rows read."""
        return sum(self.files.values())


@attrs.frozen
class QualityReport:
    """Hold what was found under a path.

    Attributes:
        path: that was asked for.
        tables: by schema.
        refused: why a file was not read, by file.
    """

    path: str
    tables: tuple[TableReport, ...]
    refused: Mapping[str, str]

    @property
    def clean(self) -> bool:
        """Whether nothing at all was found."""
        return not self.refused and all(table.findings.is_empty() for table in self.tables)


def check(
    path: Path,
    config: MarketDataConfig,
    gate: Gate,
    progress: Callable[[int, int, str], None] | None = None,
    *,
    drawn: bool = True,
    part_rows: int = MOST_ROWS,
) -> QualityReport:
    """Read and judge a file or every file of a folder; a file that is refused does not hinder the others.

    Of a file that is refused no row counts, unless it was found out after a whole part of it had been judged.

    Args:
        path: of the file or folder.
        config: how to understand it.
        gate: that judges.
        progress: is told the files done, their number, and the name of the next.
        drawn: whether to keep what pictures need; without, no more than a part is in memory.
        part_rows: how many rows are judged together.

    Raises:
        DataError: it is a folder without files or one that changed meanwhile, or a store whose description cannot be
            read.
    """
    files = files_of(path)
    rest = Rest(path, files)
    found = _Tables(Parts(gate), drawn)
    refused = damages(path) if is_store(path) else {}
    for number, file in enumerate(files):
        if progress is not None:
            progress(number, len(files), str(file))
        if str(file) in refused:
            continue
        held: list[Batch] = []
        try:
            for batch in read_source(open_source(file), config):
                held.append(batch)
                rows = sum(one.frame.height for one in held)
                if rows + found.waiting >= part_rows:
                    found.judge()
                if rows >= part_rows:
                    found.take(str(file), held)
                    held = []
        except DataError as error:
            refused[str(file)] = str(error)
            continue
        found.take(str(file), held)
        rest.done(file)
    rest.require()
    return QualityReport(str(path), tuple(table.report() for table in found.tables.values()), refused)


@attrs.define
class _Tables:
    """Hold what is found by schema, and how many rows wait to be judged."""

    parts: Parts
    drawn: bool
    tables: dict[Schema, "_Table"] = attrs.field(factory=dict)
    waiting: int = 0

    def take(self, file: str, batches: Sequence[Batch]) -> None:
        """Let rows of a file wait."""
        for batch in batches:
            table = self.tables.setdefault(batch.schema, _Table(batch.schema, self.parts, self.drawn))
            table.pieces.append((file, batch))
            table.told[file] = table.told.get(file, frozenset()) | batch.told
            self.waiting += batch.frame.height

    def judge(self) -> None:
        """Judge the rows that wait."""
        for table in self.tables.values():
            table.judge()
        self.waiting = 0


@attrs.define
class _Table:
    """Add up what is found in the rows of a schema, part by part; ``pieces`` are those to be judged next."""

    schema: Schema
    parts: Parts
    keeps: bool
    pieces: list[tuple[str, Batch]] = attrs.field(factory=list)
    told: dict[str, frozenset[str]] = attrs.field(factory=dict)
    symbols: set[str] = attrs.field(factory=set)
    policies: Mapping[Cause, Policy] = attrs.field(factory=dict)
    files: Counter[str] = attrs.field(factory=Counter)
    counts: Counter[Cause] = attrs.field(factory=Counter)
    outcomes: Counter[str] = attrs.field(factory=Counter)
    firsts: Counter[str] = attrs.field(factory=Counter)
    findings: list[pl.DataFrame] = attrs.field(factory=list)
    drawn: list[pl.DataFrame] = attrs.field(factory=list)

    def judge(self) -> None:
        """Judge the pieces at hand."""
        if not self.pieces:
            return
        judged = self.parts.judge(united([batch for _, batch in self.pieces], self.schema))
        frame, files = judged.batch.frame, Counter[str]()
        for file, batch in self.pieces:
            files[file] += batch.frame.height
        self.files.update(files)
        self.symbols.update(frame["symbol"].unique())
        self.policies = judged.policies
        self.counts.update(judged.counts())
        self.outcomes.update(judged.outcomes())
        self.firsts.update(dict(judged.first_cause().drop_nulls().value_counts().iter_rows()))
        self.findings.append(_findings(judged, files))
        if self.keeps:
            drawn = frame.select("symbol", "ts_event", VALUES[self.schema], flags=judged.flags)
            self.drawn.append(drawn.drop_nulls("ts_event"))
        self.pieces = []

    def report(self) -> TableReport:
        """Judge what is left and return what was found."""
        self.judge()
        return TableReport(
            schema=self.schema,
            files=dict(self.files),
            lacking=self._lacking(),
            symbols=len(self.symbols),
            policies=self.policies,
            counts={cause: self.counts[cause] for cause in Cause},
            outcomes=dict(self.outcomes),
            first_causes={cause.value: self.firsts[cause.value] for cause in Cause},
            findings=pl.concat(self.findings, how="vertical_relaxed"),
            drawn=pl.concat(self.drawn) if self.drawn else pl.DataFrame(),
        )

    def _lacking(self) -> dict[str, tuple[str, ...]]:
        known = frozenset().union(*self.told.values())
        found = {
            file: tuple(name for name in columns_of(self.schema) if name in known - told)
            for file, told in self.told.items()
        }
        return {file: names for file, names in found.items() if names}


def _findings(judged: Judged, files: Mapping[str, int]) -> pl.DataFrame:
    frame = judged.batch.frame.select("symbol", "ts_event", "row", index=pl.int_range(pl.len(), dtype=pl.Int64))
    parts = []
    for cause in Cause:
        found = frame.filter((judged.flags & cause.bit) != 0)
        if found.height:
            details = [judged.details.get((index, cause), "") for index in found["index"]]
            policy = judged.policies[cause].value
            parts.append(
                found.with_columns(
                    cause=pl.lit(cause.value), policy=pl.lit(policy), detail=pl.Series(details, dtype=pl.String)
                )
            )
    if not parts:
        return pl.DataFrame(schema=_FOUND)
    ends = pl.Series(list(files.values())).cum_sum()
    names = pl.Series(list(files), dtype=pl.String)
    located = pl.concat(parts)
    file = names.gather(ends.search_sorted(located["index"], side="right"))
    return located.with_columns(file=file).select("cause", "policy", "file", "row", "symbol", "ts_event", "detail")
