"""Workflow: market data is read, judged, streamed and enhanced, and the host checks every answer by itself.

First what the component has, then what it is fed: recordings with dirt of every cause, see ``door``.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import isclose
from typing import Any

import attrs

from allause.exceptions import DataError
from allause.measurement import SystemClock, percentile
from allause.models.market import BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, Bar, DataQuality, DefectCause, MarketEvent
from allause.models.measurement import ThroughputReport
from allause.workflows.answers import MOST_ROWS, columns, events, pieces, shaped
from allause.workflows.door import COUNTED, Door, steps
from allause.workflows.feed import MOST_SYMBOLS, as_bar, choose_symbols
from allause.workflows.recomputation import BarFigures, bar_figures, bar_table, deviation
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step, Workflow

_SHAPES = (BAR_COLUMNS, TRADE_COLUMNS, QUOTE_COLUMNS)
_PRICES = ("open", "high", "low", "close", "price", "bid", "ask")
_ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")
_STRETCH = 200
_PATIENCE_S = 20.0  # it repeats the work to measure it
_monotonic_ns = SystemClock().monotonic_ns

Table = Mapping[str, list[Any]]


@attrs.define(eq=False)
class _Script:
    scene: Scene
    symbols: tuple[str, ...] = ()
    table: Table = attrs.field(factory=dict)
    events: list[MarketEvent] = attrs.field(factory=list)
    enhanced: Table = attrs.field(factory=dict)
    door: Door = attrs.field(default=attrs.Factory(lambda self: Door(self.scene), takes_self=True))

    def read_symbols(self) -> None:
        """Draw the symbols that the later steps use."""
        self.symbols = choose_symbols(self.scene, MOST_SYMBOLS)
        self.scene.note(symbols=self.symbols)

    def read_table(self) -> None:
        """Read everything there is for them, in the order and with the columns of the contract."""
        call = f"get_market_data({list(self.symbols)!r})"
        table = columns(self.scene.ask("market_data", "get_market_data", symbols=list(self.symbols)), call)
        if tuple(table) not in _SHAPES:
            raise StepFailed(f"{call} answered the columns {list(table)}; expected {' or '.join(map(str, _SHAPES))}")
        _check_rows(table, self.symbols, call)
        self.table = table
        self.scene.note(rows=len(table["symbol"]), columns=list(table), last_ts=table["ts_event"][-1])

    def count_defects(self) -> None:
        """Have the counts of good and bad rows add up, and agree with the rows served."""
        call = f"get_data_quality({list(self.symbols)!r})"
        answer = self.scene.ask("market_data", "get_data_quality", symbols=list(self.symbols))
        quality = shaped(answer, DataQuality, call)
        served = len(self.table["symbol"])
        self.scene.note(rows=quality.rows, good=quality.good, defects=dict(quality.defects), served=served)
        if set(quality.defects) != set(DefectCause):
            raise StepFailed(f"{call} had to count {', '.join(DefectCause)}; got {', '.join(quality.defects)}")
        spoiled = sum(count for cause, count in quality.defects.items() if cause != DefectCause.GAP)
        if quality.good + spoiled != quality.rows:
            raise StepFailed(f"{call}: {quality.good} good + {spoiled} spoiled are not {quality.rows} rows")
        # rows out of order are served in order, so there may be more rows served than good ones
        if not quality.good <= served <= quality.good + quality.defects[DefectCause.DISORDER]:
            raise StepFailed(f"{call} counts {quality.good} good rows, but get_market_data served {served}")

    def stream(self) -> None:
        """Hear the same rows as events, each value equal and none more or less."""
        call = f"stream_market_data({list(self.symbols)!r})"
        stream = self.scene.ask("market_data", "stream_market_data", symbols=list(self.symbols))
        self.events = events(stream, call, MOST_ROWS + 1)
        rows = len(self.table["symbol"])
        self.scene.note(events=len(self.events), rows=rows)
        if len(self.events) != rows:
            raise StepFailed(f"{call} gave {len(self.events)} events; get_market_data gave {rows} rows")
        for index, event in enumerate(self.events):
            for name, column in self.table.items():
                if not _same(getattr(event, name, None), column[index]):
                    found = f"{name} {getattr(event, name, None)!r}, the table has {column[index]!r}"
                    raise StepFailed(f"{call}: event {index} has {found}")

    def window(self) -> None:
        """Read a drawn span of time: exactly its rows, from its start inclusive to its end exclusive."""
        times = self.table["ts_event"]
        first, last = sorted((self.scene.random.choice(times), self.scene.random.choice(times)))
        begin, end = bisect_left(times, first), bisect_left(times, last)
        call = f"get_market_data({list(self.symbols)!r}, start={first}, end={last})"
        answer = self.scene.ask("market_data", "get_market_data", symbols=list(self.symbols), start=first, end=last)
        found = columns(answer, call)
        self.scene.note(start=first, end=last, rows=end - begin)
        wanted = {name: column[begin:end] for name, column in self.table.items()}
        if list(map(repr, found.items())) != list(map(repr, wanted.items())):  # repr: NaN is the same as NaN
            rows = len(next(iter(found.values()), ()))
            raise StepFailed(f"{call} gave {rows} rows; the whole table has {end - begin} with start <= ts_event < end")

    def refuse_unknown(self) -> None:
        """Have an unknown symbol refused by every question, and named."""
        unknown = f"NOSUCH{self.scene.random.randrange(10**6)}"
        for method in ("get_market_data", "stream_market_data", "get_data_quality"):
            text = self.scene.refused(DataError, "market_data", method, symbols=[*self.symbols, unknown])
            if unknown not in text:
                raise StepFailed(f"{method}() refused the unknown symbol {unknown!r} without naming it: {text}")
            self.scene.note(**{method: text})

    def enhance(self) -> None:
        """Have the bars enhanced: every input column kept, the four added, rows ordered by symbol and time."""
        table = self._enhance_bars([as_bar(event) for event in self.events], "enhance_market_data(<the recorded bars>)")
        self.scene.note(rows=len(table["symbol"]), added=[name for name in table if name not in BAR_COLUMNS])

    def recompute(self) -> None:
        """Have a drawn stretch of one symbol enhanced, and compute what is added to it again, the slow way."""
        symbol = self.scene.random.choice(sorted({event.symbol for event in self.events}))
        bars = [as_bar(event) for event in self.events if event.symbol == symbol]
        begin = self.scene.random.randrange(max(1, len(bars) - _STRETCH))
        figures = bar_figures(bars[begin : begin + _STRETCH])
        call = f"enhance_market_data(<{symbol} from its bar {begin} on>)"
        answer = self.scene.ask(
            "market_data_enhancer", "enhance_market_data", market_data=bar_table(bars[begin : begin + _STRETCH])
        )
        table = columns(answer, call)
        self.scene.note(symbol=symbol, first_bar=begin, rows=len(figures))
        if any(len(table.get(name, ())) != len(figures) for name in _ADDED):
            raise StepFailed(f"{call} had to answer {len(figures)} rows with {', '.join(_ADDED)}")
        for row, each in enumerate(figures):
            _compare_row(table, row, each)
        self._compare_volatility(symbol, table["rolling_volatility"], figures)

    def _compare_volatility(self, symbol: str, column: list[Any], figures: list[BarFigures]) -> None:
        first = next((row for row, value in enumerate(column) if value is not None), None)
        self.scene.note(volatility_from_row=first)
        if first is None:
            return  # fewer rows than the component's window: the contract gives nothing to compare
        # the length of the window is the component's choice; on its first row it holds every return so far
        wanted = deviation([each.log_return for each in figures[1 : first + 1] if each.log_return is not None])
        if not _close(column[first], wanted):
            found = f"rolling_volatility of {symbol} on row {first} is {column[first]}"
            raise StepFailed(f"{found}; the sample standard deviation of the {first} returns up to there is {wanted}")

    def enhance_fed(self) -> None:
        """Have the bars that the door let through enhanced: each of them once, ordered by symbol and time."""
        self.enhanced = self._enhance_bars(_bars(self.door.fed["bars"].table), "enhance_market_data(<the bars served>)")
        self.scene.note(rows=len(self.enhanced["symbol"]))

    def enhance_arriving(self) -> None:
        """Hear the bars fed piece by piece; what has arrived is enhanced as it was when all were known."""
        fed = self.door.fed["bars"]
        rows = len(fed.table["symbol"])
        cuts = [0, 1, *sorted(self.scene.random.sample(range(2, rows), 3)), rows + 1]
        sizes = [end - begin for begin, end in pairwise(cuts)]
        self.scene.note(rows=rows, pieces=sizes)
        known = {key: row for row, key in enumerate(_keys(self.enhanced))}
        heard: list[Bar] = []
        call = "stream_market_data(<every symbol of the bars fed>)"
        stream = self.scene.ask_component(fed.component, "stream_market_data", symbols=list(fed.recording.symbols))
        for piece in pieces(stream, call, sizes):
            heard += map(as_bar, piece)
            call = f"enhance_market_data(<the first {len(heard)} bars that arrived>)"
            table = self._enhance_bars(heard, call)
            for name in (*BAR_COLUMNS, *_ADDED):
                for row, key in enumerate(_keys(table)):
                    found, wanted = table[name][row], self.enhanced[name][known[key]]
                    if not _same(found, wanted) and not _close(found, wanted):
                        where = f"{name} of {key[0]} at {key[1]} is {found!r}"
                        raise StepFailed(f"{call}: {where}; with all {rows} bars known it was {wanted!r}")
        if len(heard) != rows:
            raise StepFailed(f"{len(heard)} bars arrived; get_market_data gave {rows}")

    def store(self) -> None:
        """Store the enhanced bars, have a fresh instance read them, and enhance those to the same rows once more."""
        bars = _bars(self.door.store("bars", self.enhanced))
        call = "enhance_market_data(<the enhanced bars, stored and read again>)"
        again = self._enhance_bars(bars, call)
        for name, column in self.enhanced.items():
            if list(map(repr, again.get(name, ()))) != list(map(repr, column)):  # repr: NaN is the same as NaN
                raise StepFailed(f"{call}: {name} is another than before they were stored")

    def _enhance_bars(self, bars: Sequence[Bar], call: str) -> Table:
        """Return bars enhanced, each key of them once and in order, with every column of the contract."""
        answer = self.scene.ask("market_data_enhancer", "enhance_market_data", market_data=bar_table(bars))
        table = columns(answer, call)
        if missing := [name for name in (*BAR_COLUMNS, *_ADDED) if name not in table]:
            raise StepFailed(f"{call} answered a table without {', '.join(missing)}")
        wanted = sorted({(bar.symbol, bar.ts_event) for bar in bars})
        if (keys := list(_keys(table))) != wanted:
            raise StepFailed(
                f"{call} answered {len(keys)} rows; expected the {len(wanted)} keys of the input, ordered, each once"
            )
        return table

    def measure(self) -> None:
        """Have the throughput measured, and hold the figure against the repetitions and the host's clock."""
        call = "enhance_market_data_throughput(<the recorded bars>)"
        bars = bar_table([as_bar(event) for event in self.events])
        start = _monotonic_ns()
        answer = self.scene.ask(
            "market_data_enhancer", "enhance_market_data_throughput", deadline_s=_PATIENCE_S, market_data=bars
        )
        elapsed = (_monotonic_ns() - start) / 1e9
        report = shaped(answer, ThroughputReport, call)
        self.scene.note(
            rows=report.rows, repetitions=report.repetitions, rows_per_second=report.rows_per_second,
            spread=report.spread, yardstick_ratio=report.yardstick_ratio, host_seconds=elapsed,
        )  # fmt: skip
        if report.rows != len(self.events) or not report.repetitions or min(report.repetitions) <= 0:
            raise StepFailed(f"{call}: {report.rows} rows in {len(report.repetitions)} repetitions were reported")
        if sum(report.repetitions) > elapsed:
            raise StepFailed(f"{call}: repetitions of {sum(report.repetitions)} s, but the whole call took {elapsed} s")
        rate = report.rows / percentile(report.repetitions, 50)
        if not isclose(report.rows_per_second, rate, rel_tol=1e-6):
            raise StepFailed(f"{call}: {report.rows_per_second} rows/s, but its repetitions give {rate}")


