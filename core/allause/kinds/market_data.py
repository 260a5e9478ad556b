"""Kind ``market_data``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from allause import models
from allause.hookspecs import MarketDataSpec
from allause.kinds.kind import Ask, Heard, Kind, Problem, Topic, refusal

_STREAMED = 50


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    symbols = ask("get_symbols").value
    if not isinstance(symbols, list) or not symbols or not all(isinstance(s, str) and s for s in symbols):
        yield Problem(call="get_symbols()", expected="at least one symbol, as text", found=f"{symbols!r:.120}")
        return
    chosen = random.sample(symbols, min(2, len(symbols)))
    call = f"get_market_data(symbols={chosen!r})"
    table = ask("get_market_data", symbols=chosen).value
    problem = _table_problem(table, chosen)
    if problem:
        yield Problem(call=call, expected=problem[0], found=problem[1])
        return
    yield from _window(ask, random, chosen, table)
    yield from _stream(ask, chosen, table)
    yield from _quality(ask, chosen, table)
    unknown = f"NO-SUCH-{random.randrange(10**9)}"
    heard = ask("get_market_data", symbols=[unknown])
    call = f"get_market_data(symbols=[{unknown!r}])"
    yield from refusal(call, heard, "DataError", f"{unknown} is unknown")
    if heard.error and unknown not in heard.message:
        yield Problem(call=call, expected=f"a message that names {unknown}", found=heard.message, topic=Topic.ERROR)


def _table_problem(table: Any, symbols: Sequence[str]) -> tuple[str, str] | None:
    """Return what was expected and found of a table that is not as the contract says; None when it is."""
    if not isinstance(table, Mapping):
        return "a table (an object with __arrow_c_stream__)", type(table).__name__
    if tuple(table) not in (models.BAR_COLUMNS, models.TRADE_COLUMNS, models.QUOTE_COLUMNS):
        return f"columns {', '.join(models.BAR_COLUMNS)} (or those of trades or quotes)", ", ".join(table)
    times = table["ts_event"]
    found = set(table["symbol"])
    tests = (
        (bool(times), "rows", "an empty table"),
        (all(type(time) is int for time in times), "ts_event as integers", "other values"),
        (times == sorted(times), "rows ordered by ts_event", "another order"),
        (
            all(known >= happened for happened, known in zip(times, table["ts_init"], strict=True)),
            "ts_init never before ts_event",
            "a row known before it happened",
        ),
        (found == set(symbols), f"rows of {sorted(symbols)} and no other", f"rows of {sorted(found)}"),
    )
    return next(((expected, instead) for passed, expected, instead in tests if not passed), None)


def _window(ask: Ask, random: Random, symbols: Sequence[str], table: Mapping[str, Any]) -> Iterator[Problem]:
    times = table["ts_event"]
    start, end = sorted((random.choice(times), random.choice(times)))
    answer = ask("get_market_data", symbols=list(symbols), start=start, end=end).value
    kept = [index for index, time in enumerate(times) if start <= time < end]
    wanted = {name: [column[index] for index in kept] for name, column in table.items()}
    if not isinstance(answer, Mapping) or not _same(answer, wanted):
        rows = len(answer.get("ts_event", ())) if isinstance(answer, Mapping) else 0
        yield Problem(
            call=f"get_market_data(symbols={symbols!r}, start={start}, end={end})",
            expected=f"the {len(kept)} rows of the whole answer with start <= ts_event < end",
            found=f"{rows} rows, or other values",
        )


def _same(answer: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    # repr compares NaN with NaN, which == does not
    return {n: repr(c) for n, c in answer.items()} == {n: repr(c) for n, c in wanted.items()}


def _stream(ask: Ask, symbols: Sequence[str], table: Mapping[str, Any]) -> Iterator[Problem]:
    heard = ask("stream_market_data", consume=_STREAMED, symbols=list(symbols))
    events = heard.value if isinstance(heard.value, list) else []
    wanted = list(zip(table["symbol"][:_STREAMED], table["ts_event"][:_STREAMED], strict=True))
    found = [(e.get("symbol"), e.get("ts_event")) for e in events if isinstance(e, Mapping)]
    if found != wanted:
        at = next((i for i, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), len(found))
        yield Problem(
            call=f"stream_market_data(symbols={symbols!r})",
            expected="the rows of get_market_data as events, in the same order",
            found=heard.error or f"{len(found)} events, the first difference at {at}",
            topic=Topic.OUTPUT if heard.error else Topic.CONSERVATION,
        )


def _quality(ask: Ask, symbols: Sequence[str], table: Mapping[str, Any]) -> Iterator[Problem]:
    quality = ask("get_data_quality", symbols=list(symbols)).value
    call = f"get_data_quality(symbols={symbols!r})"
    defects = quality.get("defects") if isinstance(quality, Mapping) else None
    if not isinstance(defects, Mapping) or set(defects) != set(models.DefectCause):
        yield Problem(call=call, expected="a DataQuality with a count for every cause", found=f"{quality!r:.120}")
        return
    spoiled = sum(count for cause, count in defects.items() if cause != models.DefectCause.GAP)
    good, rows = quality.get("good"), quality.get("rows")
    # rows out of order are put in order and served, so the table may hold more than the good ones
    disorder = defects[models.DefectCause.DISORDER]
    served = len(table["ts_event"])
    if good + spoiled != rows or not good <= served <= good + disorder:
        yield Problem(
            call=call,
            expected="good + defects (gaps left out) = rows, and the good rows served by get_market_data",
            found=f"good {good}, spoiled {spoiled}, rows {rows}, served {served}",
            topic=Topic.CONSERVATION,
        )


def _work(ask: Ask, random: Random) -> int:
    heard: Heard = ask("get_symbols")
    symbols = heard.value if isinstance(heard.value, list) and heard.value else ["?"]
    calls = random.randint(2, 4)
    for _ in range(calls):
        ask("get_data_quality", symbols=[random.choice(symbols)])
    return calls + 1


MARKET_DATA = Kind(
    name="market_data",
    class_name="LiveMarketDataSystem",
    spec=MarketDataSpec,
    main_method="get_market_data",
    provider="allause-market-data",
    interview=_interview,
    work=_work,
    budget=5_000,
    fed=("bars", "quotes", "trades"),
)
