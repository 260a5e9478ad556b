"""The report as one HTML page that asks nothing of the network."""

from html import escape

import polars as pl

from allause_market_data.quality.pictures import calendar, gaps, prices
from allause_market_data.quality.report import QualityReport, TableReport
from allause_market_data.quality.writing import moment, printable

_SHOWN = 200
_PICTURED = 8
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}td,th{border-bottom:1px solid #ddd;padding:.2em .8em;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto;display:block;margin:.5em 0}
.refused{color:#a00}details{margin:1em 0}
"""


def page(report: QualityReport) -> str:
    """Write a report as one page: counts, pictures of each instrument, and the first findings."""
    body = [f"<h1>Quality of {_safe(report.path)}</h1>"]
    body.extend(f'<p class="refused">Refused: {_safe(reason)}</p>' for reason in report.refused.values())
    if report.clean:
        body.append("<p>Nothing found.</p>")
    for table in report.tables:
        body.extend(_table(table))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Quality of {_safe(report.path)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{_STYLE}</style></head>\n<body>'
        + "\n".join(body)
        + "</body></html>\n"
    )


def _table(table: TableReport) -> list[str]:
    outcomes = ", ".join(f"{count} {name}" for name, count in table.outcomes.items())
    made = [
        f"<h2>{table.rows} {table.schema} rows</h2><p>{outcomes}</p>",
        "<table><tr><th>cause<th>rows<th>policy</tr>",
    ]
    made[1:1] = [
        f"<p>{_safe(file)} has no {' and no '.join(names)}, which other files have.</p>"
        for file, names in list(table.lacking.items())[:_SHOWN]
    ]
    made.extend(
        f'<tr><td>{cause}<td class="n">{count}<td>{table.policies[cause]}</tr>'
        for cause, count in table.counts.items()
        if count
    )
    made.append("</table>")
    flagged = table.drawn
    busiest = flagged.group_by("symbol").agg((pl.col("flags") != 0).sum().alias("n"), pl.len().alias("rows"))
    symbols = busiest.sort(["n", "rows", "symbol"], descending=[True, True, False])["symbol"]
    for symbol in symbols.head(_PICTURED):
        rows = flagged.filter(pl.col("symbol") == symbol).sort("ts_event")
        made.append(f"<h3>{_safe(symbol)}</h3>")
        made.extend([calendar(rows), prices(rows, table.schema), gaps(rows)])
    if len(symbols) > _PICTURED:
        made.append(f"<p>{len(symbols) - _PICTURED} more instruments are not pictured.</p>")
    made.append(_findings(table))
    return made


def _findings(table: TableReport) -> str:
    rows = "".join(
        f'<tr><td>{found["cause"]}<td>{_safe(found["file"])}<td class="n">{found["row"]}<td>{_safe(found["symbol"])}'
        f"<td>{moment(found['ts_event'])}<td>{_safe(found['detail'])}</tr>"
        for found in table.findings.head(_SHOWN).iter_rows(named=True)
    )
    more = max(0, table.findings.height - _SHOWN)
    note = f"<p>{more} more are in the JSON form.</p>" if more else ""
    head = "<tr><th>cause<th>file<th>row<th>instrument<th>time (UTC)<th>detail</tr>"
    return f"<details><summary>{table.findings.height} findings</summary><table>{head}{rows}</table>{note}</details>"


def _safe(text: str) -> str:
    return escape(printable(text))
