"""User-written steps in the caller's own dataframe type, through narwhals, the extra ``steps``."""

from collections.abc import Callable, Sequence
from typing import Any

from allause.exceptions import DataError

Step = Callable[[Any], Any]


def apply(table: Any, steps: Sequence[Step]) -> Any:
    """Run steps one after the other and return a table of the type that came in.

    A step takes a narwhals frame and returns one; what it is made of (polars, pandas, pyarrow, duckdb) stays.

    Raises:
        DataError: narwhals is not installed, does not know the table, or a step returned something else.
    """
    try:
        import narwhals as nw  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise DataError("steps: expected narwhals, found none; install allause-enhancer[steps]") from error
    try:
        frame = nw.from_native(table)
    except TypeError as error:
        raise DataError(f"market_data: expected a table narwhals knows, found {type(table).__name__}") from error
    for step in steps:
        name = getattr(step, "__name__", type(step).__name__)
        frame = step(frame)
        if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
            raise DataError(
                f"steps: expected a narwhals frame of {name}(), found {type(frame).__name__}; return the frame"
            )
    return nw.to_native(frame)
