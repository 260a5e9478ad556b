"""The meaning of every column, one row after the other: the same functions run interpreted and compiled.

A row of a symbol is handled when its turn has come; all that is remembered of the rows before it stands in ``State``.
So the answer cannot depend on how the rows were cut into chunks. Arrays are lists where the code is interpreted and
numpy arrays where numba has compiled it, and every one has one dimension.
"""

from math import inf, log, nan, sqrt
from typing import Any

from allause_enhancer.open_bar import larger_bar
from allause_enhancer.records import (
    BARS,
    FIFTH,
    HUGE,
    MEMORY,
    NEAR,
    QUOTES,
    ROUNDING,
    SEVENTH,
    THIRD,
    TRADES,
    Added,
    Array,
    Rows,
    Settings,
    State,
)


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
    sized = bid_size >= 0 and ask_size >= 0 and 0 < sizes < HUGE
    if len(out.microprice) > 0:
        out.microprice[at] = (bid * ask_size + ask * bid_size) / sizes if sized else nan
    if len(out.imbalance) > 0:
        out.imbalance[at] = (bid_size - ask_size) / sizes if sized else nan


def logarithm(value: float) -> float:
    """Return the logarithm, near 1 by its series 2 (z + z^3 / 3 + z^5 / 5 + ...), z = (value - 1) / (value + 1).

    Returns are near 1, and the library's function takes as long as half of all the rest. The first term left out is
    below 1e-17 of the sum.
    """
    if not NEAR[0] < value < NEAR[1]:
        return log(value)
    z = (value - 1) / (value + 1)
    square = z * z
    return 2 * z * (1 + square * (THIRD + square * (FIFTH + square * SEVENTH)))


def turn(s: int, window: int, state: State) -> None:
    """Begin a new block of returns: keep mean and squares of every tail of the one that is full."""
    mean = m2 = 0.0
    base = s * window
    for j in range(window - 1, -1, -1):
        value = state.ring[base + j]
        off = value - mean
        mean += off * state.one_by[window - j]
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
    state.of[s].mean += off * state.one_by[j + 1]
    state.of[s].m2 += off * (value - state.of[s].mean)
    state.of[s].slot = j + 1
    if state.of[s].count < window:
        return
    mean, m2, older = state.of[s].mean, state.of[s].m2, window - j - 1
    if older > 0:
        at = s * window + j + 1
        off = state.left_mean[at] - mean
        share = older * state.one_by[window]
        m2 += state.left_m2[at] + off * off * share * (j + 1)
        mean += off * share
    state.of[s].window_mean = mean
    state.of[s].deviation = sqrt(m2 * state.one_by[window - 1])


def returns(s: int, at: int, price: float, settings: Settings, state: State, out: Added) -> None:
    """Compute the returns, their deviation, and whether this one is far out."""
    looked_at = len(out.rolling_volatility) + len(out.is_outlier)
    if len(out.simple_return) + len(out.log_return) + looked_at == 0:
        return
    change = growth = nan
    outlier = False
    if state.of[s].count > 0:
        growth = price / state.of[s].price
        change = logarithm(growth) if growth > 0 else -inf
        if looked_at > 0:
            distance = abs(change - state.of[s].window_mean)
            outlier = distance > settings.threshold * state.of[s].deviation and distance > ROUNDING
            roll(s, change, settings.window, state)
    put(out.simple_return, at, growth - 1)
    put(out.log_return, at, change)
    put(out.rolling_volatility, at, state.of[s].deviation)
    put(out.is_outlier, at, outlier)


def averages(s: int, at: int, time: int, typical: float, volume: float, state: State, out: Added) -> None:
    """Compute the averages by volume and by time since the symbol's first row."""
    if len(out.vwap) > 0:
        if 0 < volume < HUGE:
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
    if 0 < volume < HUGE:
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


def gap_before(s: int, key: int, settings: Settings, state: State) -> bool:
    """Say whether rows are missing before a key, and remember its number."""
    step = key - state.of[s].last_key
    if not settings.sequenced:
        return bool(state.of[s].count > 0 and 0 < settings.gap < step)
    if state.of[s].count == 0 or step >= MEMORY:
        state.of[s].seen = 1
    else:
        state.of[s].seen = ((state.of[s].seen << step) | 1) & ((1 << MEMORY) - 1)
    return bool(state.of[s].count > 0 and step != 1)


def copy(column: Array, at: int, given: Array, i: int) -> None:
    """Store what the row came with in a column that was asked for."""
    if len(column) > 0:
        column[at] = given[i]


def carry(i: int, at: int, rows: Rows, out: Added) -> None:
    """Carry over what the row came with."""
    copy(out.ts, at, rows.ts, i)
    copy(out.known, at, rows.known, i)
    copy(out.key, at, rows.key, i)
    copy(out.a, at, rows.a, i)
    copy(out.b, at, rows.b, i)
    copy(out.c, at, rows.c, i)
    copy(out.d, at, rows.d, i)
    copy(out.e, at, rows.e, i)
    copy(out.f, at, rows.f, i)


def emit(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Compute the columns of the symbol's next row."""
    at = state.of[s * settings.stride].place
    state.of[s * settings.stride].place = at + 1
    time, key = rows.ts[i], rows.key[i]
    out.row[at] = i
    if settings.carries:
        carry(i, at, rows, out)
    if settings.sequenced or len(out.is_gap) > 0:
        put(out.is_gap, at, gap_before(s, key, settings, state))
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
