"""Take tables from any library that speaks the Arrow PyCapsule interface."""

import polars as pl

from allause.exceptions import DataError
from allause.models import BAR_COLUMNS

_TYPES = {"symbol": pl.String, "ts_event": pl.Int64, "ts_init": pl.Int64}


class _Stream:
    """Show a table's Arrow stream and nothing else, so that polars takes every library's the same way."""

    def __init__(self, table: object) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)  # type: ignore[attr-defined]  # seen in take_bars


def take_bars(table: object) -> pl.DataFrame:
    """Return the bars of a table as polars, without a copy where the library allows it.

    Raises:
        DataError: not a table, one that cannot be read, or a column is missing, has another type or lacks keys.
    """
    frame = table if isinstance(table, pl.DataFrame) else _import(table)
    for name in BAR_COLUMNS:
        expected = _TYPES.get(name, pl.Float64)
        if name not in frame.columns:
            raise DataError(
                f"market_data: expected the column {name!r} of bars, found {', '.join(frame.columns) or 'no column'}; "
                "trades and quotes are not enhanced, other names must be renamed"
            )
        if frame.schema[name] != expected:
            raise DataError(
                f"market_data: expected {expected} in column {name!r}, found {frame.schema[name]}; cast the column"
            )
    for name in ("symbol", "ts_event"):
        if missing := frame[name].null_count():
            raise DataError(f"market_data: expected a {name!r} in every row, found {missing} rows without; drop them")
    return frame


def _import(table: object) -> pl.DataFrame:
    if not hasattr(table, "__arrow_c_stream__"):
        hint = "call .collect() first" if isinstance(table, pl.LazyFrame) else "pass a polars, pandas or pyarrow table"
        raise DataError(f"market_data: expected a table with __arrow_c_stream__, found {type(table).__name__}; {hint}")
    try:
        return pl.DataFrame(_Stream(table))
    except Exception as error:  # every library raises its own
        raise DataError(
            f"market_data: expected a {type(table).__name__} that can be exported as an Arrow stream, found "
            f"{type(error).__name__}: {error}; materialise it, or close other results of its connection"
        ) from error
