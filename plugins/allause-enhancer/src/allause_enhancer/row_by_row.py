"""The meaning of every column, one row after the other: the same functions run interpreted and compiled.

A row of a symbol is handled when its turn has come; all that is remembered of the rows before it stands in ``State``.
So the answer cannot depend on how the rows were cut into chunks. Arrays are lists where the code is interpreted and
numpy arrays where numba has compiled it, and every one has one dimension.
"""

from math import inf, log, nan, sqrt
from typing import Any, NamedTuple

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


class State(NamedTuple):
    """Hold what is remembered, by symbol code; ``ring``, ``left_mean`` and ``left_m2`` have a window for each."""

    place: Array
    bar_place: Array
    count: Array
    last_key: Array
    seen: Array
    late: Array
    repeated: Array
    dropped: Array
    held: Array
    head: Array
    held_key: Array
    held_row: Array
    time: Array
    price: Array
    traded: Array
    slot: Array
    mean: Array
    m2: Array
    window_mean: Array
    deviation: Array
    ring: Array
    left_mean: Array
    left_m2: Array
    value: Array
    volume: Array
    weighted: Array
    elapsed: Array
    session: Array
    session_open: Array
    session_high: Array
    session_low: Array
    session_volume: Array
    session_value: Array
    direction: Array
    move: Array
    products: Array
    bar_end: Array
    bar_known: Array
    bar_open: Array
    bar_high: Array
    bar_low: Array
    bar_close: Array
    bar_volume: Array
    bar_value: Array
    bar_adjusted: Array
    bar_rows: Array


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


class Bars(NamedTuple):
    """Hold larger bars by column."""

    code: Array
    ts_event: Array
    ts_init: Array
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array
    adj_close: Array
    vwap: Array
    rows: Array


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
    state.slot[s] = 0
    state.mean[s] = 0.0
    state.m2[s] = 0.0


def roll(s: int, value: float, window: int, state: State) -> None:
    """Take a return into the window: mean and deviation of the last ``window`` ones, without any subtraction.

    The window is the tail of one block and the beginning of the next, each summed up on its own, so a figure depends
    on the window's values alone and a huge one leaves nothing behind.
    """
    if state.slot[s] == window:
        turn(s, window, state)
    j = state.slot[s]
    state.ring[s * window + j] = value
    off = value - state.mean[s]
    state.mean[s] += off / (j + 1)
    state.m2[s] += off * (value - state.mean[s])
    state.slot[s] = j + 1
    if state.count[s] < window:
        return
    mean, m2, older = state.mean[s], state.m2[s], window - j - 1
    if older > 0:
        at = s * window + j + 1
        off = state.left_mean[at] - mean
        m2 += state.left_m2[at] + off * off * older * (j + 1) / window
        mean += off * older / window
    state.window_mean[s] = mean
    state.deviation[s] = sqrt(m2 / (window - 1))


def returns(s: int, at: int, price: float, settings: Settings, state: State, out: Added) -> None:
    """Compute the returns, their deviation, and whether this one is far out."""
    change = growth = nan
    outlier = False
    if state.count[s] > 0:
        growth = price / state.price[s]
        change = log(growth) if growth > 0 else -inf
        distance = abs(change - state.window_mean[s])
        outlier = distance > settings.threshold * state.deviation[s] and distance > ROUNDING
        if len(out.rolling_volatility) > 0 or len(out.is_outlier) > 0:
            roll(s, change, settings.window, state)
    put(out.simple_return, at, growth - 1)
    put(out.log_return, at, change)
    put(out.rolling_volatility, at, state.deviation[s])
    put(out.is_outlier, at, outlier)


def averages(s: int, at: int, time: int, typical: float, volume: float, state: State, out: Added) -> None:
    """Compute the averages by volume and by time since the symbol's first row."""
    if len(out.vwap) > 0:
        if 0 < volume < 1e300:
            state.value[s] += volume * typical
            state.volume[s] += volume
        out.vwap[at] = state.value[s] / state.volume[s] if state.volume[s] > 0 else nan
    if len(out.twap) > 0:
        passed = time - state.time[s]
        if state.count[s] > 0 and passed > 0:
            state.weighted[s] += state.price[s] * passed
            state.elapsed[s] += passed
        out.twap[at] = state.weighted[s] / state.elapsed[s] if state.elapsed[s] > 0 else nan


