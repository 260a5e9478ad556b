"""What the row by row functions read, remember and write; arrays are lists or numpy arrays of one dimension."""

from math import nan
from typing import Any, NamedTuple

import attrs

Array = Any

#: What the float columns ``a`` to ``f`` of ``Rows`` are.
BARS = 1  # open, high, low, close, volume, adj_close
QUOTES = 2  # bid, ask, bid_size, ask_size
TRADES = 4  # price, size in e and f; together with QUOTES where a row has both

# returns of a constant growth differ by rounding only, which is not far out
ROUNDING = 1e-12
#: Where the series of the logarithm is as good as the function, and its factors.
NEAR = (0.99, 1.01)
THIRD, FIFTH, SEVENTH = 1 / 3, 1 / 5, 1 / 7
#: A volume from here on is none.
HUGE = 1e300
#: So many numbers behind the last one are remembered, as bits of an integer.
MEMORY = 62


class Rows(NamedTuple):
    """Hold the input by column; columns a shape does not have are empty."""

    code: Array
    key: Array
    ts: Array
    known: Array
    a: Array
    b: Array
    c: Array
    d: Array
    e: Array
    f: Array


class Settings(NamedTuple):
    """Hold what does not change from row to row."""

    shape: int
    window: int
    threshold: float
    hold: int
    sequenced: bool
    unique: bool
    gap: int
    interval: int
    session: int
    session_start: int
    stride: int
    carries: bool


@attrs.define(kw_only=True)
class Symbol:
    """Remember a symbol: where it is written, what was counted, the row before, sums, the session's and the bar's."""

    place: int = 0
    bar_place: int = 0
    count: int = 0
    last_key: int = 0
    seen: int = 0
    late: int = 0
    repeated: int = 0
    dropped: int = 0
    held: int = 0
    head: int = 0
    time: int = 0
    price: float = nan
    traded: float = 0.0
    slot: int = 0
    mean: float = 0.0
    m2: float = 0.0
    window_mean: float = nan
    deviation: float = nan
    value: float = 0.0
    volume: float = 0.0
    weighted: float = 0.0
    elapsed: int = 0
    session: int = 0
    session_open: float = 0.0
    session_high: float = 0.0
    session_low: float = 0.0
    session_volume: float = 0.0
    session_value: float = 0.0
    direction: int = 0
    move: float = 0.0
    products: float = 0.0
    bar_end: int = 0
    bar_known: int = 0
    bar_open: float = 0.0
    bar_high: float = 0.0
    bar_low: float = 0.0
    bar_close: float = 0.0
    bar_volume: float = 0.0
    bar_value: float = 0.0
    bar_adjusted: float = 0.0
    bar_rows: int = 0


class State(NamedTuple):
    """Hold what is remembered: a ``Symbol`` for each code, and rows of ``window`` or ``hold`` values for each.

    ``one_by`` is 1 / n for each n up to ``window``: to divide takes five times as long as to multiply. ``due_row`` to
    ``due_change`` are of the rows whose turn has come and that are computed next, a figure of all of them after the
    other: their places in the input and in the output, their symbols, the rows of the symbol before each, its reference
    price, the one before, and the return.
    """

    of: Array
    ring: Array
    left_mean: Array
    left_m2: Array
    held_key: Array
    held_row: Array
    one_by: Array
    own_row: Array
    due_row: Array
    due_place: Array
    due_code: Array
    due_number: Array
    due_price: Array
    due_before: Array
    due_growth: Array
    due_change: Array


class Added(NamedTuple):
    """Hold the output by column; one that was not asked for is empty.

    ``ts`` to ``f`` are the columns of ``Rows``, carried over: to gather them afterwards reads all rows once for each
    symbol.
    """

    row: Array
    is_gap: Array
    mid: Array
    spread: Array
    spread_bps: Array
    microprice: Array
    imbalance: Array
    simple_return: Array
    log_return: Array
    rolling_volatility: Array
    is_outlier: Array
    vwap: Array
    twap: Array
    session: Array
    session_open: Array
    session_high: Array
    session_low: Array
    session_return: Array
    session_volume: Array
    session_vwap: Array
    trade_sign: Array
    effective_spread: Array
    is_bounce: Array
    roll_spread: Array
    ts: Array
    known: Array
    key: Array
    a: Array
    b: Array
    c: Array
    d: Array
    e: Array
    f: Array


@attrs.define(kw_only=True)
class LargerBar:
    """Hold a larger bar."""

    code: int = 0
    ts_event: int = 0
    ts_init: int = 0
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: float = 0.0
    adj_close: float = 0.0
    vwap: float = 0.0
    rows: int = 0
