"""Enhance a Parquet file while it is read: one piece is computed while the next ones are decoded.

Rows go through one buffer that stays in the processor's cache, and each answer is written where it stays. Neither the
whole input is in memory then, nor is a column put together of pieces.
"""

from collections.abc import Iterator
from os import cpu_count
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import DataError
from allause.parquet import PageError, require_pages
from allause_enhancer.config import Engine, EnhancerConfig
from allause_enhancer.engine import EnhancedFrame, choose, told, too_late
from allause_enhancer.records import Array, Rows, State
from allause_enhancer.rows import memory
from allause_enhancer.rows.one_pass import LANES, Pass, Passed
from allause_enhancer.tables.enhancement import enhance_with_bars
from allause_enhancer.tables.exchange import Market, chosen, kept, take
from allause_enhancer.valuing import Valuing

#: Rows of a piece at most; those of a file written by polars are a little less.
_PIECE = 131_072
_KEYS = ("ts_event", "ts_init", "seq")


def enhance_file(path: Path, config: EnhancerConfig | None = None) -> EnhancedFrame:
    """Return what ``enhance_market_data`` does for the table in a Parquet file; only the columns needed are read.

    Raises:
        DataError: the file cannot be read, or as in ``enhance_market_data``; the message names the file.
    """
    return enhance_file_with_bars(path, config or EnhancerConfig(), bars=False)[0]


