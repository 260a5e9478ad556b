"""Market data, understood: every row judged, ready to be asked by symbol and time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from typing import Protocol

import attrs
import polars as pl

from allause.exceptions import ConfigurationError, DataError
from allause.models import DataQuality
from allause_market_data.config import MarketDataConfig
from allause_market_data.counting import counted, total
from allause_market_data.gate import Bounds, Gate, Judged, united
from allause_market_data.merging import Order, in_order, merged
from allause_market_data.reading import Batch, Schema, held_source, read_batches, read_source
from allause_market_data.reading.reader import type_of
from allause_market_data.store import Store, is_store
from allause_market_data.times import within

_SAMPLE = "us_stocks.parquet"
_LONGEST_LIST = 20
_TABLES = (
    "ask for tables with get_market_data (allause_market_data.books.depth_events makes the events of a book of depth)"
)
_EVENTS = (Schema.BAR, Schema.QUOTE, Schema.TRADE)


class Rows(Protocol):
    """Rows that may be served, wherever they are."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The known symbols, sorted."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns, in order."""
        ...

    def between(self, symbols: Sequence[str], start: int | None, end: int | None) -> Iterator[pl.DataFrame]:
        """Yield the rows of known symbols with ``start <= ts_event < end``, in parts.

        No part has a row earlier than one of the part before; the rows of an instrument are by ``ts_event`` in it.
        """
        ...

    def quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of known symbols and their defects by cause."""
        ...


@attrs.frozen
class Dataset:
    """Answer questions about rows.

    Attributes:
        rows: those in memory or in a store.
    """

    rows: Rows

    @property
    def symbols(self) -> tuple[str, ...]:
        """The known symbols, sorted."""
        return self.rows.symbols

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns, in order."""
        return self.rows.columns

    def select(self, symbols: Sequence[str], start: int | None, end: int | None) -> pl.DataFrame:
        """Return the served rows of ``symbols`` with ``start <= ts_event < end``.

        Raises:
            DataError: unknown or no symbol, or a time that is not an integer.
        """
        found = list(self.stream(symbols, start, end))
        return pl.concat(found, rechunk=True) if found else self.empty()

    def stream(
        self, symbols: Sequence[str], start: int | None, end: int | None, order: Order = Order.TS_EVENT
    ) -> Iterator[pl.DataFrame]:
        """Return the same rows in parts, of which a store reads one after the other.

        Raises:
            DataError: unknown or no symbol, or a time that is not an integer; at the call, not at the first part.
        """
        wanted = self._known(symbols)
        _check_time(start, "start")
        _check_time(end, "end")
        return merged(self.rows.between(wanted, start, end), wanted, order)

    def empty(self) -> pl.DataFrame:
        """Return a table of no rows."""
        return pl.DataFrame(schema={name: type_of(name) for name in self.columns})

    def require_events(self) -> None:
        """Refuse rows that are no events.

        Raises:
            DataError: they are neither bars, nor quotes, nor trades.
        """
        found = next(schema for schema in Schema if schema.columns == self.columns)
        if found not in _EVENTS:
            raise DataError(
                f"expected bars, quotes or trades to stream, found {found}; {_TABLES}, or choose others with schema"
            )

    def quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of ``symbols`` and their defects by cause.

        Raises:
            DataError: unknown or no symbol.
        """
        return self.rows.quality(self._known(symbols))

    def _known(self, symbols: Sequence[str]) -> list[str]:
        known = self.symbols
        if isinstance(symbols, str):
            raise DataError(f"expected a sequence of symbols, found the text {symbols!r}; write [{symbols!r}]")
        if not isinstance(symbols, Iterable):
            raise DataError(f"expected a sequence of symbols, found {symbols!r}; {_listed(known)}")
        symbols = list(symbols)
        if not symbols:
            raise DataError(f"expected at least one symbol, found {symbols!r}; {_listed(known)}")
        for symbol in symbols:
            if not isinstance(symbol, str) or symbol not in known:
                raise DataError(f"expected a known symbol, found {symbol!r}; {_suggest(str(symbol), known)}")
        return list(dict.fromkeys(symbols))


