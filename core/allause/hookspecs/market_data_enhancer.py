"""The contract of kind ``market_data_enhancer``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.market import ArrowTable
    from allause.models.measurement import ThroughputReport


class MarketDataEnhancerSpec:
    """Declare how raw market data becomes clean and richer.

    A component that names the capability ``stream`` has a method ``stream()``, beyond the contract: what it returns
    takes tables by ``feed(table)`` and is ended by ``finish()``, each of which answers a table, or None for no rows.
    The exam asks it, too: put together the answers are those of ``enhance_market_data`` to all rows.
    """

    @hookspec
    def enhance_market_data(self, market_data: ArrowTable) -> ArrowTable:
        """Clean, order and de-duplicate bars, and add columns.

        The answer has every column of the input and at least ``log_return`` (natural logarithm of close over
        the previous close of the symbol, null on its first row), ``rolling_volatility`` (sample standard
        deviation of the last returns, null until there are enough), ``vwap`` (volume-weighted typical price
        since the symbol's first row) and ``is_outlier`` (bool), ordered by symbol then ``ts_event``. Rows
        with a non-finite or non-positive price and repeated (symbol, ts_event) keys are left out; of a
        repeated key the first row is kept. What is added to a row depends on no later one, so that rows fed
        bit by bit get the same figures.

        :param market_data: a table with ``BAR_COLUMNS``; it is not changed.
        :raises allause.exceptions.DataError: a column is missing or has another type; the message names it.
        """
        raise NotImplementedError

    @hookspec
    def enhance_market_data_throughput(self, market_data: ArrowTable) -> ThroughputReport:
        """Enhance ``market_data`` repeatedly and report what was measured.

        :param market_data: as in ``enhance_market_data``.
        :raises allause.exceptions.DataError: for the same reasons.
        """
        raise NotImplementedError
