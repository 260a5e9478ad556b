"""Rows and their defects counted by the causes of the contract."""

from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from allause.models import DataQuality, DefectCause
from allause_market_data.gate import CONTRACT, Cause, Judged, Policy


def counted(judged: Judged) -> dict[str, DataQuality]:
    """Count rows and defects of each symbol.

    A row that is rejected counts once, one that is flagged or mended is good; a gap lies between rows.
    """
    frame = judged.batch.frame.select("symbol", "ts_event", cause=_causes(judged), flags=judged.flags)
    good = pl.col("cause").is_null()
    doubts = [cause for cause in Cause if cause is not Cause.GAP]
    found = frame.group_by("symbol").agg(
        pl.len().alias("rows"),
        pl.col("cause").null_count().alias("good"),
        pl.col("ts_event").min().alias("ts_first"),
        pl.col("ts_event").max().alias("ts_last"),
        _having(Cause.GAP).sum().alias(DefectCause.GAP.value),
        *((good & _having(cause)).sum().alias(f"flag {cause.value}") for cause in doubts),
        *(
            (pl.col("cause") == cause.value).sum().alias(cause.value)
            for cause in DefectCause
            if cause != DefectCause.GAP
        ),
    )
    return {
        row["symbol"]: DataQuality(
            rows=row["rows"],
            good=row["good"],
            defects={cause.value: row[cause.value] for cause in DefectCause},
            ts_first=row["ts_first"],
            ts_last=row["ts_last"],
            flagged={cause.value: row[f"flag {cause.value}"] for cause in doubts if row[f"flag {cause.value}"]},
        )
        for row in found.iter_rows(named=True)
    }


def total(counts: Iterable[DataQuality]) -> DataQuality:
    """Add up what was counted."""
    found = list(counts)
    flagged = Counter[str]()
    for one in found:
        flagged.update(one.flagged)
    return DataQuality(
        rows=sum(one.rows for one in found),
        good=sum(one.good for one in found),
        defects={cause.value: sum(one.defects.get(cause, 0) for one in found) for cause in DefectCause},
        ts_first=min((one.ts_first for one in found if one.ts_first is not None), default=None),
        ts_last=max((one.ts_last for one in found if one.ts_last is not None), default=None),
        flagged=dict(flagged),
    )


def _causes(judged: Judged) -> pl.Series:
    """Return the cause of the contract each row counts under: of what is rejected or out of order, the first."""
    rejecting = [cause for cause in Cause if judged.policies[cause] is Policy.REJECT or cause is Cause.DISORDER]
    first = judged.first_cause(rejecting)
    named: Mapping[str, str] = {cause.value: CONTRACT.get(cause, DefectCause.SUSPECT).value for cause in Cause}
    return first.replace_strict(named, return_dtype=pl.String)


def _having(cause: Cause) -> pl.Expr:
    return (pl.col("flags") & cause.bit) != 0
