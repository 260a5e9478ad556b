"""Enhance a whole table in one pass with the compiled functions, no sort."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from types import MappingProxyType

import attrs
import polars as pl

from allause_enhancer import compiling, memory
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.exchange import Market, chosen, kept
from allause_enhancer.kernel import run
from allause_enhancer.records import Added, Array, LargerBar, Rows, Settings, State

_LANES = 2
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


def in_one_pass(market: Market, config: EnhancerConfig, *, bars: bool = False, interpreted: bool = False) -> Passed:
    """Return what ``enhance`` does, unless rows are late by more than ``hold_back`` rows of their symbol.

    Args:
        market: the rows.
        config: what to compute.
        bars: make larger bars by time in the same pass.
        interpreted: do without numba; for tests and small tables.
    """
    names = chosen(market, config)
    keep = kept(market, config, names)
    # what was read from a file lies in pieces: put together by all processors, not by this thread column by column
    market = attrs.evolve(market, frame=market.frame.rechunk())
    make = memory.listed if interpreted else memory.packed
    codes, symbols, begins = memory.numbered(market, make)
    carried = {} if interpreted else memory.carried(market, keep)
    chosen_settings = settings(market, config, names, bars=bars, stride=1, carries=bool(carried))
    rows = memory.rows(market, codes, make, times=bars or "ts_init" in carried)
    state = memory.state(len(symbols), chosen_settings, make)
    for code in range(len(symbols)):
        state.of[code].place = state.of[code].bar_place = begins[code]
    moved = ["row"] if set(keep) - {*carried, "symbol"} else []
    out = memory.added(market.frame.height, [*names, *carried.values(), *moved], make)
    made = memory.records(market.frame.height if bars else 0, LargerBar, make, empty=True)
    work = (rows, chosen_settings, state, out, made)
    _in_lanes(begins, work, interpreted=interpreted)
    counted = {name: memory.total(state, name) for name in ("late", "repeated", "dropped")}
    spans = [(begins[code], int(state.of[code].place)) for code in range(len(symbols))]
    return Passed(
        frame=collected(market, config, names, out, spans, carried, symbols),
        bars=_bars(made, begins, state, symbols, market) if bars else None,
        **counted,
    )


def collected(
    market: Market, config: EnhancerConfig, names: tuple[str, ...], out: Added, spans: list[tuple[int, int]],
    carried: Mapping[str, str] = _NONE, symbols: list[str] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return the columns kept, carried over or else moved into order, and those added.

    Args:
        market: the rows.
        config: what was computed.
        names: the columns added.
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
            own = pl.Series(name, symbols, pl.String).cast(market.frame.schema[name])
            return memory.repeated(own, spans)
        return market.frame[name].gather(row)

    wanted = [*kept(market, config, names), *names]
    row = memory.series("row", out.row, spans)
    if market.frame.height < _MANY:
        return pl.DataFrame([made(name) for name in wanted])
    with ThreadPoolExecutor(_LANES) as pool:
        return pl.DataFrame(list(pool.map(made, wanted)))


def _bars(made: Array, begins: list[int], state: State, symbols: list[str], market: Market) -> pl.DataFrame:
    spans = [(begins[code], int(state.of[code].bar_place)) for code in range(len(begins) - 1)]
    return memory.bar_table(made, spans, symbols, market.frame.schema["symbol"])


def _in_lanes(begins: list[int], work: tuple[Rows, Settings, State, Added, Array], *, interpreted: bool) -> None:
    """Share the symbols among threads, each of which reads all rows and handles those of its own symbols."""
    symbols = len(begins) - 1
    if interpreted:
        run(0, symbols, 1, *work)
        return
    function = compiling.compiled()
    lanes = max(1, min(_LANES, cpu_count() or 1, symbols))
    cuts = [
        next(code for code in range(symbols + 1) if begins[code] * lanes >= begins[-1] * lane) for lane in range(lanes)
    ]
    spans = list(zip(cuts, [*cuts[1:], symbols], strict=True))
    if len(spans) == 1:
        function(*spans[0], 1, *work)
        return
    with ThreadPoolExecutor(len(spans)) as pool:
        rows, fixed, state, *rest = work
        each = [(rows, fixed, memory.of_a_lane(state), *rest) for _ in spans]
        for done in [pool.submit(function, *span, 1, *own) for span, own in zip(spans, each, strict=True)]:
            done.result()
