"""Check files and collect what was found, located by file, row, instrument and time."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.gate import Cause, Gate, Judged
from allause_market_data.reading import Batch, Schema, files_of, open_source, read_source


@attrs.frozen
class TableReport:
    """Hold what was found in the rows of one schema.

    Attributes:
        schema: of the rows.
        judged: the rows and their flags.
        files: those read, with the rows of each.
        findings: ``cause``, ``policy``, ``file``, ``row``, ``symbol``, ``ts_event`` and ``detail`` of every defect.
    """

    schema: Schema
    judged: Judged
    files: Mapping[str, int]
    findings: pl.DataFrame

    @property
    def rows(self) -> int:
        """The rows read."""
        return self.judged.batch.frame.height

    def counts(self) -> dict[Cause, int]:
        """Count the rows that have each cause."""
        return self.judged.counts()

    def first_causes(self) -> dict[str, int]:
        """Count each row with a defect once, under its first cause: with the clean ones they add up to the rows."""
        counted = dict(self.judged.first_cause().drop_nulls().value_counts().iter_rows())
        return {cause.value: int(counted.get(cause.value, 0)) for cause in Cause}


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
    path: Path, config: MarketDataConfig, gate: Gate, progress: Callable[[int, int, str], None] | None = None
) -> QualityReport:
    """Read and judge a file or every file of a folder; a file that is refused does not hinder the others.

    Args:
        path: of the file or folder.
        config: how to understand it.
        gate: that judges.
        progress: is told the files done, their number, and the name of the next.

    Raises:
        DataError: there is nothing at all at the path.
    """
    files = files_of(path)
    pieces: dict[Schema, list[tuple[str, Batch]]] = {}
    refused: dict[str, str] = {}
    for number, file in enumerate(files):
        if progress is not None:
            progress(number, len(files), str(file))
        try:
            batches = list(read_source(open_source(file), config))
        except DataError as error:
            refused[str(file)] = str(error)
            continue
        for batch in batches:
            pieces.setdefault(batch.schema, []).append((str(file), batch))
    tables = tuple(_table(schema, found, gate) for schema, found in pieces.items())
    return QualityReport(str(path), tables, refused)


def _table(schema: Schema, pieces: Sequence[tuple[str, Batch]], gate: Gate) -> TableReport:
    frame = pl.concat([batch.frame for _, batch in pieces], how="diagonal", rechunk=True)
    told: frozenset[str] = frozenset().union(*(batch.told for _, batch in pieces))
    judged = gate.judge(Batch(schema, frame, told, any(batch.repeats for _, batch in pieces)))
    files: dict[str, int] = {}
    for file, batch in pieces:
        files[file] = files.get(file, 0) + batch.frame.height
    return TableReport(schema, judged, files, _findings(judged, files))


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
        return pl.DataFrame(schema=dict.fromkeys(("cause", "policy", "file", "row", "symbol", "ts_event", "detail")))
    ends = pl.Series(list(files.values())).cum_sum()
    names = pl.Series(list(files), dtype=pl.String)
    located = pl.concat(parts)
    file = names.gather(ends.search_sorted(located["index"], side="right"))
    return located.with_columns(file=file).select("cause", "policy", "file", "row", "symbol", "ts_event", "detail")