def session(
    s: int, at: int, time: int, prices: tuple[float, float, float, float, float], volume: float,
    settings: Settings, state: State, out: Added,
) -> None:  # fmt: skip
    """Compute the statistics of the session so far."""
    opening, high, low, close, typical = prices
    number = (time - settings.session_start) // settings.session
    if state.count[s] == 0 or number != state.session[s]:
        state.session[s] = number
        state.session_open[s] = opening
        state.session_high[s] = high
        state.session_low[s] = low
        state.session_volume[s] = 0.0
        state.session_value[s] = 0.0
    state.session_high[s] = max(state.session_high[s], high)
    state.session_low[s] = min(state.session_low[s], low)
    if 0 < volume < 1e300:
        state.session_value[s] += volume * typical
        state.session_volume[s] += volume
    put(out.session, at, number)
    put(out.session_open, at, state.session_open[s])
    put(out.session_high, at, state.session_high[s])
    put(out.session_low, at, state.session_low[s])
    if len(out.session_return) > 0:
        out.session_return[at] = log(close / state.session_open[s])
    put(out.session_volume, at, state.session_volume[s])
    if len(out.session_vwap) > 0:
        units = state.session_volume[s]
        out.session_vwap[at] = state.session_value[s] / units if units > 0 else nan


def bounce(s: int, at: int, traded: float, middle: float, state: State, out: Added) -> None:
    """Compute whose side traded and how prices jump between bid and ask; ``middle`` is NaN without quotes."""
    bounced = False
    move = traded - state.traded[s] if state.count[s] > 0 else 0.0
    if move != 0:
        direction = 1 if move > 0 else -1
        bounced = state.direction[s] == -direction
        state.direction[s] = direction
    sign = state.direction[s]
    if traded > middle:
        sign = 1
    elif traded < middle:
        sign = -1
    put(out.trade_sign, at, sign)
    put(out.effective_spread, at, 2 * abs(traded - middle))
    put(out.is_bounce, at, bounced)
    if len(out.roll_spread) > 0:
        if state.count[s] > 1:
            state.products[s] += move * state.move[s]
            mean = state.products[s] / (state.count[s] - 1)
            out.roll_spread[at] = 2 * sqrt(-mean) if mean < 0 else nan
        else:
            out.roll_spread[at] = nan
        state.move[s] = move
    state.traded[s] = traded


def finish_bar(s: int, settings: Settings, state: State, bars: Bars) -> None:
    """Write the symbol's bar down."""
    if state.bar_rows[s] == 0:
        return
    at = state.bar_place[s * settings.stride]
    state.bar_place[s * settings.stride] = at + 1
    bars.code[at] = s
    bars.ts_event[at] = state.bar_end[s]
    bars.ts_init[at] = max(state.bar_known[s], state.bar_end[s])
    bars.open[at] = state.bar_open[s]
    bars.high[at] = state.bar_high[s]
    bars.low[at] = state.bar_low[s]
    bars.close[at] = state.bar_close[s]
    bars.volume[at] = state.bar_volume[s]
    bars.adj_close[at] = state.bar_adjusted[s]
    bars.vwap[at] = state.bar_value[s] / state.bar_volume[s] if state.bar_volume[s] > 0 else nan
    bars.rows[at] = state.bar_rows[s]
    state.bar_rows[s] = 0


def larger_bar(
    s: int, times: tuple[int, int], prices: tuple[float, float, float, float, float], volume: float, adjusted: float,
    settings: Settings, state: State, bars: Bars,
) -> None:  # fmt: skip
    """Take a row into the bar of the interval in which it ended."""
    time, known = times
    opening, high, low, close, typical = prices
    end = -((-time) // settings.interval) * settings.interval
    if state.bar_rows[s] > 0 and end != state.bar_end[s]:
        finish_bar(s, settings, state, bars)
    if state.bar_rows[s] == 0:
        state.bar_end[s] = end
        state.bar_known[s] = known
        state.bar_open[s] = opening
        state.bar_high[s] = high
        state.bar_low[s] = low
        state.bar_volume[s] = 0.0
        state.bar_value[s] = 0.0
    state.bar_known[s] = max(state.bar_known[s], known)
    state.bar_high[s] = max(state.bar_high[s], high)
    state.bar_low[s] = min(state.bar_low[s], low)
    state.bar_close[s] = close
    state.bar_adjusted[s] = adjusted
    if 0 < volume < 1e300:
        state.bar_volume[s] += volume
        state.bar_value[s] += volume * typical
    state.bar_rows[s] += 1


def emit(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Bars) -> None:
    """Compute the columns of the symbol's next row."""
    at = state.place[s * settings.stride]
    state.place[s * settings.stride] = at + 1
    time, key = rows.ts[i], rows.key[i]
    out.row[at] = i
    gap = False
    if state.count[s] > 0:
        step = key - state.last_key[s]
        if settings.sequenced:
            gap = step != 1
            state.seen[s] = ((state.seen[s] << step) | 1) & 0x3FFFFFFFFFFFFFFF if step < 62 else 1
        else:
            gap = 0 < settings.gap < step
    elif settings.sequenced:
        state.seen[s] = 1
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
    state.count[s] += 1
    state.last_key[s] = key
    state.time[s] = time
    state.price[s] = price
