"""Kind ``market_data_enhancer``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping
from math import isclose, log
from random import Random
from typing import TYPE_CHECKING, Any

from allause import models
from allause.hookspecs import MarketDataEnhancerSpec
from allause.kinds.kind import Ask, Kind, Problem, Topic, asked, refusal

if TYPE_CHECKING:
    from arro3.core import Table

_DAY_NS = 86_400_000_000_000
_ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")


def bar_table(rows: list[dict[str, Any]]) -> "Table":
    """Return rows of bars as an Arrow table with the columns and types of the contract."""
    from arro3.core import Array, DataType, Table  # noqa: PLC0415 - slow, and only an interview makes tables

    types = {"symbol": DataType.string(), "ts_event": DataType.int64(), "ts_init": DataType.int64()}
    return Table.from_pydict(
        {name: Array([row[name] for row in rows], types.get(name, DataType.float64())) for name in models.BAR_COLUMNS}
    )


def _bars(random: Random, symbol: str, count: int) -> list[dict[str, Any]]:
    rows = []
    close = random.uniform(20, 200)
    for day in range(count):
        close *= random.uniform(0.97, 1.03)
        time = (10_000 + day) * _DAY_NS
        rows.append(
            {
                "symbol": symbol,
                "ts_event": time,
                "ts_init": time,
                "open": close,
                "high": close * 1.01,
                "low": close * 0.99,
                "close": close,
                "volume": float(random.randint(100, 10_000)),
                "adj_close": close,
            }
        )
    return rows


def _expected(rows: list[dict[str, Any]]) -> dict[tuple[str, int], tuple[float | None, float]]:
    """Return (log return, VWAP) by key, computed the slow way from the definition in the hookspec."""
    answer: dict[tuple[str, int], tuple[float | None, float]] = {}
    before: dict[str, float] = {}
    traded: dict[str, tuple[float, float]] = {}
    for row in sorted(rows, key=lambda r: (r["symbol"], r["ts_event"])):
        symbol = row["symbol"]
        typical = (row["high"] + row["low"] + row["close"]) / 3
        value, volume = traded.get(symbol, (0.0, 0.0))
        value, volume = value + typical * row["volume"], volume + row["volume"]
        traded[symbol] = (value, volume)
        change = log(row["close"] / before[symbol]) if symbol in before else None
        answer[symbol, row["ts_event"]] = (change, value / volume)
        before[symbol] = row["close"]
    return answer


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    clean = _bars(random, "AAA", 40) + _bars(random, "BBB", 40)
    spoiled = dict(random.choice(clean), ts_event=99_999 * _DAY_NS, ts_init=99_999 * _DAY_NS, close=float("nan"))
    repeated = dict(random.choice(clean))
    rows = [*clean, spoiled]
    random.shuffle(rows)
    rows.append(repeated)
    call = "enhance_market_data(<82 bars of 2 symbols, shuffled, one repeated, one with a NaN close>)"
    heard = ask("enhance_market_data", market_data=bar_table(rows))
    table = heard.value
    missing = [name for name in (*models.BAR_COLUMNS, *_ADDED) if not isinstance(table, Mapping) or name not in table]
    if missing:
        found = heard.error or f"no {', '.join(missing)}"
        yield Problem(call=call, expected="a table with the input's and the added columns", found=found)
        return
    wanted = _expected(clean)
    keys = list(zip(table["symbol"], table["ts_event"], strict=True))
    if keys != sorted(wanted):
        yield Problem(
            call=call,
            expected="the 80 good keys, each once, ordered by symbol then ts_event",
            found=f"{len(keys)} rows, {len(set(keys))} keys",
            topic=Topic.CONSERVATION,
        )
        return
    for key, change, vwap in zip(keys, table["log_return"], table["vwap"], strict=True):
        if not _close(change, wanted[key][0]) or not _close(vwap, wanted[key][1]):
            yield Problem(
                call=call,
                expected=f"log_return {wanted[key][0]} and vwap {wanted[key][1]} at {key}",
                found=f"{change} and {vwap}",
            )
            return
    yield from _hindsight(ask, random)
    yield from _streamed(ask, random)
    yield from _refusal(ask)


def _close(found: Any, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return isinstance(found, float) and isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)


def _hindsight(ask: Ask, random: Random) -> Iterator[Problem]:
    """Enhance bars up to some times, all of them, and all cut otherwise: what is said of a bar must be the same.

    A small jump before the times and a large one after most, so that figures which look at everything have to differ.
    Tables come in two Arrow batches, the first third of the rows first: each beginning of the rows is cut elsewhere,
    and when the last rows come first, the batches hold others. An order of arrival may be told in a column, so then
    only the contract's columns are compared.
    """
    rows = _bars(random, "CCC", 60)
    for first, factor in ((30, 1.12), (50, 2.0)):
        for row in rows[first:]:
            row.update({name: row[name] * factor for name in ("open", "high", "low", "close", "adj_close")})
    heard = ask("enhance_market_data", market_data=bar_table(rows))
    whole = heard.value
    if not isinstance(whole, Mapping) or not set(_ADDED) <= set(whole):
        found = heard.error or "others"
        yield Problem(
            call="enhance_market_data(<60 bars>)", expected="a table with the added columns", found=f"{found}"
        )
        return
    begun, turned = random.randint(36, 46), random.randint(25, 35)
    cuts = [begun, begun + 1, *random.sample(range(1, begun), 2)]
    questions = [(f"the first {cut} of 60 bars", rows[:cut], tuple(whole)) for cut in cuts]
    questions.append((f"60 bars, the last {60 - turned} first", rows[turned:] + rows[:turned], _ADDED))
    for told, fed, names in questions:
        heard = ask("enhance_market_data", market_data=bar_table(fed))
        expected = {name: whole[name][: len(fed)] for name in names}
        if difference := _difference(heard.value, heard.error, expected):
            call = f"enhance_market_data(<{told}>)"
            yield Problem(call=call, expected=difference[0], found=difference[1], topic=Topic.HINDSIGHT)
            return


def _streamed(ask: Ask, random: Random) -> Iterator[Problem]:
    """Feed bars of one symbol in pieces to a stream, where the component offers one, and all of them at once.

    The first come one by one, and no figure may begin anew at any cut.
    """
    info = ask("get_component_info").value
    if not isinstance(info, Mapping) or "stream" not in (info.get("capabilities") or ()):
        return
    rows = _bars(random, "DDD", 60)
    ends = [*range(1, 9), *sorted(random.sample(range(10, 60), 4)), 60]
    pieces = [rows[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    whole = ask("enhance_market_data", market_data=bar_table(rows))
    heard = ask("stream", fed=[bar_table(piece) for piece in pieces])
    parts = [part for part in heard.value or () if part is not None]
    call = f"stream() fed with 60 bars in {len(pieces)} pieces"
    if not parts or not all(isinstance(part, Mapping) for part in parts):
        found = f"{heard.error}: {heard.message:.120}" if heard.error else f"{heard.value!r:.120}"
        yield Problem(call=call, expected="tables of feed(table) and finish()", found=found, topic=Topic.HINDSIGHT)
        return
    joined = {name: [value for part in parts for value in part.get(name, ())] for name in parts[0]}
    if difference := _difference(joined, heard.error, whole.value or {}):
        yield Problem(call=call, expected=difference[0], found=difference[1], topic=Topic.HINDSIGHT)


def _difference(table: Any, error: Any, expected: Mapping[str, list[Any]]) -> tuple[str, str] | None:
    """Return what was expected and what was found where an answer differs from the one to all bars."""
    if not isinstance(table, Mapping):
        return "a table, as of all 60 bars", f"{error}"
    for name, column in expected.items():
        if len(table.get(name, ())) != len(column):
            return (
                f"{name} of {len(column)} bars as in the answer to all 60",
                f"{len(table.get(name, ()))} values of it",
            )
        for place, (then, afterwards) in enumerate(zip(table[name], column, strict=True)):
            # repr: NaN is the same as NaN
            if repr(then) != repr(afterwards) and not _close(then, afterwards):
                return f"{name} of bar {place} as in the answer to all 60, {afterwards}", f"{then}"
    return None


def _refusal(ask: Ask) -> Iterator[Problem]:
    from arro3.core import Array, DataType, Table  # noqa: PLC0415 - see above

    heard = ask("enhance_market_data", market_data=Table.from_pydict({"price": Array([1.0], DataType.float64())}))
    call = "enhance_market_data(<table with the one column price>)"
    yield from refusal(call, heard, "DataError", "columns are missing")


def _work(ask: Ask, random: Random) -> int:
    calls = random.randint(2, 4)
    asked(ask, *[("enhance_market_data", {"market_data": bar_table(_bars(random, "CCC", 25))}) for _ in range(calls)])
    return calls


def _load(bars: int, random: Random) -> dict[str, Any]:
    return {"market_data": bar_table(_bars(random, "LOAD", bars))}


MARKET_DATA_ENHANCER = Kind(
    name="market_data_enhancer",
    class_name="MarketDataEnhancer",
    spec=MarketDataEnhancerSpec,
    main_method="enhance_market_data",
    provider="allause-enhancer",
    interview=_interview,
    work=_work,
    load=_load,
    budget=2_000,
    claiming="enhance_market_data_throughput",
)