def _bars(table: Table) -> list[Bar]:
    return [Bar(**dict(zip(table, row, strict=True))) for row in zip(*table.values(), strict=True)]


def _keys(table: Table) -> Iterator[tuple[str, int]]:
    return zip(table["symbol"], table["ts_event"], strict=True)


def _check_rows(table: Table, symbols: tuple[str, ...], call: str) -> None:
    if not table["symbol"]:
        raise StepFailed(f"{call} answered no rows")
    places = {symbol: place for place, symbol in enumerate(symbols)}
    before = (-1, -1)
    for row, symbol in enumerate(table["symbol"]):
        if symbol not in places:
            raise StepFailed(f"{call}: row {row} is of {symbol!r}")
        time, known = table["ts_event"][row], table["ts_init"][row]
        if not isinstance(time, int) or not isinstance(known, int):
            raise StepFailed(f"{call}: the times of row {row} had to be integers, got {time!r} and {known!r}")
        if (time, places[symbol]) < before:
            raise StepFailed(f"{call}: row {row} is not ordered by ts_event, then by the order of the symbols asked")
        if known < time:
            raise StepFailed(f"{call}: row {row} was known at {known}, before it happened at {time}")
        before = (time, places[symbol])
    for name in (name for name in _PRICES if name in table):
        for row, price in enumerate(table[name]):
            if not isinstance(price, float) or not 0 < price < float("inf"):
                raise StepFailed(f"{call}: {name} in row {row} is {price!r}, and only good rows may be served")


