"""Time that passed without data: gaps of bars and observations, silence of trades and quotes, holes in numbering."""

from collections.abc import Iterator

import polars as pl

from allause_market_data.gate.calendars import Sessions
from allause_market_data.gate.causes import Cause
from allause_market_data.gate.ordering import Laid
from allause_market_data.gate.settings import DAY_NS, SECOND_NS, Bounds
from allause_market_data.reading import Schema

_SAMPLE = 200_000
_NEVER = 2**63 - 1
_REGULAR = (Schema.BAR, Schema.OBSERVATION)


def steps(served: Laid, schema: Schema, bounds: Bounds, calendar: str | None) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every row before which data is missing.

    Args:
        served: the rows that are.
        schema: what they are.
        bounds: how long is too long.
        calendar: whose sessions count; None for wall-clock time.
    """
    ts, index = served.rows["ts"], served.rows["index"]
    if len(ts) < 2:  # noqa: PLR2004 - a step takes two
        return
    cause = Cause.GAP if schema in _REGULAR else Cause.STALE
    passed = served.change("ts")
    usual = _usual(served, passed)
    daily = {code for code, step in usual.items() if step >= DAY_NS}
    sessions = None
    if calendar is not None:
        sessions = Sessions(calendar, int(ts.min()), int(ts.max()))  # type: ignore[arg-type]  # integers
        if cause is Cause.GAP:
            yield from _missing_days(served, daily, sessions)
        passed = sessions.open_ns(ts).diff().scatter(served.starts, None)
    longest = _longest(usual, cause, bounds)
    # whose step it is, is asked only where one is too long for any of them
    found = (passed > min([*longest.values(), _NEVER])).arg_true()
    rows = pl.DataFrame([served.codes(found), index.gather(found), passed.gather(found).alias("step")])
    limits = pl.Series([min(longest.get(code, _NEVER), _NEVER) for code in range(len(served.starts))], dtype=pl.Int64)
    for code, at, step in rows.filter(pl.col("step") > limits.gather(rows["code"])).iter_rows():
        if sessions is None or code not in daily or cause is Cause.STALE:
            yield int(at), cause, f"{span(step)} without data, {span(usual[code])} are usual"


def _usual(served: Laid, passed: pl.Series) -> dict[int, int]:
    """Return the median step of each instrument; of very many rows a sample is looked at."""
    every = max(1, len(passed) // _SAMPLE)
    places = passed.is_not_null().arg_true().gather_every(every)
    sample = pl.DataFrame([served.codes(places), passed.gather(places).alias("step")])
    medians = sample.group_by("code").agg(pl.col("step").median().cast(pl.Int64))
    return {int(code): int(step) for code, step in medians.iter_rows()}


def _longest(usual: dict[int, int], cause: Cause, bounds: Bounds) -> dict[int, int]:
    if cause is Cause.STALE:
        return {code: max(bounds.stale_ns, step * bounds.stale_steps) for code, step in usual.items()}
    return {code: bounds.daily_gap_ns if step == DAY_NS else step * bounds.gap_steps for code, step in usual.items()}


def _missing_days(served: Laid, daily: set[int], sessions: Sessions) -> Iterator[tuple[int, Cause, str]]:
    for code, (start, end) in enumerate(served.spans()):
        if code not in daily:
            continue
        days = sessions.day_of(served.rows["ts"][start:end])
        missing = sessions.missing(days)
        if not len(missing):
            continue
        after = days.search_sorted(missing, side="right")
        grouped = pl.DataFrame({"at": after, "day": missing}).group_by("at", maintain_order=True).agg("day")
        for at, lost in grouped.iter_rows():
            first, last = lost[0], lost[-1]
            what = f"{len(lost)} session{'s' * (len(lost) > 1)} of {sessions.name} missing, {first} to {last}"
            yield int(served.rows["index"][start + at]), Cause.GAP, what


def numbering(frame: pl.DataFrame, schema: Schema) -> Iterator[tuple[int, Cause, str]]:
    """Yield index, cause and detail of every row whose number does not follow on that of the row before."""
    if schema is Schema.DEPTH:
        yield from _chain(frame)
    elif "seq" in frame.columns:
        yield from _numbers(frame)


def _numbers(frame: pl.DataFrame) -> Iterator[tuple[int, Cause, str]]:
    """Tell numbers that are missing, whatever the order of arrival, from those that come again with other values."""
    rows = frame.select("symbol", "seq", index=pl.int_range(pl.len(), dtype=pl.UInt32)).drop_nulls()
    step = pl.col("seq").diff().over("symbol")
    if not rows.select((step != 1).any()).item():
        return
    rows = rows.sort("symbol", "seq", maintain_order=True).with_columns(by=step)
    for index, by in rows.filter(pl.col("by") > 1).select("index", "by").iter_rows():
        yield int(index), Cause.SEQUENCE_GAP, f"{by - 1} numbers missing"
    again = rows.filter(pl.col("by") == 0)
    if again.height:
        shared = frame.drop("row").with_row_index("index").join(again, on=["symbol", "seq"], how="semi")
        # a row that is equal in every column is a duplicate, and is told as that
        other = shared.filter(pl.struct(pl.exclude("index")).is_first_distinct()).filter(
            ~pl.struct("symbol", "seq").is_first_distinct()
        )
        for index, number in other.select("index", "seq").iter_rows():
            yield int(index), Cause.DUPLICATE_KEY, f"number {number} again, with other values"


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
