"""The meaning of every column, one row after the other: the same functions run interpreted and compiled.

A row of a symbol is handled when its turn has come; all that is remembered of the rows before it stands in ``State``.
So the answer cannot depend on how the rows were cut into chunks. Arrays are lists where the code is interpreted and
numpy arrays where numba has compiled it, and every one has one dimension.

Everywhere ``i`` is the row's place in the input, ``s`` its symbol, ``at`` its place in the output, and ``number`` how
many rows of the symbol came before.
"""

from math import inf, log, nan, sqrt
from typing import Any

from allause_enhancer.records import (
    BARS,
    FIFTH,
    HUGE,
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
from allause_enhancer.rows.open_bar import larger_bar


def put(column: Array, at: int, value: Any) -> None:
    """Store a value of a column that was asked for."""
    if len(column) > 0:
        column[at] = value


def quote(i: int, at: int, rows: Rows, out: Added) -> None:
    """Compute what a quote says alone."""
    bid, ask, bid_size, ask_size = rows.a[i], rows.b[i], rows.c[i], rows.d[i]
    middle = (bid + ask) / 2
    put(out.mid, at, middle)
    put(out.spread, at, ask - bid)
    if len(out.spread_bps) > 0:
        out.spread_bps[at] = (ask - bid) / middle * 10_000
    sizes = bid_size + ask_size
    sized = bid_size >= 0 and ask_size >= 0 and 0 < sizes < HUGE
    if len(out.microprice) > 0:
        out.microprice[at] = (bid * ask_size + ask * bid_size) / sizes if sized else nan
    if len(out.imbalance) > 0:
        out.imbalance[at] = (bid_size - ask_size) / sizes if sized else nan


def series(value: float) -> float:
    """Return the logarithm of a value near 1: 2 (z + z^3 / 3 + z^5 / 5 + ...), z = (value - 1) / (value + 1).

    Growth is near 1, and the library's function takes as long as half of all the rest. The first term left out is
    below 1e-17 of the sum.
    """
    z = (value - 1) / (value + 1)
    square = z * z
    return 2 * z * (1 + square * (THIRD + square * (FIFTH + square * SEVENTH)))


def turn(s: int, window: int, state: State) -> None:
    """Begin a new block of returns: keep mean and squares of every tail of the one that is full.

    Both halves are summed up at once, for each step of a sum waits for the one before; then the whole second half is
    put behind each tail of the first.
    """
    half = window // 2
    rest = window - half
    base = s * window
    mean = m2 = second_mean = second_m2 = 0.0
    for j in range(half):
        mean, m2 = tail(base + half - 1 - j, j + 1, mean, m2, state)
        second_mean, second_m2 = tail(base + window - 1 - j, j + 1, second_mean, second_m2, state)
    if rest > half:
        second_mean, second_m2 = tail(base + half, rest, second_mean, second_m2, state)
    for j in range(half):
        at, share = base + j, rest * state.one_by[window - j]
        off = second_mean - state.left_mean[at]
        state.left_mean[at] += off * share
        state.left_m2[at] += second_m2 + off * off * share * (half - j)
    state.of[s].slot = 0
    state.of[s].mean = 0.0
    state.of[s].m2 = 0.0


def logarithm(value: float, near: float) -> float:
    """Return the logarithm of a value, of which ``series`` says ``near``; NaN of none."""
    if NEAR[0] < value < NEAR[1]:
        return near
    if value > 0:
        return log(value)
    return -inf if value == 0 else nan


def tail(at: int, count: int, mean: float, m2: float, state: State) -> tuple[float, float]:
    """Take the return at a place into a tail, the ``count``-th one, and keep and return its mean and squares."""
    off = state.ring[at] - mean
    mean += off * state.one_by[count]
    m2 += off * (state.ring[at] - mean)
    state.left_mean[at], state.left_m2[at] = mean, m2
    return mean, m2


def roll(s: int, number: int, value: float, window: int, state: State) -> None:
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
    if number < window:
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


def reference(i: int, rows: Rows, settings: Settings) -> float:
    """Return the reference price of a row."""
    if settings.shape == BARS:
        return float(rows.d[i])
    if settings.shape & QUOTES:
        return float((rows.a[i] + rows.b[i]) / 2)
    return float(rows.e[i])


def returns(at: int, growth: float, near: float, out: Added) -> float:
    """Compute the returns, and return the logarithmic one; NaN without growth, on the symbol's first row."""
    change = logarithm(growth, near)
    put(out.simple_return, at, growth - 1)
    put(out.log_return, at, change)
    return change


def deviation(s: int, number: int, at: int, change: float, settings: Settings, state: State, out: Added) -> None:
    """Compute the deviation of the returns, and whether this one is far out."""
    outlier = False
    if number > 0:
        distance = abs(change - state.of[s].window_mean)
        outlier = distance > settings.threshold * state.of[s].deviation and distance > ROUNDING
        roll(s, number, change, settings.window, state)
    put(out.rolling_volatility, at, state.of[s].deviation)
    put(out.is_outlier, at, outlier)


def traded(i: int, rows: Rows, settings: Settings) -> tuple[float, float, float, float, float]:
    """Return the traded prices of a row: open, high, low, close and typical."""
    if settings.shape == BARS:
        close = rows.d[i]
        return rows.a[i], rows.b[i], rows.c[i], close, (rows.b[i] + rows.c[i] + close) / 3
    price = rows.e[i] if settings.shape & TRADES else (rows.a[i] + rows.b[i]) / 2
    return price, price, price, price, price


def units(i: int, rows: Rows, settings: Settings) -> float:
    """Return the volume of a row; what is no volume counts as none."""
    if settings.shape == QUOTES:
        return 0.0
    volume = rows.e[i] if settings.shape == BARS else rows.f[i]
    return volume if 0 < volume < HUGE else 0.0


def volume_average(i: int, s: int, at: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute the average by volume since the symbol's first row."""
    volume = units(i, rows, settings)
    if volume > 0:
        state.of[s].value += volume * traded(i, rows, settings)[4]
        state.of[s].volume += volume
    out.vwap[at] = state.of[s].value / state.of[s].volume if state.of[s].volume > 0 else nan


def time_average(s: int, number: int, at: int, time: int, before: float, state: State, out: Added) -> None:
    """Compute the average by time since the symbol's first row."""
    passed = time - state.of[s].time
    if number > 0 and passed > 0:
        state.of[s].weighted += before * passed
        state.of[s].elapsed += passed
    state.of[s].time = time
    out.twap[at] = state.of[s].weighted / state.of[s].elapsed if state.of[s].elapsed > 0 else nan


def session(i: int, s: int, number: int, at: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute the statistics of the session so far."""
    opening, high, low, close, typical = traded(i, rows, settings)
    volume = units(i, rows, settings)
    which = (rows.ts[i] - settings.session_start) // settings.session
    if number == 0 or which != state.of[s].session:
        state.of[s].session = which
        state.of[s].session_open = opening
        state.of[s].session_high = high
        state.of[s].session_low = low
        state.of[s].session_volume = 0.0
        state.of[s].session_value = 0.0
    state.of[s].session_high = max(state.of[s].session_high, high)
    state.of[s].session_low = min(state.of[s].session_low, low)
    state.of[s].session_value += volume * typical
    state.of[s].session_volume += volume
    put(out.session, at, which)
    put(out.session_open, at, state.of[s].session_open)
    put(out.session_high, at, state.of[s].session_high)
    put(out.session_low, at, state.of[s].session_low)
    if len(out.session_return) > 0:
        growth = close / state.of[s].session_open
        out.session_return[at] = logarithm(growth, series(growth))
    put(out.session_volume, at, state.of[s].session_volume)
    if len(out.session_vwap) > 0:
        whole = state.of[s].session_volume
        out.session_vwap[at] = state.of[s].session_value / whole if whole > 0 else nan


def bounce(i: int, s: int, number: int, at: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute whose side traded and how prices jump between bid and ask."""
    price = traded(i, rows, settings)[3]
    middle = (rows.a[i] + rows.b[i]) / 2 if settings.shape == QUOTES | TRADES else nan
    bounced = False
    move = price - state.of[s].traded if number > 0 else 0.0
    if move != 0:
        direction = 1 if move > 0 else -1
        bounced = state.of[s].direction == -direction
        state.of[s].direction = direction
    sign = state.of[s].direction
    if price > middle:
        sign = 1
    elif price < middle:
        sign = -1
    put(out.trade_sign, at, sign)
    put(out.effective_spread, at, 2 * abs(price - middle))
    put(out.is_bounce, at, bounced)
    if len(out.roll_spread) > 0:
        spread = nan
        if number > 1:
            state.of[s].products += move * state.of[s].move
            mean = state.of[s].products / (number - 1)
            spread = 2 * sqrt(-mean) if mean < 0 else nan
        out.roll_spread[at] = spread
        state.of[s].move = move
    state.of[s].traded = price


def into_bar(i: int, s: int, rows: Rows, settings: Settings, state: State, bars: Array) -> None:
    """Take a row into the larger bar that is open."""
    adjusted = rows.f[i] if settings.shape == BARS else nan
    times = rows.ts[i], rows.known[i]
    larger_bar(s, times, traded(i, rows, settings), units(i, rows, settings), adjusted, settings, state, bars)
