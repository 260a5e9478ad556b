"""The contract of kind ``market_data``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.market import ArrowTable, DataQuality, MarketEvent


class MarketDataSpec:
    """Declare where market data comes from.

    A component that can read recorded data is told where it lies by ``path`` in its configuration. The exam feeds it
    CSV files: the first line names ``BAR_COLUMNS``, ``QUOTE_COLUMNS`` or ``TRADE_COLUMNS``, times are integer
    nanoseconds, and a number that is missing is left empty.
    """

    @hookspec
    def get_symbols(self) -> tuple[str, ...]:
        """Return the symbols there is data for, sorted.

        :raises allause.exceptions.DataError: the data cannot be read; the message names it.
        """
        raise NotImplementedError

    @hookspec
    def get_market_data(self, symbols: Sequence[str], start: int | None, end: int | None) -> ArrowTable:
        """Return the rows of ``symbols``, ordered by ``ts_event`` then by the order of ``symbols``.

        The columns are ``BAR_COLUMNS``, ``TRADE_COLUMNS`` or ``QUOTE_COLUMNS``. Only good rows are in
        it, and rows whose one defect was their order, put in their place.

        :param symbols: at least one; each must be known.
        :param start: first ``ts_event``, nanoseconds UTC, inclusive; None for the beginning.
        :param end: first ``ts_event`` no longer wanted; None for no end.
        :raises allause.exceptions.DataError: unknown symbol, or data that cannot be read; the message names it.
        """
        raise NotImplementedError

    @hookspec
    def stream_market_data(self, symbols: Sequence[str], start: int | None, end: int | None) -> Iterable[MarketEvent]:
        """Yield the same rows as events, one at a time, in the same order.

        :param symbols: as in ``get_market_data``; so are ``start`` and ``end``.
        :raises allause.exceptions.DataError: before the first event, for the same reasons.
        """
        raise NotImplementedError

    @hookspec
    def get_data_quality(self, symbols: Sequence[str]) -> DataQuality:
        """Count the rows of ``symbols`` and what is wrong with them, by cause.

        A row that is served although something speaks against it, such as a price that springs and comes back, is
        good, and counted in ``flagged``.

        :param symbols: at least one; each must be known.
        :raises allause.exceptions.DataError: unknown symbol, or data that cannot be read.
        """
        raise NotImplementedError
