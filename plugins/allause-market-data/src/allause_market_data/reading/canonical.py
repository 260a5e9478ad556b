"""From the named columns of a file to a schema: which column is what, times to nanoseconds, numbers to binary64."""

import re
from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

from allause.exceptions import ConfigurationError, DataError
from allause.models import BAR_COLUMNS, OBSERVATION_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS
from allause_market_data.columns import Layout, holds, recognise
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.exactness import require_exact, unscaled
from allause_market_data.reading.names import stem
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.times import to_nanoseconds

_SCHEMAS = {
    BAR_COLUMNS: Schema.BAR,
    QUOTE_COLUMNS: Schema.QUOTE,
    TRADE_COLUMNS: Schema.TRADE,
    OBSERVATION_COLUMNS: Schema.OBSERVATION,
}
#: Columns that hold a price, and so are divided by the declared scale.
PRICES = ("open", "high", "low", "close", "adj_close", "price", "bid", "ask")
#: What people write where there is no number.
_MISSING = ("", ".", "-", "n/a", "na", "nan", "null", "none")
_TEXTUAL = frozenset({"symbol", "field"})


def canonical(
    raw: pl.DataFrame, name: str, config: MarketDataConfig, first_row: int = 1, *, member: str | None = None
) -> Iterator[Batch]:
    """Understand the raw columns of the file ``name``.

    Args:
        raw: columns of text, numbers and times under the names of the file.
        name: of the file.
        config: what the user says about it.
        first_row: number of the first row in the file.
        member: the file among several of an archive that they are of.

    Raises:
        DataError: they cannot be understood; the message names column and row.
        ConfigurationError: the configuration does not fit them.
    """
    try:
        if config.wide:
            yield _wide(raw, name, config, first_row)
            return
        layout = recognise(raw.columns, config.columns, name)
        yield _long(raw, layout, name, config, first_row, member)
        if layout.columns == QUOTE_COLUMNS and holds(TRADE_COLUMNS, raw.columns, config.columns):
            layout = recognise(raw.columns, config.columns, name, only=TRADE_COLUMNS)
            yield _long(raw, layout, name, config, first_row, member)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise DataError(
            f"{name}: expected columns of text, numbers and times, found one that cannot be converted ({reason}); "
            "export it with plain types"
        ) from error


def _long(
    raw: pl.DataFrame, layout: Layout, name: str, config: MarketDataConfig, first_row: int, member: str | None
) -> Batch:
    times = _times(raw, layout, name, config, first_row)
    columns = [_symbols(raw, layout, name, config, first_row, stem(member or name))]
    for column in layout.columns[1:]:
        if column in times:
            columns.append(times[column].alias(column))
        elif column in _TEXTUAL:
            columns.append(_texts(raw, layout.sources.get(column), column))
        else:
            scale = config.price_scale or 1 if column in PRICES else 1
            columns.append(_numbers(raw, layout.sources.get(column), column, name, scale, first_row))
    if "unit" in layout.sources:
        columns.append(_texts(raw, layout.sources["unit"], "unit"))
    if "seq" in layout.sources:
        columns.append(_integers(raw, layout.sources["seq"], name, first_row).alias("seq"))
    frame = pl.DataFrame([*columns, _rows(raw.height, first_row), *_beyond(raw, layout)])
    return Batch(_SCHEMAS[layout.columns], frame, frozenset(layout.sources) | {"symbol", "ts_event", "ts_init"})


def _beyond(raw: pl.DataFrame, layout: Layout) -> list[pl.Series]:
    """Digest the columns that are left out, so that rows that differ only there are not taken for repeats."""
    rest = raw.select(~cs.nested() & ~cs.by_name(*layout.sources.values()))
    return [rest.select(pl.struct(pl.all()).hash().alias("rest")).to_series()] if rest.width else []


def _wide(raw: pl.DataFrame, name: str, config: MarketDataConfig, first_row: int) -> Batch:
    layout = recognise(raw.columns, config.columns, name, only=("ts_event",))
    time = layout.sources["ts_event"]
    named = [column for column in raw.columns if column != time and not _empty(raw, column)]
    if not named:
        raise DataError(f"{name}: expected a column for each instrument beside {time!r}, found none; leave wide out")
    ts = _times(raw, layout, name, config, first_row)["ts_event"]
    values = [_numbers(raw, column, column, name, config.price_scale or 1, first_row).alias(column) for column in named]
    table = pl.DataFrame([ts.alias("ts_event"), _rows(raw.height, first_row), *values])
    long = table.unpivot(index=["ts_event", "row"], variable_name="symbol", value_name="value").sort(
        "row", maintain_order=True
    )
    frame = long.select(
        "symbol", "ts_event", ts_init="ts_event", field=pl.lit("value"), value="value", row=pl.col("row")
    )
    return Batch(Schema.OBSERVATION, frame, frozenset(frame.columns))


