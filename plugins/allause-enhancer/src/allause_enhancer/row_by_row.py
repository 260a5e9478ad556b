"""The meaning of every column, one row after the other: the same functions run interpreted and compiled.

A row of a symbol is handled when its turn has come; all that is remembered of the rows before it stands in ``State``.
So the answer cannot depend on how the rows were cut into chunks. Arrays are lists where the code is interpreted and
numpy arrays where numba has compiled it, and every one has one dimension.
"""

from math import inf, log, nan, sqrt
from typing import Any, NamedTuple

import attrs

Array = Any

#: What the float columns ``a`` to ``f`` of ``Rows`` are.
BARS = 1  # open, high, low, close, volume, adj_close
QUOTES = 2  # bid, ask, bid_size, ask_size
TRADES = 4  # price, size in e and f; together with QUOTES where a row has both

# returns of a constant growth differ by rounding only, which is not far out
ROUNDING = 1e-12


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
    price: float = 0.0
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
    """Hold what is remembered: a ``Symbol`` for each code, and rows of ``window`` or ``hold`` values for each."""

    of: Array
    ring: Array
    left_mean: Array
    left_m2: Array
    held_key: Array
    held_row: Array


class Added(NamedTuple):
    """Hold the output by column; one that was not asked for is empty."""

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


def put(column: Array, at: int, value: Any) -> None:
    """Store a value of a column that was asked for."""
    if len(column) > 0:
        column[at] = value


def quote(at: int, i: int, rows: Rows, out: Added) -> None:
    """Compute what one quote says alone."""
    bid, ask, bid_size, ask_size = rows.a[i], rows.b[i], rows.c[i], rows.d[i]
    middle = (bid + ask) / 2
    put(out.mid, at, middle)
    put(out.spread, at, ask - bid)
    put(out.spread_bps, at, (ask - bid) / middle * 10_000)
    sizes = bid_size + ask_size
    sized = bid_size >= 0 and ask_size >= 0 and 0 < sizes < 1e300
    if len(out.microprice) > 0:
        out.microprice[at] = (bid * ask_size + ask * bid_size) / sizes if sized else nan
    if len(out.imbalance) > 0:
        out.imbalance[at] = (bid_size - ask_size) / sizes if sized else nan


def turn(s: int, window: int, state: State) -> None:
    """Begin a new block of returns: keep mean and squares of every tail of the one that is full."""
    mean = m2 = 0.0
    base = s * window
    for j in range(window - 1, -1, -1):
        value = state.ring[base + j]
        off = value - mean
        mean += off / (window - j)
        m2 += off * (value - mean)
        state.left_mean[base + j] = mean
        state.left_m2[base + j] = m2
    state.of[s].slot = 0
    state.of[s].mean = 0.0
    state.of[s].m2 = 0.0


def roll(s: int, value: float, window: int, state: State) -> None:
    """Take a return into the window: mean and deviation of the last ``window`` ones, without any subtraction.

    The window is the tail of one block and the beginning of the next, each summed up on its own, so a figure depends
    on the window's values alone and a huge one leaves nothing behind.
    """
    if state.of[s].slot == window:
        turn(s, window, state)
    j = state.of[s].slot
    state.ring[s * window + j] = value
    off = value - state.of[s].mean
    state.of[s].mean += off / (j + 1)
    state.of[s].m2 += off * (value - state.of[s].mean)
    state.of[s].slot = j + 1
    if state.of[s].count < window:
        return
    mean, m2, older = state.of[s].mean, state.of[s].m2, window - j - 1
    if older > 0:
        at = s * window + j + 1
        off = state.left_mean[at] - mean
        m2 += state.left_m2[at] + off * off * older * (j + 1) / window
        mean += off * older / window
    state.of[s].window_mean = mean
    state.of[s].deviation = sqrt(m2 / (window - 1))


