"""The larger bar of each symbol that is still open, row after row; interpreted and compiled as ``row_by_row`` is."""

from math import nan

from allause_enhancer.records import Array, Settings, State


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
    # no division for the many rows of the bar that is open
    if state.of[s].bar_rows > 0 and not 0 <= state.of[s].bar_end - time < settings.interval:
        finish_bar(s, settings, state, bars)
    if state.of[s].bar_rows == 0:
        state.of[s].bar_end = -((-time) // settings.interval) * settings.interval
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
    state.of[s].bar_volume += volume
    state.of[s].bar_value += volume * typical
    state.of[s].bar_rows += 1
