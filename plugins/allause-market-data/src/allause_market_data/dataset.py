"""A whole file, understood: canonical columns, every row judged, ready to be asked by symbol and time."""

from collections.abc import Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import PurePath

import attrs
import polars as pl
import polars.selectors as cs

from allause.exceptions import ConfigurationError, DataError
from allause.models import BAR_COLUMNS, DataQuality, DefectCause
from allause_market_data.columns import Layout, recognise
from allause_market_data.config import MarketDataConfig
from allause_market_data.content import parse_content, read_content
from allause_market_data.defects import count_gaps, mark
from allause_market_data.times import to_nanoseconds

_SAMPLE = "us_stocks.parquet"
_LONGEST_LIST = 20


@attrs.frozen
class Dataset:
    """Hold the rows of one file.

    Attributes:
        columns: canonical columns, in order.
        judged: every row in the order of the file, with ``defect`` and ``served``.
        served: the rows to hand out, by ``ts_event``.
        symbols: the known ones, sorted.
    """

    columns: tuple[str, ...]
    judged: pl.DataFrame
    served: pl.DataFrame
    symbols: tuple[str, ...]

    def select(self, symbols: Sequence[str], start: int | None, end: int | None) -> pl.DataFrame:
        """Return the served rows of ``symbols`` with ``start <= ts_event < end``.

        Raises:
            DataError: unknown or no symbol, or a time that is not an integer.
        """
        wanted = self._known(symbols)
        _check_time(start, "start")
        _check_time(end, "end")
        time = pl.col("ts_event")
        rows = self.served.filter(pl.col("symbol").is_in(wanted))
        if start is not None:
            rows = rows.filter(time >= start)
        if end is not None:
            rows = rows.filter(time < end)
        rank = pl.col("symbol").replace_strict(wanted, list(range(len(wanted))), return_dtype=pl.Int32)
        return rows.sort(time, rank, maintain_order=True)

    def quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of ``symbols`` and their defects by cause.

        Raises:
            DataError: unknown or no symbol.
        """
        rows = self.judged.filter(pl.col("symbol").is_in(self._known(symbols)))
        counted = dict(rows["defect"].drop_nulls().value_counts().iter_rows())
        defects = {cause.value: int(counted.get(cause.value, 0)) for cause in DefectCause}
        if self.columns == BAR_COLUMNS:
            defects[DefectCause.GAP.value] = count_gaps(rows)
        first, last = rows.select(first=pl.col("ts_event").min(), last=pl.col("ts_event").max()).row(0)
        return DataQuality(
            rows=rows.height, good=rows["defect"].null_count(), defects=defects, ts_first=first, ts_last=last
        )

    def _known(self, symbols: Sequence[str]) -> list[str]:
        known = self.symbols
        if isinstance(symbols, str):
            raise DataError(f"expected a sequence of symbols, found the text {symbols!r}; write [{symbols!r}]")
        if not symbols:
            raise DataError(f"expected at least one symbol, found {symbols!r}; {_listed(known)}")
        for symbol in symbols:
            if not isinstance(symbol, str) or symbol not in known:
                raise DataError(f"expected a known symbol, found {symbol!r}; {_suggest(str(symbol), known)}")
        return list(dict.fromkeys(symbols))


def open_dataset(config: MarketDataConfig) -> Dataset:
    """Read and judge the configured file, or the packaged sample.

    Raises:
        DataError: it cannot be read or understood.
        ConfigurationError: the configuration does not fit it.
    """
    if config.path is None:
        data = (files("allause_market_data") / "data" / _SAMPLE).read_bytes()
        return build(parse_content(data, _SAMPLE), _SAMPLE, config)
    return build(read_content(config.path.expanduser()), str(config.path), config)


def build(raw: pl.DataFrame, name: str, config: MarketDataConfig) -> Dataset:
    """Understand and judge the raw columns of the file ``name``; see ``open_dataset``."""
    try:
        return _build(raw, name, config)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise DataError(
            f"{name}: expected columns of text, numbers and times, found one that cannot be converted ({reason}); "
            "export it with plain types"
        ) from error


def _build(raw: pl.DataFrame, name: str, config: MarketDataConfig) -> Dataset:
    layout = recognise(raw.columns, config.columns, name)
    symbol = _symbols(raw, layout, name, config)
    times = {
        column: to_nanoseconds(
            raw[source], name, exact_ns=source in {"ts_event", "ts_init"}, day_first=config.day_first
        )
        for column, source in layout.sources.items()
        if column in {"ts_event", "ts_init"}
    }
    times.setdefault("ts_init", times["ts_event"])  # not recorded: never earlier than the event itself
    numbers = [_numbers(raw, layout.sources.get(column), column, name) for column in layout.columns[3:]]
    frame = pl.DataFrame([symbol, *(times[column].alias(column) for column in ("ts_event", "ts_init")), *numbers])
    keys = frame.select("symbol", "ts_event") if layout.columns == BAR_COLUMNS else raw.select(~cs.nested())
    repeated = keys.select(pl.struct(pl.all()).is_first_distinct().not_()).to_series()
    judged = mark(frame, layout.sources, repeated)
    served = judged.filter("served").select(layout.columns).sort("ts_event", maintain_order=True)
    return Dataset(layout.columns, judged, served, tuple(symbol.unique().sort()))


def _symbols(raw: pl.DataFrame, layout: Layout, name: str, config: MarketDataConfig) -> pl.Series:
    source = layout.sources.get("symbol")
    if source is None:
        stem = PurePath(name).name.split(".", 1)[0]
        return pl.Series("symbol", [config.symbol or stem], dtype=pl.String).new_from_index(0, raw.height)
    if config.symbol is not None:
        raise ConfigurationError(
            f"{name}: symbol is for files without a symbol column, found column {source!r}; leave symbol out",
            path="symbol",
        )
    symbols = raw[source].cast(pl.String).str.strip_chars()
    missing = (symbols.is_null() | (symbols == "")).arg_true()
    if len(missing):
        raise DataError(
            f"{name}: expected a symbol in column {source!r}, found none in data row {int(missing[0]) + 1} "
            f"({len(missing)} such rows); repair or remove them"
        )
    return symbols.alias("symbol")


def _numbers(raw: pl.DataFrame, source: str | None, column: str, name: str) -> pl.Series:
    if source is None:
        return pl.Series(column, [float("nan")], dtype=pl.Float64).new_from_index(0, raw.height)
    values = raw[source]
    if values.dtype == pl.String:
        values = values.str.strip_chars()
    elif not values.dtype.is_numeric():
        raise DataError(f"{name}: expected numbers in column {source!r}, found {values.dtype}; convert it")
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() == raw.height and values.null_count() < raw.height:
        raise DataError(
            f"{name}: expected numbers in column {source!r}, found {values.drop_nulls()[0]!r} and no number at all; "
            "use a point for decimals and no thousands separator"
        )
    return numbers.fill_null(float("nan")).alias(column)


def _check_time(bound: object, name: str) -> None:
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int) or not -(2**63) <= bound < 2**63):
        raise DataError(f"{name}: expected integer nanoseconds since 1970 UTC, found {bound!r}; convert it")


def _suggest(symbol: str, known: Sequence[str]) -> str:
    close = get_close_matches(symbol.upper(), known, n=1) or get_close_matches(symbol, known, n=1)
    return f"did you mean {close[0]!r}? {_listed(known)}" if close else _listed(known)


def _listed(known: Sequence[str]) -> str:
    more = len(known) - _LONGEST_LIST
    return f"known are {', '.join(known[:_LONGEST_LIST])}" + (f" and {more} more" if more > 0 else "")
