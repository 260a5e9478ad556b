"""Rows whose turn has come: they are noted, and when there are some, their columns are computed one by one."""

from allause_enhancer.records import MEMORY, QUOTES, Added, Array, Rows, Settings, State
from allause_enhancer.row_by_row import (
    bounces,
    deviations,
    into_bars,
    put,
    quotes,
    reference,
    returns,
    sessions,
    time_average,
    volume_average,
)


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


def copy(due: int, column: Array, given: Array, state: State) -> None:
    """Store what the rows came with in a column that was asked for."""
    if len(column) > 0:
        for j in range(due):
            column[state.due_place[j]] = given[state.due_row[j]]


def carry(due: int, rows: Rows, state: State, out: Added) -> None:
    """Carry over what the rows came with."""
    copy(due, out.ts, rows.ts, state)
    copy(due, out.known, rows.known, state)
    copy(due, out.key, rows.key, state)
    copy(due, out.a, rows.a, state)
    copy(due, out.b, rows.b, state)
    copy(due, out.c, rows.c, state)
    copy(due, out.d, rows.d, state)
    copy(due, out.e, rows.e, state)
    copy(due, out.f, rows.f, state)


def call(j: int, i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Note a row as the one with number ``j`` of those that are due: it is the symbol's next one."""
    key, at = rows.key[i], state.of[s * settings.stride].place
    state.of[s * settings.stride].place = at + 1
    state.due_row[j] = i
    state.due_code[j] = s
    state.due_place[j] = at
    state.due_number[j] = state.of[s].count
    out.row[at] = i
    if settings.sequenced or len(out.is_gap) > 0:
        put(out.is_gap, at, gap_before(s, key, settings, state))
    state.of[s].count += 1
    state.of[s].last_key = key


def compute(due: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Compute the columns of the rows that are due."""
    if settings.carries:
        carry(due, rows, state, out)
    if settings.shape & QUOTES:
        quotes(due, rows, state, out)
    looked_at = len(out.rolling_volatility) + len(out.is_outlier)
    changes = len(out.simple_return) + len(out.log_return) + looked_at
    if changes + len(out.twap) > 0:
        reference(due, rows, settings, state)
    if changes > 0:
        returns(due, state, out)
    if looked_at > 0:
        deviations(due, settings, state, out)
    so_far(due, rows, settings, state, out)
    if settings.interval > 0:
        into_bars(due, rows, settings, state, bars)


def so_far(due: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute the columns that sum up what has come since the symbol's or the session's first row."""
    if len(out.vwap) > 0:
        volume_average(due, rows, settings, state, out)
    if len(out.twap) > 0:
        time_average(due, rows, state, out)
    if settings.session > 0:
        sessions(due, rows, settings, state, out)
    if len(out.is_bounce) + len(out.trade_sign) + len(out.roll_spread) + len(out.effective_spread) > 0:
        bounces(due, rows, settings, state, out)
