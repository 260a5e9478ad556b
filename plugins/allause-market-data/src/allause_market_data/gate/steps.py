"""Time that passed without data: gaps of bars and observations, silence of trades and quotes, holes in numbering."""

from collections.abc import Iterator

import polars as pl

from allause_market_data.gate.calendars import Sessions
from allause_market_data.gate.causes import Cause
from allause_market_data.gate.settings import DAY_NS, SECOND_NS, Bounds
from allause_market_data.reading import Schema

_SAMPLE = 200_000
_REGULAR = (Schema.BAR, Schema.OBSERVATION)


def steps(
    ordered: pl.DataFrame, schema: Schema, bounds: Bounds, calendar: str | None
) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every row before which data is missing.

    Args:
        ordered: served rows by instrument and time.
        schema: what they are.
        bounds: how long is too long.
        calendar: whose sessions count; None for wall-clock time.
    """
    if ordered.height < 2:  # noqa: PLR2004 - a step takes two
        return
    cause = Cause.GAP if schema in _REGULAR else Cause.STALE
    sessions = None
    if calendar is not None:
        sessions = Sessions(calendar, int(ordered["ts"].min()), int(ordered["ts"].max()))  # type: ignore[arg-type]  # integers
    same = pl.col("code").diff() == 0
    rows = ordered.select("code", "ts", "index", step=pl.when(same).then(pl.col("ts").diff()))
    usual = _usual(rows)
    daily = {code for code, step in usual.items() if step >= DAY_NS}
    if sessions is not None and cause is Cause.GAP:
        yield from _missing_days(rows, daily, sessions)
    if sessions is not None:
        passed = sessions.open_ns(rows["ts"])
        rows = rows.with_columns(step=pl.when(same).then(passed.diff()))
    longest = _longest(usual, cause, bounds)
    bound = pl.Series([longest.get(code, 2**63 - 1) for code in range(int(rows["code"].max()) + 1)], dtype=pl.Int64)  # type: ignore[arg-type]  # integers
    limit = bound.gather(rows["code"]) if len(bound) > 1 else bound[0]
    for code, index, step in rows.filter(pl.col("step") > limit).select("code", "index", "step").iter_rows():
        if sessions is None or code not in daily or cause is Cause.STALE:
            yield int(index), cause, f"{span(step)} without data, {span(usual[code])} are usual"


def _usual(rows: pl.DataFrame) -> dict[int, int]:
    """Return the median step of each instrument; of very many rows a sample is looked at."""
    every = max(1, rows.height // _SAMPLE)
    sample = rows.select("code", "step").drop_nulls().gather_every(every)
    medians = sample.group_by("code").agg(pl.col("step").median().cast(pl.Int64))
    return {int(code): int(step) for code, step in medians.iter_rows()}


def _longest(usual: dict[int, int], cause: Cause, bounds: Bounds) -> dict[int, int]:
    if cause is Cause.STALE:
        return {code: max(bounds.stale_ns, step * bounds.stale_steps) for code, step in usual.items()}
    return {code: bounds.daily_gap_ns if step == DAY_NS else step * bounds.gap_steps for code, step in usual.items()}


def _missing_days(rows: pl.DataFrame, daily: set[int], sessions: Sessions) -> Iterator[tuple[int, Cause, str]]:
    for code in sorted(daily):
        mine = rows.filter(pl.col("code") == code)
        days = sessions.day_of(mine["ts"])
        missing = sessions.missing(days)
        if not len(missing):
            continue
        after = days.search_sorted(missing, side="right")
        grouped = pl.DataFrame({"at": after, "day": missing}).group_by("at", maintain_order=True).agg("day")
        for at, lost in grouped.iter_rows():
            first, last = lost[0], lost[-1]
            what = f"{len(lost)} session{'s' * (len(lost) > 1)} of {sessions.name} missing, {first} to {last}"
            yield int(mine["index"][at]), Cause.GAP, what


def numbering(frame: pl.DataFrame, schema: Schema) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every row whose number does not follow on that of the row before."""
    if schema is Schema.DEPTH:
        yield from _chain(frame)
    elif "seq" in frame.columns:
        rows = frame.select("symbol", "seq", index=pl.int_range(pl.len(), dtype=pl.UInt32)).drop_nulls()
        step = pl.col("seq").diff().over("symbol")
        for index, by in rows.with_columns(by=step).filter(pl.col("by") > 1).select("index", "by").iter_rows():
            yield int(index), Cause.SEQUENCE_GAP, f"{by - 1} numbers missing"


def _chain(frame: pl.DataFrame) -> Iterator[tuple[int, Cause, str]]:
    rows = frame.with_columns(index=pl.int_range(pl.len(), dtype=pl.UInt32)).filter(~pl.col("snapshot"))
    rows = rows.unique(["symbol", "first_id", "last_id"], keep="first", maintain_order=True)
    before = pl.col("last_id").shift().over("symbol")
    said = pl.coalesce("previous_id", pl.col("first_id") - 1)
    broken = rows.with_columns(before=before, said=said).filter(pl.col("said") > pl.col("before"))
    for index, was, now in broken.select("index", "before", "said").iter_rows():
        yield int(index), Cause.SEQUENCE_GAP, f"follows on update {now}, the last one seen was {was}"


def span(ns: int) -> str:
    """Return a span of time for people."""
    seconds = ns / SECOND_NS
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.4g} s"
