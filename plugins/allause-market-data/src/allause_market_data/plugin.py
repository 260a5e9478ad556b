"""The component: answers from one data file, read when first asked."""

import copy
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from threading import Lock

import polars as pl

from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.measurement import Tally
from allause.models import (
    BAR_COLUMNS,
    QUOTE_COLUMNS,
    Bar,
    ComponentInfo,
    ComponentValidation,
    Context,
    DataQuality,
    FunctionalityReport,
    MarketEvent,
    OptimizationMetrics,
    PerformanceStats,
    Quote,
    Trade,
)
from allause_market_data.config import MarketDataConfig
from allause_market_data.dataset import Dataset, open_dataset
from allause_market_data.reading import files_of, open_source, reader_of
from allause_market_data.selftest import examine, known_dataset

_CHUNK = 4096


class LiveMarketDataSystem:
    """Serve recorded bars, quotes or trades from a file, judged row by row.

    The file is read at the first question and kept; ``close`` lets go of it. Without a configuration it is the
    packaged sample of five US stocks.
    """

    Config = MarketDataConfig

    def __init__(self, config: MarketDataConfig | None = None) -> None:
        self._config = config or MarketDataConfig()
        self._tally = Tally()
        self._loading = Lock()
        self._dataset: Dataset | None = None

    @hookimpl
    def get_symbols(self) -> tuple[str, ...]:
        """Return the symbols of the data, sorted."""
        with self._tally.call():
            return self._load().symbols

    @hookimpl
    def get_market_data(self, symbols: Sequence[str], start: int | None = None, end: int | None = None) -> pl.DataFrame:
        """Return the good rows of ``symbols`` with ``start <= ts_event < end``, by ``ts_event`` then ``symbols``."""
        with self._tally.call():
            rows = self._load().select(symbols, start, end)
            self._tally.add("served_rows", rows.height)
            return rows

    @hookimpl
    def stream_market_data(
        self, symbols: Sequence[str], start: int | None = None, end: int | None = None
    ) -> Iterator[MarketEvent]:
        """Yield the rows of ``get_market_data`` as events; every error is raised by the call itself."""
        with self._tally.call():
            dataset = self._load()
            rows = dataset.select(symbols, start, end)
            self._tally.add("streamed_rows", rows.height)
            return _events(rows, dataset.columns)

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
            description="Recorded bars, quotes and trades from CSV, gzipped CSV and Parquet files, judged row by row.",
            capabilities=("bars", "quotes", "trades"),
        )

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count the work done so far; streaming counts at its call, for the time until the first event is ready."""
        return self._tally.stats()

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
        """Check that the configured file is one that can be read; its rows are judged by ``get_data_quality``."""
        if self._config.path is None:
            return ComponentValidation(valid=True, examined=("configuration",))
        try:
            for file in files_of(self._config.path.expanduser()):
                reader_of(open_source(file))
        except DataError as error:
            return ComponentValidation(valid=False, examined=("configuration", "file"), problems=(str(error),))
        return ComponentValidation(valid=True, examined=("configuration", "file"))

    @hookimpl
    def start(self, context: Context) -> None:
        """Take the host's clock."""
        self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Let go of the data."""
        with self._loading:
            self._dataset = None

    def _load(self) -> Dataset:
        with self._loading:
            if self._dataset is None:
                self._dataset = open_dataset(self._config)
            return self._dataset

    def _twin(self, dataset: Dataset | None) -> "LiveMarketDataSystem":
        """Return a copy that counts for itself and holds other data; methods broken here are broken there."""
        twin = copy.copy(self)
        twin._config = MarketDataConfig()  # noqa: SLF001 - the copy is ours
        twin._tally = Tally()  # noqa: SLF001
        twin._loading = Lock()  # noqa: SLF001
        twin._dataset = dataset  # noqa: SLF001
        return twin


def _events(rows: pl.DataFrame, columns: tuple[str, ...]) -> Iterator[MarketEvent]:
    make: type[MarketEvent] = Bar if columns == BAR_COLUMNS else Quote if columns == QUOTE_COLUMNS else Trade
    for chunk in rows.iter_slices(_CHUNK):
        for row in chunk.iter_rows(named=True):
            yield make(**row)