def enhance_file_with_bars(
    path: Path, config: EnhancerConfig, *, bars: bool = True
) -> tuple[EnhancedFrame, pl.DataFrame | None]:
    """Enhance a Parquet file and make larger bars by time, in one go where the kernel does it.

    Raises:
        DataError: as in ``enhance_file``.
    """
    path = Path(path)
    try:
        return _enhanced(path, config, bars=bars)
    except (DataError, PageError, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(f"{path}: expected a Parquet file that can be enhanced, found {error}") from error


def _enhanced(path: Path, config: EnhancerConfig, *, bars: bool) -> tuple[EnhancedFrame, pl.DataFrame | None]:
    scan = pl.scan_parquet(path, glob=False)
    market = take(pl.DataFrame(schema=scan.collect_schema()))
    with path.open("rb") as file:
        require_pages(file, path.stat().st_size)
    symbols = scan.select("symbol").collect()["symbol"]
    engine, reason = choose(len(symbols), config)
    valuing = Valuing.of(market, config)
    config = valuing.config
    if engine is Engine.KERNEL:
        passed = in_pieces(scan, market, symbols, config, bars=bars)
        if passed is not None and not passed.late:
            return told(valuing.added(passed.frame), len(symbols), engine, reason), passed.bars
        reason = too_late(passed.late, config) if passed is not None else reason
    keep = kept(market, config, chosen(market, config))
    wanted = {"symbol", "ts_event", "ts_init", market.key, *market.figures, *keep}
    market = take(scan.select(name for name in market.frame.columns if name in wanted).collect())
    frame, made = enhance_with_bars(market, config, bars=bars)
    return told(valuing.added(frame), len(symbols), Engine.POLARS, reason), made


def in_pieces(
    scan: pl.LazyFrame, market: Market, symbols: pl.Series, config: EnhancerConfig, *, bars: bool = False
) -> Passed | None:
    """Return what ``in_one_pass`` does; None when a symbol, time or number lacks.

    Args:
        scan: the file.
        market: a table without rows, as the file has them.
        symbols: of all rows.
        config: what to compute.
        bars: make larger bars by time in the same pass.

    Raises:
        DataError: the file changed meanwhile.
    """
    if symbols.has_nulls():
        return None
    keep = kept(market, config, chosen(market, config))
    carried = memory.carried(market, keep)
    names = _read(market, times=bars or "ts_init" in carried)
    pieces = _pieces(scan.select(names))
    numbers = memory.numbered(symbols, memory.packed)
    # decoding keeps the other processors busy
    lanes = min(LANES, (cpu_count() or 1) - 1)
    passing = Pass(market, config, numbers, bars=bars, carried=carried, make=memory.packed, lanes=lanes)
    buffer = _Buffer(market, names, len(numbers.symbols) * config.hold_back)
    codes, at = numbers.codes.cast(pl.UInt32).to_numpy(), 0
    for piece in pieces:
        end = at + piece.height
        if any(piece[name].has_nulls() for name in _KEYS if name in names):
            return None
        if end > len(codes):
            break
        rows, before = buffer.filled(piece, codes[at:end], at), memory.places(passing.state)
        passing.take(rows, last=end == len(codes))
        buffer.number(passing, before)
        buffer.hold(passing.state)
        at = end
    if at != len(codes):
        raise DataError(f"expected a file that stays as it is, found others than the {len(codes)} rows there were")
    answer = passing.finish(scan.select(name for name in keep if name not in {*carried, "symbol"}).collect())
    lacking = [memory.unmarked(answer.frame[name]) for name in buffer.lacking & carried.keys()]
    return attrs.evolve(answer, frame=answer.frame.with_columns(lacking))


class _Buffer:
    """Hold the rows of a piece behind those held back of the pieces before.

    Attributes:
        lacking: names of the columns in which a value lacks, its place marked.
    """

    def __init__(self, market: Market, names: list[str], room: int) -> None:
        import numpy as np  # noqa: PLC0415 - comes with the extra

        self.lacking: set[str] = set()
        self._times = market.key, "ts_event", "ts_init" if "ts_init" in names else ""
        self._figures = market.figures
        kinds = {name: "int64" if name in _KEYS else "float64" for name in names}
        self._columns: dict[str, Array] = {name: np.empty(room + _PIECE, kind) for name, kind in kinds.items()}
        self._codes, self._numbers = np.empty(room + _PIECE, "uint32"), np.empty(room + _PIECE, "uint32")
        self._held = 0

    def filled(self, piece: pl.DataFrame, codes: Array, number: int) -> Rows:
        """Return the rows held back and those of a piece, the first of which has this number."""
        import numpy as np  # noqa: PLC0415 - comes with the extra

        begin, end = self._held, self._held + piece.height
        self._codes[begin:end] = codes
        self._numbers[begin:end] = np.arange(number, number + piece.height)
        for name, column in self._columns.items():
            series = piece[name]
            if series.has_nulls():
                self.lacking.add(name)
                series = series.fill_null(memory.NULL)
            column[begin:end] = series.to_numpy()
        return Rows(
            self._codes[:end],
            *(self._columns[name][:end] if name else np.empty(0, "int64") for name in self._times),
            *(self._columns[name][:end] if name else np.empty(0, "float64") for name in self._figures),
        )

    def number(self, passing: Pass, before: list[int]) -> None:
        """Put the numbers that rows have in the file in place of those that they have here, where they are written."""
        import numpy as np  # noqa: PLC0415 - comes with the extra

        if len(passing.out.row) == 0:
            return
        written = np.subtract(memory.places(passing.state), before)
        ends = np.cumsum(written)
        at = np.repeat(before - ends + written, written) + np.arange(ends[-1])
        passing.out.row[at] = self._numbers[passing.out.row[at]]

    def hold(self, state: State) -> None:
        """Keep the rows held back, which are the first of those that come next."""
        rows = memory.held(state)
        for column in (self._codes, self._numbers, *self._columns.values()):
            column[: len(rows)] = column[rows]
        self._held = len(rows)


def _read(market: Market, *, times: bool) -> list[str]:
    """Return the names of the columns that the kernel reads."""
    named = (market.key, "ts_event", "ts_init" if times else "", *market.figures)
    return [name for name in dict.fromkeys(named) if name]


def _pieces(scan: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Begin to decode, ahead of whoever takes the pieces."""
    batches = scan.collect_batches(maintain_order=True)
    return (piece for batch in batches for piece in batch.iter_slices(_PIECE))