def returns(s: int, at: int, price: float, settings: Settings, state: State, out: Added) -> None:
    """Compute the returns, their deviation, and whether this one is far out."""
    change = growth = nan
    outlier = False
    if state.of[s].count > 0:
        growth = price / state.of[s].price
        change = log(growth) if growth > 0 else -inf
        distance = abs(change - state.of[s].window_mean)
        outlier = distance > settings.threshold * state.of[s].deviation and distance > ROUNDING
        if len(out.rolling_volatility) > 0 or len(out.is_outlier) > 0:
            roll(s, change, settings.window, state)
    put(out.simple_return, at, growth - 1)
    put(out.log_return, at, change)
    put(out.rolling_volatility, at, state.of[s].deviation)
    put(out.is_outlier, at, outlier)


def averages(s: int, at: int, time: int, typical: float, volume: float, state: State, out: Added) -> None:
    """Compute the averages by volume and by time since the symbol's first row."""
    if len(out.vwap) > 0:
        if 0 < volume < 1e300:
            state.of[s].value += volume * typical
            state.of[s].volume += volume
        out.vwap[at] = state.of[s].value / state.of[s].volume if state.of[s].volume > 0 else nan
    if len(out.twap) > 0:
        passed = time - state.of[s].time
        if state.of[s].count > 0 and passed > 0:
            state.of[s].weighted += state.of[s].price * passed
            state.of[s].elapsed += passed
        out.twap[at] = state.of[s].weighted / state.of[s].elapsed if state.of[s].elapsed > 0 else nan


def session(
    s: int, at: int, time: int, prices: tuple[float, float, float, float, float], volume: float,
    settings: Settings, state: State, out: Added,
) -> None:  # fmt: skip
    """Compute the statistics of the session so far."""
    opening, high, low, close, typical = prices
    number = (time - settings.session_start) // settings.session
    if state.of[s].count == 0 or number != state.of[s].session:
        state.of[s].session = number
        state.of[s].session_open = opening
        state.of[s].session_high = high
        state.of[s].session_low = low
        state.of[s].session_volume = 0.0
        state.of[s].session_value = 0.0
    state.of[s].session_high = max(state.of[s].session_high, high)
    state.of[s].session_low = min(state.of[s].session_low, low)
    if 0 < volume < 1e300:
        state.of[s].session_value += volume * typical
        state.of[s].session_volume += volume
    put(out.session, at, number)
    put(out.session_open, at, state.of[s].session_open)
    put(out.session_high, at, state.of[s].session_high)
    put(out.session_low, at, state.of[s].session_low)
    if len(out.session_return) > 0:
        out.session_return[at] = log(close / state.of[s].session_open)
    put(out.session_volume, at, state.of[s].session_volume)
    if len(out.session_vwap) > 0:
        units = state.of[s].session_volume
        out.session_vwap[at] = state.of[s].session_value / units if units > 0 else nan


def bounce(s: int, at: int, traded: float, middle: float, state: State, out: Added) -> None:
    """Compute whose side traded and how prices jump between bid and ask; ``middle`` is NaN without quotes."""
    bounced = False
    move = traded - state.of[s].traded if state.of[s].count > 0 else 0.0
    if move != 0:
        direction = 1 if move > 0 else -1
        bounced = state.of[s].direction == -direction
        state.of[s].direction = direction
    sign = state.of[s].direction
    if traded > middle:
        sign = 1
    elif traded < middle:
        sign = -1
    put(out.trade_sign, at, sign)
    put(out.effective_spread, at, 2 * abs(traded - middle))
    put(out.is_bounce, at, bounced)
    if len(out.roll_spread) > 0:
        if state.of[s].count > 1:
            state.of[s].products += move * state.of[s].move
            mean = state.of[s].products / (state.of[s].count - 1)
            out.roll_spread[at] = 2 * sqrt(-mean) if mean < 0 else nan
        else:
            out.roll_spread[at] = nan
        state.of[s].move = move
    state.of[s].traded = traded


