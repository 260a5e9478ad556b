"""Enhance rows in one pass with the compiled functions, no sort: of a whole table, or piece by piece."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from types import MappingProxyType

import attrs
import polars as pl

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.records import Added, LargerBar, Rows, Settings
from allause_enhancer.rows import compiling, memory
from allause_enhancer.rows.kernel import run
from allause_enhancer.tables.exchange import Market, chosen, kept

#: Threads of a pass at most.
LANES = 2
#: Rows whose columns are worth a thread.
_MANY = 100_000
_NONE: Mapping[str, str] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Passed:
    """Hold the answer of one pass.

    Attributes:
        frame: rows with the columns kept and added, by symbol then key.
        bars: larger bars, when they were asked for.
        late: rows that came after their turn and are missing; 0 means that the answer is whole.
        repeated: rows left out because their key had come.
        dropped: rows left out because of their prices.
    """

    frame: pl.DataFrame
    bars: pl.DataFrame | None
    late: int
    repeated: int
    dropped: int


def settings(
    market: Market, config: EnhancerConfig, names: tuple[str, ...], *, bars: bool, stride: int, carries: bool = False
) -> Settings:
    """Return what the row by row functions must know; ``stride`` 0 writes all symbols behind one another."""
    sessions = any(name.startswith("session") for name in names)
    return Settings(
        shape=market.shape,
        window=config.window,
        threshold=float(config.outlier_threshold),
        hold=config.hold_back,
        sequenced=market.sequenced,
        unique=market.unique,
        gap=config.gap_ns,
        interval=config.bar_interval_ns if bars else 0,
        session=config.session_ns if sessions else 0,
        session_start=config.session_start_ns,
        stride=stride,
        carries=carries,
    )


class Pass:
    """Go over the rows of a table, at once or piece by piece, and write each answer where its symbol's rows stand.

    Attributes:
        carried: columns of the input that are written too, as ``memory.carried`` has them.
        settings: what the row by row functions must know.
        state: what is remembered of the symbols.
    """

    def __init__(
        self, market: Market, config: EnhancerConfig, numbers: memory.Numbers, *, bars: bool,
        carried: Mapping[str, str], make: memory.Make, lanes: int = LANES,
    ) -> None:  # fmt: skip
        """Make room for the answers.

        Args:
            market: rows, or a table without any, that say what there is.
            config: what to compute.
            numbers: the symbols of all rows.
            bars: make larger bars by time in the same pass.
            carried: see above; what else is to be kept is told by the number of its row.
            make: makes arrays.
            lanes: threads that share the symbols.
        """
        self.carried = carried
        self._names = chosen(market, config)
        self._keep = kept(market, config, self._names)
        self._kind = market.frame.schema["symbol"]
        self._numbers, self._with_bars = numbers, bars
        self.settings = settings(market, config, self._names, bars=bars, stride=1, carries=bool(carried))
        self.state = memory.state(len(numbers.symbols), self.settings, make)
        for code, begin in enumerate(numbers.begins[:-1]):
            self.state.of[code].place = self.state.of[code].bar_place = begin
        count = numbers.begins[-1]
        moved = ["row"] if set(self._keep) - {*carried, "symbol"} else []
        self.out = memory.added(count, [*self._names, *carried.values(), *moved], make)
        self._made = memory.records(count if bars else 0, LargerBar, make, parts=len(numbers.symbols))
        self._lanes = _lanes(numbers.begins, 1 if make is memory.listed else lanes)
        self._states = [self.state] if len(self._lanes) == 1 else [memory.of_a_lane(self.state) for _ in self._lanes]
        self._run = run if make is memory.listed else compiling.compiled()

    def take(self, rows: Rows, *, last: bool) -> None:
        """Handle rows, those held back of the ones before among them; with ``last`` also those held back in the end."""
        work = [
            (*lane, int(last), rows, self.settings, state, self.out, self._made)
            for lane, state in zip(self._lanes, self._states, strict=True)
        ]
        if len(work) == 1:
            self._run(*work[0])
            return
        with ThreadPoolExecutor(len(work)) as pool:
            list(pool.map(lambda each: self._run(*each), work))

    def finish(self, frame: pl.DataFrame) -> Passed:
        """Return the answer.

        Args:
            frame: has the columns of the input that are to be kept and were not carried over.
        """
        begins, symbols = self._numbers.begins, self._numbers.symbols
        counted = {name: memory.total(self.state, name) for name in ("late", "repeated", "dropped")}
        own = pl.Series("symbol", symbols, pl.String).cast(self._kind)
        spans = [*zip(begins[:-1], memory.places(self.state), strict=True)]
        answer = collected(frame, self._keep, self._names, self.out, spans, self.carried, own)
        if not self._with_bars:
            return Passed(frame=answer, bars=None, **counted)
        spans = [*zip(begins[:-1], memory.places(self.state, "bar_place"), strict=True)]
        return Passed(frame=answer, bars=memory.bar_table(self._made, spans, symbols, self._kind), **counted)


def in_one_pass(market: Market, config: EnhancerConfig, *, bars: bool = False, interpreted: bool = False) -> Passed:
    """Return what ``enhance`` does, unless rows are late by more than ``hold_back`` rows of their symbol.

    Args:
        market: the rows.
        config: what to compute.
        bars: make larger bars by time in the same pass.
        interpreted: do without numba; for tests and small tables.
    """
    # what was read from a file lies in pieces: put together by all processors, not by this thread column by column
    market = attrs.evolve(market, frame=market.frame.rechunk())
    make = memory.listed if interpreted else memory.packed
    numbers = memory.numbered(market.frame["symbol"], make)
    carried = {} if interpreted else memory.carried(market, kept(market, config, chosen(market, config)))
    passing = Pass(market, config, numbers, bars=bars, carried=carried, make=make)
    passing.take(memory.rows(market, numbers.codes, make, times=bars or "ts_init" in carried), last=True)
    return passing.finish(market.frame)


def collected(
    frame: pl.DataFrame, keep: Sequence[str], names: Sequence[str], out: Added, spans: Sequence[tuple[int, int]],
    carried: Mapping[str, str] = _NONE, symbols: pl.Series | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return the columns kept, carried over or else moved into order, and those added.

    Args:
        frame: the rows.
        keep: columns kept.
        names: columns added.
        out: what was written.
        spans: where, of one symbol after the other when there are ``symbols``.
        carried: columns that were written too, by their names.
        symbols: whose rows were written in each span.
    """

    def made(name: str) -> pl.Series:
        if name in names:
            return memory.series(name, getattr(out, name), spans)
        if name in carried:
            return memory.written(name, getattr(out, carried[name]), spans)
        if name == "symbol" and symbols is not None:
            return memory.repeated(symbols, spans)
        return moved[name]

    row = memory.series("row", out.row, spans)
    moving = [name for name in keep if name not in carried and (name != "symbol" or symbols is None)]
    moved = frame.select(pl.col(moving).gather(row))
    if sum(end - begin for begin, end in spans) < _MANY:
        return pl.DataFrame([made(name) for name in (*keep, *names)])
    with ThreadPoolExecutor(LANES) as pool:
        return pl.DataFrame(list(pool.map(made, (*keep, *names))))


def _lanes(begins: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Share the symbols, each with about as many rows; a lane reads all rows and handles those of its own symbols."""
    symbols = len(begins) - 1
    lanes = max(1, min(most, cpu_count() or 1, symbols))
    cuts = [
        next(code for code in range(symbols + 1) if begins[code] * lanes >= begins[-1] * lane) for lane in range(lanes)
    ]
    return list(zip(cuts, [*cuts[1:], symbols], strict=True))