@attrs.frozen
class JudgedRows:
    """Hold judged rows in memory.

    Attributes:
        judged: the rows and what was found in them.
        served: those to hand out, by ``ts_event``.
        symbols: the known ones, sorted.
    """

    judged: Judged
    served: pl.DataFrame
    symbols: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns, in order."""
        return self.judged.batch.schema.columns

    def between(self, symbols: Sequence[str], start: int | None, end: int | None) -> Iterator[pl.DataFrame]:
        """Yield the served rows of ``symbols`` with ``start <= ts_event < end``, as one part."""
        rows = self.served.filter(pl.col("symbol").is_in(symbols))
        yield within(rows.lazy(), start, end).select(self.columns).collect()

    def quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of known symbols and their defects by cause."""
        return total(self._counted[symbol] for symbol in symbols)

    @cached_property
    def _counted(self) -> Mapping[str, DataQuality]:
        return counted(self.judged)


def open_dataset(config: MarketDataConfig, now: int | None = None) -> Dataset:
    """Read and judge what is configured, or the packaged sample; of a store, only look at its description.

    Args:
        config: what is configured.
        now: later times than this lie in the future; None to let them pass.

    Raises:
        DataError: it cannot be read or understood.
        ConfigurationError: the configuration does not fit it.
    """
    if config.path is None:
        data = (files("allause_market_data") / "data" / _SAMPLE).read_bytes()
        return parse_dataset(data, _SAMPLE, config)
    if is_store(config.path):
        return Dataset(Store.open(config.path, config.schema))
    return _build([piece.batch for piece in read_batches(config.path, config)], str(config.path), config, now)


def parse_dataset(data: bytes, name: str, config: MarketDataConfig) -> Dataset:
    """Understand and judge the bytes of the file ``name``; see ``open_dataset``."""
    return _build(list(read_source(held_source(data, name), config)), name, config)


def _build(batches: Sequence[Batch], name: str, config: MarketDataConfig, now: int | None = None) -> Dataset:
    events = _EVENTS if config.schema is None else (*_EVENTS, config.schema)
    kinds = dict.fromkeys(batch.schema for batch in batches if batch.schema in events)
    if not kinds:
        found = ", ".join(dict.fromkeys(batch.schema for batch in batches)) or "no rows"
        raise DataError(
            f"{name}: expected bars, quotes or trades, found {found}; choose it with schema in the configuration and "
            f"{_TABLES}, or name other data"
        )
    if config.schema is None and len(kinds) > 1:
        raise ConfigurationError(
            f"{name}: expected rows of one kind, found {', '.join(kinds)}; choose with schema in the configuration",
            "schema",
        )
    schema = Schema(config.schema or next(iter(kinds)))
    if schema not in kinds:
        raise ConfigurationError(f"{name}: expected {', '.join(kinds)}, found schema = {schema.value!r}", "schema")
    judged = Gate(config.policies, Bounds(now=now), config.calendar).judge(united(batches, schema))
    served = in_order(judged.served())
    return Dataset(JudgedRows(judged, served, tuple(judged.batch.frame["symbol"].unique().sort())))


def _check_time(bound: object, name: str) -> None:
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int) or not -(2**63) <= bound < 2**63):
        raise DataError(f"{name}: expected integer nanoseconds since 1970 UTC, found {bound!r}; convert it")


def _suggest(symbol: str, known: Sequence[str]) -> str:
    close = get_close_matches(symbol.upper(), known, n=1) or get_close_matches(symbol, known, n=1)
    return f"did you mean {close[0]!r}? {_listed(known)}" if close else _listed(known)


def _listed(known: Sequence[str]) -> str:
    more = len(known) - _LONGEST_LIST
    return f"known are {', '.join(known[:_LONGEST_LIST])}" + (f" and {more} more" if more > 0 else "")