def finish_bar(s: int, settings: Settings, state: State, bars: Array) -> None:
    """Write the symbol's bar down."""
    if state.of[s].bar_rows == 0:
        return
    at = state.of[s * settings.stride].bar_place
    state.of[s * settings.stride].bar_place = at + 1
    bars[at].code = s
    bars[at].ts_event = state.of[s].bar_end
    bars[at].ts_init = max(state.of[s].bar_known, state.of[s].bar_end)
    bars[at].open = state.of[s].bar_open
    bars[at].high = state.of[s].bar_high
    bars[at].low = state.of[s].bar_low
    bars[at].close = state.of[s].bar_close
    bars[at].volume = state.of[s].bar_volume
    bars[at].adj_close = state.of[s].bar_adjusted
    bars[at].vwap = state.of[s].bar_value / state.of[s].bar_volume if state.of[s].bar_volume > 0 else nan
    bars[at].rows = state.of[s].bar_rows
    state.of[s].bar_rows = 0


def larger_bar(
    s: int, times: tuple[int, int], prices: tuple[float, float, float, float, float], volume: float, adjusted: float,
    settings: Settings, state: State, bars: Array,
) -> None:  # fmt: skip
    """Take a row into the bar of the interval in which it ended."""
    time, known = times
    opening, high, low, close, typical = prices
    end = -((-time) // settings.interval) * settings.interval
    if state.of[s].bar_rows > 0 and end != state.of[s].bar_end:
        finish_bar(s, settings, state, bars)
    if state.of[s].bar_rows == 0:
        state.of[s].bar_end = end
        state.of[s].bar_known = known
        state.of[s].bar_open = opening
        state.of[s].bar_high = high
        state.of[s].bar_low = low
        state.of[s].bar_volume = 0.0
        state.of[s].bar_value = 0.0
    state.of[s].bar_known = max(state.of[s].bar_known, known)
    state.of[s].bar_high = max(state.of[s].bar_high, high)
    state.of[s].bar_low = min(state.of[s].bar_low, low)
    state.of[s].bar_close = close
    state.of[s].bar_adjusted = adjusted
    if 0 < volume < 1e300:
        state.of[s].bar_volume += volume
        state.of[s].bar_value += volume * typical
    state.of[s].bar_rows += 1


def emit(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Compute the columns of the symbol's next row."""
    at = state.of[s * settings.stride].place
    state.of[s * settings.stride].place = at + 1
    time, key = rows.ts[i], rows.key[i]
    out.row[at] = i
    gap = False
    if state.of[s].count > 0:
        step = key - state.of[s].last_key
        if settings.sequenced:
            gap = step != 1
            state.of[s].seen = ((state.of[s].seen << step) | 1) & 0x3FFFFFFFFFFFFFFF if step < 62 else 1
        else:
            gap = 0 < settings.gap < step
    elif settings.sequenced:
        state.of[s].seen = 1
    put(out.is_gap, at, gap)
    middle = nan
    volume = 0.0
    adjusted = nan
    if settings.shape == BARS:
        price, volume, adjusted = rows.d[i], rows.e[i], rows.f[i]
        prices = (rows.a[i], rows.b[i], rows.c[i], price, (rows.b[i] + rows.c[i] + price) / 3)
    else:
        price = traded = 0.0
        if settings.shape & QUOTES:
            quote(at, i, rows, out)
            price = traded = middle = (rows.a[i] + rows.b[i]) / 2
        if settings.shape & TRADES:
            traded, volume = rows.e[i], rows.f[i]
            if not settings.shape & QUOTES:
                price = traded
        else:
            middle = nan
        prices = (traded, traded, traded, traded, traded)
    returns(s, at, price, settings, state, out)
    averages(s, at, time, prices[4], volume, state, out)
    if settings.session > 0:
        session(s, at, time, prices, volume, settings, state, out)
    if len(out.is_bounce) + len(out.trade_sign) + len(out.roll_spread) + len(out.effective_spread) > 0:
        bounce(s, at, prices[3], middle, state, out)
    if settings.interval > 0:
        larger_bar(s, (time, rows.known[i]), prices, volume, adjusted, settings, state, bars)
    state.of[s].count += 1
    state.of[s].last_key = key
    state.of[s].time = time
    state.of[s].price = price