def _compare_row(table: Table, row: int, figures: BarFigures) -> None:
    for name, wanted in (("log_return", figures.log_return), ("vwap", figures.vwap)):
        found = table[name][row]
        if name == "vwap" and found != found:  # noqa: PLR0124 - NaN says, as null does, that the volume is not known
            found = None
        if not _close(found, wanted):
            where = f"{table['symbol'][row]} at {table['ts_event'][row]}"
            raise StepFailed(f"{name} of {where} is {found}; its definition gives {wanted}")
    if not isinstance(table["is_outlier"][row], bool):
        raise StepFailed(f"is_outlier in row {row} had to be true or false, got {table['is_outlier'][row]!r}")


def _close(found: Any, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return isinstance(found, float) and isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN is the same as NaN


WORKFLOW = Workflow(
    name="market_data",
    title="Market data",
    kinds=("market_data", "market_data_enhancer"),
    script=_Script,
    steps=(
        Step("read symbols", _Script.read_symbols),
        Step("read table", _Script.read_table, ("read symbols",)),
        Step(COUNTED, _Script.count_defects, ("read table",)),
        Step("stream equals table", _Script.stream, ("read table",)),
        Step("read a window", _Script.window, ("read table",)),
        Step("refuse an unknown symbol", _Script.refuse_unknown, ("read symbols",)),
        Step("enhance", _Script.enhance, ("stream equals table",)),
        Step("recompute what was added", _Script.recompute, ("enhance",)),
        Step("measure throughput", _Script.measure, ("stream equals table",)),
        *steps(),
        Step("enhance what was fed", _Script.enhance_fed, ("feed bars",)),
        Step("enhance as it arrives", _Script.enhance_arriving, ("enhance what was fed", "stream the bars fed")),
        Step("store and read again", _Script.store, ("enhance what was fed",)),
    ),
)