def _empty(raw: pl.DataFrame, column: str) -> bool:
    # a separator at the end of each line makes a column without name and content
    return re.fullmatch(r"(_duplicated_\d+)?", column) is not None and raw[column].null_count() == raw.height


def _rows(height: int, first_row: int) -> pl.Series:
    return pl.int_range(first_row, first_row + height, dtype=pl.Int64, eager=True).alias("row")


def _times(
    raw: pl.DataFrame, layout: Layout, name: str, config: MarketDataConfig, first_row: int
) -> dict[str, pl.Series]:
    times = {
        column: to_nanoseconds(
            raw[source],
            name,
            exact_ns=config.time_unit is None and source in {"ts_event", "ts_init"},
            day_first=config.day_first,
            zone=config.zone,
            unit=config.time_unit,
            first_row=first_row,
        )
        for column, source in layout.sources.items()
        if column in {"ts_event", "ts_init"}
    }
    times.setdefault("ts_init", times["ts_event"])  # not recorded: never earlier than the event itself
    return times


def _symbols(
    raw: pl.DataFrame, layout: Layout, name: str, config: MarketDataConfig, first_row: int, default: str
) -> pl.Series:
    source = layout.sources.get("symbol")
    if source is None:
        return pl.Series("symbol", [config.symbol or default], dtype=pl.String).new_from_index(0, raw.height)
    if config.symbol is not None:
        raise ConfigurationError(
            f"{name}: symbol is for files without a symbol column, found column {source!r}; leave symbol out",
            path="symbol",
        )
    symbols = raw[source].cast(pl.String).str.strip_chars()
    missing = (symbols.is_null() | (symbols == "")).arg_true()
    if len(missing):
        raise DataError(
            f"{name}: expected a symbol in column {source!r}, found none in data row {int(missing[0]) + first_row} "
            f"({len(missing)} such rows); repair or remove them"
        )
    return symbols.alias("symbol")


def _texts(raw: pl.DataFrame, source: str | None, column: str) -> pl.Series:
    if source is None:
        return pl.Series(column, ["value"], dtype=pl.String).new_from_index(0, raw.height)
    return raw[source].cast(pl.String).alias(column)


def _integers(raw: pl.DataFrame, source: str, name: str, first_row: int) -> pl.Series:
    values = raw[source]
    if values.dtype == pl.String:
        values = values.str.strip_chars()
        values = values.set(values.str.to_lowercase().is_in(_MISSING), None)
    numbers = values.cast(pl.Int64, strict=False)
    bad = (values.is_not_null() & (numbers.is_null() | (numbers.cast(values.dtype) != values))).arg_true()
    if len(bad):
        at = int(bad[0])
        raise DataError(
            f"{name}: expected whole numbers in column {source!r}, found {raw[source][at]!r} in data row "
            f"{at + first_row} ({len(bad)} such rows); name the column that counts the rows, or none"
        )
    return numbers


def _numbers(raw: pl.DataFrame, source: str | None, column: str, name: str, scale: float, first_row: int) -> pl.Series:
    if source is None:
        return pl.Series(column, [float("nan")], dtype=pl.Float64).new_from_index(0, raw.height)
    values = raw[source]
    if values.dtype == pl.String:
        values = values.str.strip_chars()
        values = values.set(values.str.to_lowercase().is_in(_MISSING), None)
        require_exact(values, source, name, first_row)
    elif not values.dtype.is_numeric():
        raise DataError(f"{name}: expected numbers in column {source!r}, found {values.dtype}; convert it")
    elif not values.dtype.is_float():
        require_exact(values.cast(pl.String), source, name, first_row)
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() == raw.height and values.null_count() < raw.height:
        raise DataError(
            f"{name}: expected numbers in column {source!r}, found {values.drop_nulls()[0]!r} and no number at all; "
            "use a point for decimals and no thousands separator"
        )
    return unscaled(numbers, scale).fill_null(float("nan")).alias(column)
