"""Enhance rows as they come, in chunks of any size, with the answer of the whole."""

from collections.abc import Iterator

import polars as pl

from allause.exceptions import DataError
from allause_enhancer.config import Engine, EnhancerConfig
from allause_enhancer.engine import choose
from allause_enhancer.records import LargerBar, State
from allause_enhancer.rows import compiling, kernel, memory
from allause_enhancer.rows.one_pass import collected, settings
from allause_enhancer.tables.exchange import Market, chosen, kept, take
from allause_enhancer.valuing import Valuing


class EnhancerStream:
    """Enhance chunk by chunk; however the rows are cut, all answers put together are the same.

    A row is answered when its turn has come: ``hold_back`` rows of its symbol with later keys are there, or the number
    before it was answered where rows have ``seq``. Sorted by symbol, the answers are those of ``enhance_market_data``
    for all rows at once, except for rows that came after their turn had passed, which are counted in ``late``.

    Attributes:
        late: rows left out because they came too late.
        repeated: rows left out because their key had come.
        dropped: rows left out because of their prices.
    """

    def __init__(
        self, config: EnhancerConfig | None = None, *, bars: bool = False, compiled: bool | None = None
    ) -> None:
        """Begin without any row.

        Args:
            config: what to compute.
            bars: make larger bars by time too; ``take_bars`` hands them out.
            compiled: use numba; None for where the kernel is configured, or this process has compiled before, for
                to compile takes as long as some million rows take without. The answer is the same.

        Raises:
            DataError: the kernel is configured and numba is not installed.
        """
        self._config = config or EnhancerConfig()
        self._with_bars = bars
        if compiled is None:
            compiled = self._config.engine is not Engine.POLARS and (
                compiling.warm() or choose(0, self._config)[0] is Engine.KERNEL
            )
        self._make = memory.packed if compiled else memory.listed
        self._run = compiling.compiled() if compiled else kernel.run
        self._codes: dict[str, int] = {}
        self._state: State | None = None
        self._held: pl.DataFrame | None = None
        self._kind: tuple[int, bool] | None = None
        self._valuing: Valuing | None = None
        self._finished_bars: list[pl.DataFrame] = []

    @property
    def late(self) -> int:
        """Count the rows that came too late."""
        return self._count("late")

    @property
    def repeated(self) -> int:
        """Count the rows whose key had come."""
        return self._count("repeated")

    @property
    def dropped(self) -> int:
        """Count the rows without good prices."""
        return self._count("dropped")

    def feed(self, market_data: object) -> pl.DataFrame:
        """Take the next rows and return those whose turn has come.

        Raises:
            DataError: as ``enhance_market_data``, or the rows are others than before.
        """
        market = take(market_data)
        kind = (market.shape, market.sequenced)
        if self._kind not in {None, kind}:
            raise DataError("market_data: expected rows like those fed before, found others; begin another stream")
        self._kind = kind
        if self._held is not None:
            if self._held.schema != market.frame.schema:
                raise DataError(
                    f"market_data: expected columns {dict(self._held.schema)}, found {dict(market.frame.schema)}"
                )
            market = Market(frame=self._held.vstack(market.frame), shape=kind[0], sequenced=kind[1])
        return self._step(market, last=False)

    def finish(self) -> pl.DataFrame | None:
        """Return the rows held back and close the open bars; None when nothing was ever fed."""
        if self._held is None or self._kind is None:
            return None
        return self._step(Market(frame=self._held, shape=self._kind[0], sequenced=self._kind[1]), last=True)

    def take_bars(self) -> Iterator[pl.DataFrame]:
        """Hand out the larger bars finished since this was asked last."""
        while self._finished_bars:
            yield self._finished_bars.pop(0)

    def _count(self, name: str) -> int:
        return 0 if self._state is None else memory.total(self._state, name)

    def _step(self, market: Market, *, last: bool) -> pl.DataFrame:
        if self._valuing is None:
            self._valuing = Valuing.of(market, self._config)
        config = self._valuing.config
        names = chosen(market, config)
        fixed = settings(market, config, names, bars=self._with_bars, stride=0)
        symbols = market.frame["symbol"].cast(pl.String)
        new = [name for name in symbols.unique(maintain_order=True) if name not in self._codes]
        more = memory.state(len(new), fixed, self._make)
        self._state = more if self._state is None else memory.grown(self._state, more, fixed, self._make)
        self._codes |= {name: len(self._codes) + at for at, name in enumerate(new)}
        codes = symbols.cast(pl.Enum(list(self._codes))).to_physical().cast(pl.UInt32)
        self._forget_places()
        rows = memory.rows(market, codes, self._make)
        # every row may finish a bar, and every symbol closes one at the end
        room = market.frame.height + len(self._codes)
        out = memory.added(room, [*names, "row"], self._make)
        made = memory.records(room if self._with_bars else 0, LargerBar, self._make)
        self._run(0, len(self._codes), int(last), rows, fixed, self._state, out, made)
        self._held = market.frame[self._rows_held()]
        if self._with_bars and self._written("bar_place"):
            spans = [(0, self._written("bar_place"))]
            kind = market.frame.schema["symbol"]
            self._finished_bars.append(memory.bar_table(made, spans, list(self._codes), kind))
        keep = kept(market, config, names)
        return self._valuing.added(collected(market.frame, keep, names, out, [(0, self._written("place"))]))

    def _written(self, name: str) -> int:
        return int(getattr(self._state.of[0], name)) if self._state and self._codes else 0

    def _forget_places(self) -> None:
        """Begin writing at 0, and expect the rows held back to come again, first of all."""
        if self._state is None:
            return
        for code in range(len(self._codes)):
            of = self._state.of[code]
            of.held = of.head = of.place = of.bar_place = 0

    def _rows_held(self) -> list[int]:
        """Return the numbers of the rows held back, by symbol and key."""
        if self._state is None:
            return []
        room, answer = self._config.hold_back + 1, []
        for code in range(len(self._codes)):
            of = self._state.of[code]
            head = int(of.head)
            places = ((head + at) % room for at in range(int(of.held)))
            answer += [int(self._state.held_row[code * room + place]) for place in places]
        return answer
