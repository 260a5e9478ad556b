"""The report as text and as JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from allause_market_data.gate import Cause
from allause_market_data.quality.report import QualityReport, TableReport
from allause_market_data.reading.reader import Schema

_SHOWN = 5
_LONGEST = 1_000  # a reason ends with the remedy


def as_text(report: QualityReport) -> str:
    """Write a report for people: counts, and the first findings of each cause."""
    lines = [printable(report.path)]
    for table in report.tables:
        lines.extend(_table(table, report.path))
    lines.extend(
        f"  refused: {printable(reason.removeprefix(f'{report.path}: '), _LONGEST)}"
        for reason in report.refused.values()
    )
    if report.clean:
        lines.append("  nothing found")
    return "\n".join(lines) + "\n"


def _table(table: TableReport, path: str) -> Iterator[str]:
    outcomes = ", ".join(f"{count} {name}" for name, count in table.outcomes.items())
    instruments = f"{table.symbols} instrument{'s' * (table.symbols != 1)}"
    yield f"  {table.rows} {table.schema} rows of {instruments}: {outcomes}"
    for file, names in list(table.lacking.items())[:_SHOWN]:
        yield f"    {_place(file, path)}has no {' and no '.join(names)}, which other files have"
    if len(table.lacking) > _SHOWN:
        yield f"    and {len(table.lacking) - _SHOWN} more files lack columns that others have"
    for cause, count in table.counts.items():
        if count:
            yield f"    {cause:<17} {count:>9}  {table.policies[cause]}"
            found = table.findings.filter(pl.col("cause") == cause.value)
            for file, row, symbol, ts, detail in (
                found.head(_SHOWN).select("file", "row", "symbol", "ts_event", "detail").iter_rows()
            ):
                said = f": {detail}" if detail else ""
                yield f"      {_place(file, path)}row {row}, {printable(symbol)} at {moment(ts)}{said}"
            if count > _SHOWN:
                yield f"      and {count - _SHOWN} more"
    if table.findings.height:
        yield "    times are UTC" + (", those at which bars end" if table.schema is Schema.BAR else "")


def _place(file: str, path: str) -> str:
    """Name a file below ``path``, which stands above it all; the file itself need not be named again."""
    return "" if file == path else f"{printable(str(Path(file).relative_to(path)))} "


def as_json(report: QualityReport) -> str:
    """Write a report with every finding."""
    content = {
        "path": report.path,
        "clean": report.clean,
        "refused": dict(report.refused),
        "tables": [
            {
                "schema": table.schema.value,
                "rows": table.rows,
                "files": dict(table.files),
                "lacking": {file: list(names) for file, names in table.lacking.items()},
                "outcomes": dict(table.outcomes),
                "counts": {cause.value: count for cause, count in table.counts.items()},
                "first_causes": dict(table.first_causes),
                "policies": {cause.value: table.policies[cause].value for cause in Cause},
                "findings": table.findings.to_dicts(),
            }
            for table in report.tables
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def moment(ts: int | None) -> str:
    """Return a time for people, to the nanosecond where it has any."""
    if ts is None:
        return "no time"
    seconds, rest = divmod(ts, 1_000_000_000)
    try:
        whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):  # far outside the calendar
        return str(ts)
    return f"{whole}.{rest:09d}".rstrip("0") if rest else whole


def printable(text: str, limit: int = 400) -> str:
    """Return text of a file without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)[:limit]
