"""QuantConnect Lean universes: the chain of an underlying on one day, with open interest and greeks."""

import re
from collections.abc import Iterator
from pathlib import PurePath

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.delimited import tables
from allause_market_data.reading.exactness import require_exact
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema, batch
from allause_market_data.reading.source import Source
from allause_market_data.times import to_nanoseconds

_OPTIONS = b"#expiry,strike,right,open,high,low,close,volume,open_interest"
_FUTURES = b"#expiry,open,high,low,close,volume,open_interest"
_GREEKS = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")
_PRICES = ("open", "high", "low", "close")
#: The highest strike that the eight digits of an OCC symbol hold.
_HIGHEST = 99_999.999
_ZONES = {True: "America/New_York", False: "UTC"}


@attrs.frozen
class UniverseReader:
    """Read chains of options and lists of futures."""

    name: str = "Lean universe"

    def recognise(self, source: Source) -> bool:
        """Take text with the header of either."""
        return source.packing is not Packing.ZIP and source.head.startswith((_OPTIONS, _FUTURES))

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the underlying as a bar and its options; or the futures as bars and their open interest."""
        path = PurePath(source.name)
        options = source.head.startswith(_OPTIONS)
        underlying = config.symbol or path.parent.name.upper()
        row = 1
        for raw in tables(source.chunks(), source.name):
            _require(raw, source.name, row, options=options)
            numbers = [name for name in raw.columns if name not in {"#expiry", "right"}]
            frame = raw.with_columns(
                pl.col(numbers).cast(pl.Float64).fill_null(float("nan")),
                ts=pl.lit(_day_end(path.name, source.name, config.zone or _ZONES[options]), dtype=pl.Int64),
                row=pl.int_range(row, row + raw.height, dtype=pl.Int64),
            )
            row += raw.height
            yield from _chain(frame, underlying) if options else _list(frame, underlying)


def _require(raw: pl.DataFrame, name: str, row: int, *, options: bool) -> None:
    """Refuse columns that are not there, and fields that are not what their column holds; empty ones are absent."""
    if absent := [column for column in _GREEKS if options and column not in raw.columns]:
        raise DataError(
            f"{name}: expected the columns of a universe of options, found none named {', '.join(absent)}; "
            "fetch it again"
        )
    form, day = ("YYYYMMDD", pl.col("#expiry")) if options else ("YYYYMM", pl.col("#expiry") + "01")
    known = day.str.to_date("%Y%m%d", strict=False).is_not_null()
    fields = {"#expiry": (known | (pl.col("#expiry").is_null() & pl.lit(options)), f"an expiry as {form}")}
    for column in raw.columns:
        number = pl.col(column).cast(pl.Float64, strict=False)
        if column == "strike":
            inside = number.is_between(0, _HIGHEST, closed="right") | pl.col("#expiry").is_null()
            fields[column] = (inside, f"a strike above 0 and up to {_HIGHEST}")
        elif column == "right":
            fields[column] = (pl.col(column).is_in(["C", "P"]) | pl.col("#expiry").is_null(), "C or P")
        elif column != "#expiry":
            fields[column] = (pl.col(column).is_null() | number.is_not_null(), "a number")
    for column, (fits, expected) in fields.items():
        bad = raw.select(fits.fill_null(value=False).not_().arg_true()).to_series()
        if len(bad):
            at = int(bad[0])
            raise DataError(
                f"{name}: expected {expected} in column {column!r}, found {raw[column][at]!r} in data row {at + row} "
                f"({len(bad)} such rows); repair or remove them"
            )
        if column not in {"#expiry", "right"}:
            require_exact(raw[column], column, name, row)


def _day_end(file: str, name: str, zone: str) -> int:
    found = re.match(r"\d{8}", file)
    if found is None:
        raise DataError(f"{name}: expected a universe to be named by its day, such as 20151224.csv, found {file!r}")
    return int(to_nanoseconds(pl.Series("day", [found[0]]), name, zone=zone)[0])


def _chain(frame: pl.DataFrame, underlying: str) -> Iterator[Batch]:
    times = {"ts_event": pl.col("ts"), "ts_init": pl.col("ts")}
    stock = frame.filter(pl.col("#expiry").is_null())
    if stock.height:
        yield batch(Schema.BAR, {"symbol": underlying, **times, **_same(*_PRICES, "volume")}, stock)
    chain = frame.filter(pl.col("#expiry").is_not_null())
    if chain.height:
        strike = (pl.col("strike") * 1000).round().cast(pl.Int64).cast(pl.String).str.zfill(8)
        symbol = pl.lit(underlying) + pl.col("#expiry").str.slice(2) + pl.col("right") + strike
        contract = {"underlying": pl.lit(underlying), "expiry": pl.col("#expiry").str.to_date("%Y%m%d")}
        figures = _same("strike", "right", "volume", "open_interest", *_GREEKS)
        columns = {"symbol": symbol, **times, **contract, **figures, "last": pl.col("close")}
        yield batch(Schema.OPTION, columns, chain)


def _list(frame: pl.DataFrame, underlying: str) -> Iterator[Batch]:
    times = {"ts_event": pl.col("ts"), "ts_init": pl.col("ts")}
    symbol = pl.lit(underlying) + pl.col("#expiry")
    yield batch(Schema.BAR, {"symbol": symbol, **times, **_same(*_PRICES, "volume")}, frame)
    interest = {"symbol": symbol, **times, "field": pl.lit("open_interest"), "value": pl.col("open_interest")}
    yield batch(Schema.OBSERVATION, interest, frame)


def _same(*names: str) -> dict[str, pl.Expr]:
    return {name: pl.col(name) for name in names}
