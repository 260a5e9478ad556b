"""Market data: events on the hot path, tables across borders, and what is wrong with them.

Times are integer nanoseconds since 1970-01-01T00:00:00Z. A table is any object that speaks the Arrow
PyCapsule stream interface. Prices in tables and events are observations and are carried as binary64, which
returns every decimal of up to 15 significant digits unchanged (``exact`` in ``allause.models.orders`` gives it
back); what reaches an order is a Decimal.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs
import msgspec


@runtime_checkable
class ArrowTable(Protocol):
    """Stand for any table that can be exported as an Arrow C stream: polars, pandas, pyarrow, duckdb, arro3."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Export the table as a capsule named ``arrow_array_stream``."""
        ...


class Bar(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True):
    """Hold one price bar.

    Attributes:
        symbol: the instrument.
        ts_event: when the bar ended, at the venue.
        ts_init: when it was known here, never before ``ts_event``.
        open: first price; ``high``, ``low`` and ``close`` likewise, in the instrument's currency.
        volume: units traded.
        adj_close: close adjusted for later splits and dividends; NaN where the source gives none.
    """

    symbol: str
    ts_event: int
    ts_init: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    adj_close: float = float("nan")


class Trade(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True):
    """Hold one trade: ``price`` in the instrument's currency, ``size`` in units."""

    symbol: str
    ts_event: int
    ts_init: int
    price: float
    size: float


class Quote(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True):
    """Hold the best bid and ask with their sizes."""

    symbol: str
    ts_event: int
    ts_init: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


MarketEvent = Bar | Trade | Quote

#: Columns of a bar table, in order: symbol utf8, the two times int64, the rest float64.
BAR_COLUMNS = ("symbol", "ts_event", "ts_init", "open", "high", "low", "close", "volume", "adj_close")
#: Columns of a trade table.
TRADE_COLUMNS = ("symbol", "ts_event", "ts_init", "price", "size")
#: Columns of a quote table.
QUOTE_COLUMNS = ("symbol", "ts_event", "ts_init", "bid", "ask", "bid_size", "ask_size")
#: Columns of a depth table, one row per price level of a message. ``side`` is bid or ask, size 0 takes the level away;
#: ``first_id`` and ``last_id`` are the update ids the message covers, ``previous_id`` the last one before it (null when
#: the feed does not say), ``snapshot`` whether the message replaces the book: ids int64, ``side`` utf8.
DEPTH_COLUMNS = (
    "symbol", "ts_event", "ts_init", "side", "price", "size", "first_id", "last_id", "previous_id", "snapshot",
)  # fmt: skip
#: Columns of an option table: ``expiry`` date32, ``right`` C or P; ``last`` to ``rho`` NaN where not told.
OPTION_COLUMNS = (
    "symbol", "ts_event", "ts_init", "underlying", "expiry", "strike", "right", "bid", "ask", "bid_size", "ask_size",
    "last", "volume", "open_interest", "implied_volatility", "delta", "gamma", "vega", "theta", "rho",
)  # fmt: skip
#: Columns of an observation table, for what has a value and a time but is no price of a trade: a reference rate, an
#: index level, open interest. ``field`` (utf8) says which figure of the symbol it is.
OBSERVATION_COLUMNS = ("symbol", "ts_event", "ts_init", "field", "value")


class DefectCause(StrEnum):
    """Name why a row of market data cannot be taken as good; ``suspect`` is well formed, and not to be believed."""

    DUPLICATE = "duplicate"
    DISORDER = "disorder"
    GAP = "gap"
    NON_FINITE = "non_finite"
    NEGATIVE_PRICE = "negative_price"
    IMPOSSIBLE_BAR = "impossible_bar"
    CROSSED_QUOTE = "crossed_quote"
    TIME_REVERSED = "time_reversed"
    SUSPECT = "suspect"


class DoubtCause(StrEnum):
    """Name what speaks against a row that is served all the same; a component may have further names of its own.

    ``repeat`` is an equal tick where that is usual, ``stale`` the first row after a long silence, ``split`` the first
    at the new level, and ``sequence_gap`` the first after a number that is missing.
    """

    REPEAT = "repeat"
    ONE_SIDED = "one_sided"
    LOCKED_QUOTE = "locked_quote"
    CLOCK_SKEW = "clock_skew"
    LATE = "late"
    MIXED_UNIT = "mixed_unit"
    TICKER_REUSE = "ticker_reuse"
    SPLIT = "split"
    SPIKE = "spike"
    LARGE_MOVE = "large_move"
    FROZEN = "frozen"
    PRECISION_CHANGE = "precision_change"
    SEQUENCE_GAP = "sequence_gap"
    STALE = "stale"


@attrs.frozen(kw_only=True)
class DataQuality:
    """Count what is wrong with market data, by cause.

    Attributes:
        rows: rows read.
        good: rows without a defect; a gap lies between rows and spoils none.
        defects: count by ``DefectCause`` value; every cause is present, also with 0. A row with several
            defects counts once, under the first cause in the order of ``DefectCause``.
        ts_first: earliest ``ts_event``, or None without rows.
        ts_last: latest ``ts_event``, or None without rows.
        flagged: good rows that something speaks against, counted under each ``DoubtCause`` they have, or under a
            name of the component's own.
    """

    rows: int
    good: int
    defects: Mapping[str, int]
    ts_first: int | None = None
    ts_last: int | None = None
    flagged: Mapping[str, int] = attrs.field(factory=dict)
