"""The component: answers from one data file, read when first asked, or streams from live sources."""

import copy
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from threading import Lock
from typing import TYPE_CHECKING

import polars as pl

from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models import (
    ComponentInfo,
    ComponentValidation,
    Context,
    DataQuality,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)
from allause_market_data.config import MarketDataConfig
from allause_market_data.dataset import Dataset, open_dataset
from allause_market_data.live import MISSING_EXTRA, LiveSettings
from allause_market_data.merging import Order
from allause_market_data.reading import each_file, open_source, reader_of
from allause_market_data.replay import BATCH_ROWS, EventStream, Pace
from allause_market_data.selftest import examine, known_dataset

if TYPE_CHECKING:
    from allause_market_data.live.stream import LiveStream


class LiveMarketDataSystem:
    """Serve recorded bars, quotes or trades from a file, judged row by row, or stream from live sources.

    The file is read at the first question and kept; ``close`` lets go of it. Without a configuration it is the
    packaged sample of five US stocks.
    """

    Config = MarketDataConfig

    def __init__(self, config: MarketDataConfig | None = None) -> None:
        self._config = config or MarketDataConfig()
        self._tally = Tally()
        self._loading = Lock()
        self._dataset: Dataset | None = None
        self._context: Context | None = None
        self._stream: LiveStream | None = None
        self._counted = Counter[str]()  # by live streams that others followed

    @hookimpl
    def get_symbols(self) -> tuple[str, ...]:
        """Return the symbols of the data, sorted."""
        with self._tally.call():
            live = self._config.live
            return self._load().symbols if live is None else tuple(sorted(live.symbols))

    @hookimpl
    def get_market_data(self, symbols: Sequence[str], start: int | None = None, end: int | None = None) -> pl.DataFrame:
        """Return the good rows of ``symbols`` with ``start <= ts_event < end``, by ``ts_event`` then ``symbols``."""
        with self._tally.call():
            rows = self._load().select(symbols, start, end)
            self._tally.add("served_rows", rows.height)
            return rows

    @hookimpl
    def stream_market_data(
        self,
        symbols: Sequence[str],
        start: int | None = None,
        end: int | None = None,
        *,
        order: str = Order.TS_EVENT,
        speed: float | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> "EventStream | LiveStream":
        """Return the rows of ``get_market_data`` as events, of which a store reads a month at a time.

        With live sources, what they bring from now on; then only ``symbols`` may be given. There is one such stream:
        the next one ends it and counts on.

        Args:
            symbols: at least one.
            start: first ``ts_event``, inclusive.
            end: first ``ts_event`` no longer wanted.
            order: ``ts_event``, or ``ts_init`` for the order in which the rows were known here.
            speed: gives the events in that order at so many times the pace at which they came, by the clock of the
                host; None at once.
            batch_rows: of a batch, see ``EventStream.batches``.

        Raises:
            DataError: at the call; a store that is damaged further on raises when that is read.
        """
        with self._tally.call():
            if order not in set(Order):
                raise DataError(f"order: expected {' or '.join(Order)}, found {order!r}")
            if speed is not None and not (isinstance(speed, int | float) and 0 < speed < inf):
                raise DataError(f"speed: expected a number above 0, found {speed!r}; leave it out for full speed")
            if not isinstance(batch_rows, int) or batch_rows < 1:
                raise DataError(f"batch_rows: expected an integer of at least 1, found {batch_rows!r}")
            if self._config.live is not None:
                if (start, end, order, speed, batch_rows) != (None, None, Order.TS_EVENT, None, BATCH_ROWS):
                    raise DataError(
                        "expected nothing but symbols for a live stream, found a time, order, speed or batch_rows"
                    )
                return self._live(symbols, self._config.live)
            dataset = self._load()
            dataset.require_events()
            frames = dataset.stream(symbols, start, end, Order.TS_INIT if speed is not None else Order(order))
            pace = None if speed is None else Pace(speed, self._tally.clock)
            return EventStream(map(self._streamed, frames), batch_rows, pace)

    @hookimpl
    def get_data_quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of ``symbols`` and what is wrong with them, by cause."""
        with self._tally.call():
            return self._load().quality(symbols)

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return ComponentInfo(
            name="market-data",
            kind="market_data",
            version=version("allause-market-data"),
            contract_version=CONTRACT_VERSION,
            description="Recorded bars, quotes and trades from files and stores, judged row by row, or live ones.",
            capabilities=("bars", "quotes", "trades") if self._config.live is None else ("quotes", "trades", "network"),
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far; streaming counts at its call, for the time until the first event is ready."""
        if self._stream is None:
            return self._tally.stats()
        counts = self._counted + self._stream.counts()
        return self._tally.stats({**self._stream.figures(), **{name: float(count) for name, count in counts.items()}})

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Try every method on known input with each kind of defect, and on the packaged sample."""
        return examine(self._twin(known_dataset()), self._twin(None))

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the measured time of a call; there is nothing to set."""
        stats = self._tally.stats()
        metrics = {"busy_ns_per_call": stats.busy_ns / stats.operations} if stats.operations else {}
        return OptimizationMetrics(metrics=metrics)

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Check that the configured file is one that can be read; its rows are judged by ``get_data_quality``.

        Of live sources, that what they need is installed; nothing is connected.
        """
        if self._config.live is not None:
            problems = () if find_spec("websockets") is not None else (MISSING_EXTRA,)
            return ComponentValidation(valid=not problems, examined=("configuration", "live"), problems=problems)
        if self._config.path is None:
            return ComponentValidation(valid=True, examined=("configuration",))
        try:
            for file in each_file(self._config.path):
                reader_of(open_source(file))
        except DataError as error:
            return ComponentValidation(valid=False, examined=("configuration", "file"), problems=(str(error),))
        return ComponentValidation(valid=True, examined=("configuration", "file"))

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the host's clock, and for live sources its seed, logger and metrics."""
        self._tally.clock, self._context = context.clock, context

    @hookimpl
    def close(self) -> None:
        """Let go of the data and of live links."""
        with self._loading:
            self._dataset = None
        if self._stream is not None:
            self._stream.close()

    def _live(self, symbols: Sequence[str], settings: LiveSettings) -> "LiveStream":
        from allause_market_data.live.stream import LiveStream  # noqa: PLC0415 - an extra, and nothing else needs it

        before, self._stream = self._stream, LiveStream(symbols, settings, self._context)
        if before is not None:
            before.close()
            self._counted += before.counts()
        return self._stream

    def _streamed(self, rows: pl.DataFrame) -> pl.DataFrame:
        self._tally.add("streamed_rows", rows.height)
        return rows

    def _load(self) -> Dataset:
        with self._loading:
            if self._config.live is not None:
                raise DataError(
                    "expected recorded data, found live sources, which have no past and are judged as they come (see "
                    "get_performance_stats); give path for recorded data"
                )
            if self._dataset is None:
                self._dataset = open_dataset(self._config, self._tally.clock.now_ns())
            return self._dataset

    def _twin(self, dataset: Dataset | None) -> "LiveMarketDataSystem":
        """Return a copy that counts for itself and holds other data; methods broken here are broken there."""
        twin = copy.copy(self)
        twin._config = MarketDataConfig()  # noqa: SLF001 - the copy is ours
        twin._tally = Tally()  # noqa: SLF001 - the same
        twin._loading = Lock()  # noqa: SLF001 - the same
        twin._stream = None  # noqa: SLF001 - the same
        twin._dataset = dataset  # noqa: SLF001 - the same
        return twin
