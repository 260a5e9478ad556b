"""Market data on its way to the strategy: read, enhanced, and joined event by event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from numbers import Real
from typing import Any

import attrs
from arro3.core import Table

from allause.component import Component
from allause.discovery import printable
from allause.exceptions import ComponentError, DataError
from allause.models.market import BAR_COLUMNS, ArrowTable, Bar, DataQuality
from allause.running.gateway import answer, failed, hot
from allause.running.settings import Deadlines
from allause.strategies import BarEvent
from allause.venue import VOLUME_SHARE

_ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")
_PRICES = ("open", "high", "low", "close")
_SPLIT = 0.2
_LARGEST = 1e15  # what an amount of money has to stay below


def utc(ts: int) -> str:
    """Return nanoseconds since 1970 as a time for people."""
    try:
        return datetime.fromtimestamp(ts // 10**9, UTC).isoformat(" ").removesuffix("+00:00").removesuffix(":00")
    except (ValueError, OverflowError, OSError):  # far outside the calendar
        return str(ts)


@attrs.frozen(kw_only=True, eq=False)
class Feed:
    """Hold the data of a run.

    Attributes:
        symbols: those traded.
        quality: what the market data component counted.
        rows: bars served.
        features: what the enhancer added, by symbol and ``ts_event``.
        notices: what a reader of the results must know about the data.
    """

    symbols: tuple[str, ...]
    quality: DataQuality
    rows: int
    features: Mapping[tuple[str, int], tuple[Any, ...]]
    notices: tuple[str, ...]

    def event(self, bar: Bar) -> BarEvent | None:
        """Join a bar with its features; None for one that the enhancer left out."""
        features = self.features.get((bar.symbol, bar.ts_event))
        if features is None:
            return None
        log_return, rolling_volatility, vwap, is_outlier = features
        return BarEvent(
            bar=bar,
            log_return=log_return,
            rolling_volatility=rolling_volatility,
            vwap=vwap,
            is_outlier=bool(is_outlier),
        )


def judged(quality: DataQuality, served: int) -> str:
    """Return in words how many rows there were, how many are good or served all the same, and what ails the rest."""
    if served > quality.good:
        text = f"{served} served of {quality.rows} rows, {quality.good} of them without a defect"
    else:
        text = f"{quality.good} good of {quality.rows} rows"
    causes = ", ".join(f"{count} {printable(cause)}" for cause, count in quality.defects.items() if count)
    return f"{text}: {causes}" if causes else text


def open_feed(
    market_data: Component,
    enhancer: Component,
    symbols: tuple[str, ...],
    *,
    source: str = "the data",
    deadline_s: float = Deadlines().reading_s,
) -> Feed:
    """Read the symbols' bars and enhance them.

    :param source: names the data in errors.
    :param deadline_s: for each of reading and enhancing.

    Raises:
        DataError: no bars, none with a volume to fill an order, a symbol that cannot be shown, or data that a component
            cannot take.
        ComponentError: an answer that is none.
    """
    for symbol in symbols:
        if not symbol or not symbol.isprintable():
            raise DataError(f"{source} has a symbol {symbol[:50]!r}; expected printable characters; rename it there")
    told = market_data.call("get_data_quality", deadline_s=deadline_s, symbols=symbols)
    quality = answer(market_data, "get_data_quality", told, DataQuality)
    answer(market_data, "get_data_quality", quality.defects, Mapping)  # type: ignore[type-abstract]  # only looked at
    raw = market_data.call("get_market_data", deadline_s=deadline_s, symbols=symbols)
    table = _table(market_data, "get_market_data", raw)
    thin = _traded(table, symbols, quality, source)
    enhanced = _table(
        enhancer,
        "enhance_market_data",
        enhancer.call("enhance_market_data", deadline_s=deadline_s, market_data=raw),
    )
    return Feed(
        symbols=symbols,
        quality=quality,
        rows=table.num_rows,
        features=_features(enhancer, enhanced),
        notices=(*(f"{printable(name)}: {_unfilled(most)}" for name, most in thin.items()), *_splits(table)),
    )


def bars(market_data: Component, symbols: Sequence[str]) -> Iterator[Bar]:
    """Yield the bars from the component's stream.

    Raises:
        ComponentError: the stream raised, is none, runs backwards or holds something else.
    """
    stream = hot(market_data, "stream_market_data")(symbols=symbols)
    events = iter(answer(market_data, "stream_market_data", stream, Iterable))  # type: ignore[type-abstract]  # only looked at
    last = 0
    while True:
        try:
            event = next(events, None)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise failed(market_data, "stream_market_data", error) from error
        if event is None:
            return
        bar = answer(market_data, "stream_market_data", event, Bar)
        if bar.ts_event < last:
            raise ComponentError(
                f"{market_data.id}: stream_market_data() ran backwards, from {last} to {bar.ts_event}",
                market_data.id,
                "stream_market_data",
            )
        last = bar.ts_event
        _refuse_numbers(market_data, bar)
        yield bar


def _refuse_numbers(market_data: Component, bar: Bar) -> None:
    for name, value in (("close", bar.close), ("volume", bar.volume)):
        answer(market_data, "stream_market_data", value, Real)  # type: ignore[type-abstract]  # only looked at
        if abs(value) >= _LARGEST:  # NaN and what is negative are the venue's to judge
            raise DataError(
                f"{printable(bar.symbol)}, bar that ended {utc(bar.ts_event)} UTC: expected a {name} below 10^15, "
                f"found {value:g}; mend or remove that row"
            )


def _table(component: Component, method: str, value: Any) -> Table:
    answer(component, method, value, ArrowTable)  # type: ignore[type-abstract]  # only looked at
    try:
        return Table.from_arrow(value)
    except Exception as error:  # arro3 raises classes of its own for a capsule that is none
        message = f"{component.id}: {method}() returned a table that cannot be read: {printable(str(error))}"
        raise ComponentError(message, component.id, method) from error


def _traded(table: Table, symbols: tuple[str, ...], quality: DataQuality, source: str) -> Mapping[str, float]:
    """Refuse what a run cannot trade, and return the symbols whose volume fills no order, with the most they have."""
    if missing := [name for name in BAR_COLUMNS if name not in table.column_names]:
        prices = [name for name in missing if name in _PRICES]
        raise _no_bars(source, prices or missing, table.column_names, "")
    if not table.num_rows:
        raise DataError(
            f"{source}: expected good rows of {printable(', '.join(map(repr, symbols)))}, found {judged(quality, 0)}; "
            "mend them, or name other symbols"
        )
    thin = _thin(table)
    if thin.keys() >= set(table.column("symbol").to_pylist()):
        raise DataError(f"{source}: {_unfilled(max(thin.values()))}; name data with a volume column of traded units")
    return thin


def unrecognised(source: str, columns: Sequence[str]) -> DataError:
    """Return the error for a file whose columns no component knows, nor are those of bars."""
    mapped = ", ".join(f'"{name}": "..."' for name in _PRICES)
    remedy = f", or map its columns: allause data convert FILE --out STORE --set 'columns={{{mapped}}}'"
    return _no_bars(source, _PRICES, columns, remedy)


def _no_bars(source: str, missing: Sequence[str], found: Sequence[str], remedy: str) -> DataError:
    columns = printable(", ".join(found))
    return DataError(
        f"a run trades bars: expected the columns {', '.join(missing)} in {source}, found {columns}; "
        f"name a file of bars{remedy}"
    )


def _features(enhancer: Component, table: Table) -> dict[tuple[str, int], tuple[Any, ...]]:
    names = ("symbol", "ts_event", *_ADDED)
    if missing := [name for name in names if name not in table.column_names]:
        found = printable(", ".join(table.column_names))
        raise ComponentError(
            f"{enhancer.id}: enhance_market_data() left out the column {missing[0]!r}; found {found}",
            enhancer.id,
            "enhance_market_data",
        )
    columns = [table.column(name).to_pylist() for name in names]
    return {(symbol, ts): tuple(rest) for symbol, ts, *rest in zip(*columns, strict=True)}


def _thin(table: Table) -> dict[str, float]:
    """Return the largest volume of each symbol none of whose bars has enough of it to fill an order."""
    most: dict[str, float] = {}
    for symbol, volume in zip(*(table.column(name).to_pylist() for name in ("symbol", "volume")), strict=True):
        known = most.get(symbol, 0.0)
        most[symbol] = volume if volume is not None and volume > known else known
    return {symbol: volume for symbol, volume in most.items() if volume * float(VOLUME_SHARE) < 1}


def _unfilled(most: float) -> str:
    """Say why nothing can be filled where no bar has a larger volume than ``most``."""
    found = f"no larger one than {most:g}" if most else "none"
    return (
        f"expected volumes of {int(1 / VOLUME_SHARE)} or more, found {found}, so no order can be filled: "
        f"one bar fills {VOLUME_SHARE:.0%} of its volume, in whole units"
    )


def _splits(table: Table) -> Iterator[str]:
    """Name each bar where the close moved and the adjusted close did not: prices are traded as recorded."""
    previous: dict[str, tuple[float, float]] = {}
    names = ("symbol", "ts_event", "close", "adj_close")
    for symbol, ts, close, adjusted in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        before = previous.get(symbol)
        previous[symbol] = (close, adjusted)
        if before is None or not (isfinite(adjusted) and isfinite(before[1]) and before[1] > 0 and adjusted > 0):
            continue
        factor = (close / before[0]) / (adjusted / before[1])
        if abs(factor - 1) > _SPLIT:
            yield (
                f"{printable(symbol)}, bar that ended {utc(ts)}: the recorded price moved by a factor of {factor:.3g} "
                "that its adjusted close does not show (a split); profit of a position held over it is not real"
            )
