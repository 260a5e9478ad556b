"""From the named columns of a file to a schema: which column is what, times to nanoseconds, numbers to binary64."""

import re
from collections.abc import Iterator

import attrs
import polars as pl
import polars.selectors as cs

from allause.exceptions import ConfigurationError, DataError
from allause.models import BAR_COLUMNS, OBSERVATION_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS
from allause_market_data.columns import Layout, holds, recognise
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.exactness import require_exact, unscaled
from allause_market_data.reading.joining import joined
from allause_market_data.reading.names import stem
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.times import Habits, to_nanoseconds

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
_ADVICE = "use a point for decimals, or say decimal = ',' in the configuration, and no thousands separator"
_TEXTUAL = frozenset({"symbol", "field"})


@attrs.define
class Canonical:
    """Understand the columns of one file, part by part.

    Attributes:
        name: of the file.
        config: what the user says about it.
        row: number of the next row in the file.
        member: the file among several of an archive that the columns are of.
        habits: how the times are written, as the parts so far showed.
    """

    name: str
    config: MarketDataConfig
    row: int = 1
    member: str | None = None
    habits: Habits = attrs.field(factory=Habits)

    def take(self, raw: pl.DataFrame) -> Iterator[Batch]:
        """Take the next rows: columns of text, numbers and times under the names of the file.

        Raises:
            DataError: they cannot be understood; the message names column and row.
            ConfigurationError: the configuration does not fit them.
        """
        overrides = self.config.columns
        raw = joined(raw, overrides)
        names = raw.columns
        try:
            if self.config.wide:
                yield self._wide(raw)
            else:
                layout = recognise(names, overrides, self.name)
                yield self._long(raw, layout)
                if layout.columns == QUOTE_COLUMNS and holds(TRADE_COLUMNS, names, overrides):
                    yield self._long(raw, recognise(names, overrides, self.name, only=TRADE_COLUMNS))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            reason = str(error).strip().split("\n", 1)[0]
            raise DataError(
                f"{self.name}: expected columns of text, numbers and times, found one that cannot be converted "
                f"({reason}); export it with plain types"
            ) from error
        self.row += raw.height

    def _long(self, raw: pl.DataFrame, layout: Layout) -> Batch:
        times = self._times(raw, layout)
        columns = [self._symbols(raw, layout)]
        for column in layout.columns[1:]:
            if column in times:
                columns.append(times[column].alias(column))
            elif column in _TEXTUAL:
                columns.append(_texts(raw, layout.sources.get(column), column))
            else:
                columns.append(self._numbers(raw, layout.sources.get(column), column))
        if "unit" in layout.sources:
            columns.append(_texts(raw, layout.sources["unit"], "unit"))
        if "seq" in layout.sources:
            columns.append(self._integers(raw, layout.sources["seq"]).alias("seq"))
        frame = pl.DataFrame([*columns, self._rows(raw), *_beyond(raw, layout)])
        return Batch(_SCHEMAS[layout.columns], frame, frozenset(layout.sources) | {"symbol", "ts_event", "ts_init"})

    def _wide(self, raw: pl.DataFrame) -> Batch:
        layout = recognise(raw.columns, self.config.columns, self.name, only=("ts_event",))
        time = layout.sources["ts_event"]
        named = [column for column in raw.columns if column != time and not _empty(raw, column)]
        if not named:
            raise DataError(
                f"{self.name}: expected a column for each instrument beside {time!r}, found none; leave wide out"
            )
        ts = self._times(raw, layout)["ts_event"]
        values = [self._numbers(raw, column, "price").alias(column) for column in named]
        table = pl.DataFrame([ts.alias("ts_event"), self._rows(raw), *values])
        long = table.unpivot(index=["ts_event", "row"], variable_name="symbol", value_name="value").sort(
            "row", maintain_order=True
        )
        frame = long.select(
            "symbol", "ts_event", ts_init="ts_event", field=pl.lit("value"), value="value", row=pl.col("row")
        )
        return Batch(Schema.OBSERVATION, frame, frozenset(frame.columns))

    def _rows(self, raw: pl.DataFrame) -> pl.Series:
        return pl.int_range(self.row, self.row + raw.height, dtype=pl.Int64, eager=True).alias("row")

    def _times(self, raw: pl.DataFrame, layout: Layout) -> dict[str, pl.Series]:
        config = self.config
        times = {
            column: to_nanoseconds(
                plain(raw[source]),
                self.name,
                exact_ns=config.time_unit is None and source.strip() in {"ts_event", "ts_init"},
                day_first=config.day_first,
                zone=config.zone,
                unit=config.time_unit,
                first_row=self.row,
                habits=self.habits,
            )
            for column, source in layout.sources.items()
            if column in {"ts_event", "ts_init"}
        }
        times.setdefault("ts_init", times["ts_event"])  # not recorded: never earlier than the event itself
        return times

    def _symbols(self, raw: pl.DataFrame, layout: Layout) -> pl.Series:
        source, chosen = layout.sources.get("symbol"), self.config.symbol
        if source is None:
            only = chosen or stem(self.member or self.name)
            return pl.Series("symbol", [only], dtype=pl.String).new_from_index(0, raw.height)
        if chosen is not None:
            raise ConfigurationError(
                f"{self.name}: symbol is for files without a symbol column, found column {source!r}; leave symbol out",
                path="symbol",
            )
        symbols = raw[source].cast(pl.String).str.strip_chars()
        missing = (symbols.is_null() | (symbols == "")).arg_true()
        if len(missing):
            raise DataError(
                f"{self.name}: expected a symbol in column {source!r}, found none in data row "
                f"{int(missing[0]) + self.row} ({len(missing)} such rows); repair or remove them"
            )
        return symbols.alias("symbol")

    def _integers(self, raw: pl.DataFrame, source: str) -> pl.Series:
        values = plain(raw[source])
        if values.dtype == pl.String:
            values = values.str.strip_chars()
            values = values.set(values.str.to_lowercase().is_in(_MISSING), None)
        numbers = values.cast(pl.Int64, strict=False)
        bad = (values.is_not_null() & (numbers.is_null() | (numbers.cast(values.dtype) != values))).arg_true()
        if len(bad):
            at = int(bad[0])
            raise DataError(
                f"{self.name}: expected whole numbers in column {source!r}, found {raw[source][at]!r} in data row "
                f"{at + self.row} ({len(bad)} such rows); name the column that counts the rows, or none"
            )
        return numbers

    def _numbers(self, raw: pl.DataFrame, source: str | None, column: str) -> pl.Series:
        if source is None:
            return pl.Series(column, [float("nan")], dtype=pl.Float64).new_from_index(0, raw.height)
        values, name = plain(raw[source]), self.name
        if values.dtype == pl.String:
            values = values.str.strip_chars()
            values = values.set(values.str.to_lowercase().is_in(_MISSING), None)
            values = self._pointed(values) if self.config.decimal == "," else values
            require_exact(values, source, name, self.row)
        elif not values.dtype.is_numeric():
            raise DataError(f"{name}: expected numbers in column {source!r}, found {values.dtype}; convert it")
        elif not values.dtype.is_float():
            require_exact(values.cast(pl.String), source, name, self.row)
        elif values.dtype != pl.Float64:
            values = values.cast(pl.String)  # the shortest decimal that a shorter float stands for
        numbers = values.cast(pl.Float64, strict=False)
        if numbers.null_count() == raw.height and values.null_count() < raw.height:
            raise DataError(
                f"{name}: expected numbers in column {source!r}, found {values.drop_nulls()[0]!r} and no number at "
                f"all; {_ADVICE}"
            )
        if numbers.null_count() > values.null_count():
            self._refuse_commas(plain(raw[source]), numbers)
        scale = self.config.price_scale or 1 if column in PRICES else 1
        return unscaled(numbers, scale).fill_null(float("nan")).alias(column)

    def _refuse_commas(self, values: pl.Series, numbers: pl.Series) -> None:
        """Refuse what would be a number without its comma: in a column of decimals with commas, whole ones pass."""
        commas = (numbers.is_null() & values.str.contains(r"^\s*[+-]?[\d.]*\d,[\d.,]*\d\s*$")).arg_true()
        if len(commas):
            row = int(commas[0])
            raise DataError(
                f"{self.name}: expected numbers in column {values.name!r}, found {values[row]!r} in data row "
                f"{row + self.row} ({len(commas)} such rows); {_ADVICE}"
            )

    def _pointed(self, values: pl.Series) -> pl.Series:
        """Return numbers with a decimal comma as those with a point."""
        grouped = (values.str.contains(".", literal=True) | (values.str.count_matches(",") > 1)).arg_true()
        if len(grouped):
            row = int(grouped[0])
            raise DataError(
                f"{self.name}: expected numbers with a decimal comma, as decimal says, in column {values.name!r}, "
                f"found {values[row]!r} in data row {row + self.row} ({len(grouped)} such rows); leave decimal out, "
                "or write no thousands separator"
            )
        return values.str.replace(",", ".", literal=True)


def plain(values: pl.Series) -> pl.Series:
    """Return a column of text that is told by numbers, in a dictionary, as the text."""
    return values.cast(pl.String) if isinstance(values.dtype, pl.Categorical | pl.Enum) else values


def _texts(raw: pl.DataFrame, source: str | None, column: str) -> pl.Series:
    if source is None:
        return pl.Series(column, ["value"], dtype=pl.String).new_from_index(0, raw.height)
    return raw[source].cast(pl.String).alias(column)


def _beyond(raw: pl.DataFrame, layout: Layout) -> list[pl.Series]:
    """Digest the columns that are left out, so that rows that differ only there are not taken for repeats."""
    rest = raw.select(~cs.nested() & ~cs.by_name(*layout.sources.values()))
    return [rest.select(pl.struct(pl.all()).hash().alias("rest")).to_series()] if rest.width else []


def _empty(raw: pl.DataFrame, column: str) -> bool:
    # a separator at the end of each line makes a column without name and content
    return re.fullmatch(r"(_duplicated_\d+)?", column) is not None and raw[column].null_count() == raw.height
