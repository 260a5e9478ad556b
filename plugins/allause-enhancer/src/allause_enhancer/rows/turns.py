"""Rows whose turn has come: one at a time, or noted until there are some and then computed column by column.

One row is a long chain of figures each of which waits for another. Where one column is computed for all rows that are
due, a processor is at several of them at a time.
"""

from allause_enhancer.records import MEMORY, QUOTES, Added, Array, Rows, Settings, State
from allause_enhancer.rows.row_by_row import (
    bounce,
    deviation,
    into_bar,
    put,
    quote,
    reference,
    returns,
    series,
    session,
    time_average,
    volume_average,
)


def gap_before(s: int, key: int, settings: Settings, state: State) -> bool:
    """Say whether rows are missing before a key, and remember its number."""
    step = key - state.of[s].last_key
    if not settings.sequenced:
        return bool(state.of[s].count > 0 and 0 < settings.gap < step)
    if state.of[s].count == 0 or not 0 <= step < MEMORY:  # far apart, a difference is below 0
        state.of[s].seen = 1
    else:
        state.of[s].seen = ((state.of[s].seen << step) | 1) & ((1 << MEMORY) - 1)
    return bool(state.of[s].count > 0 and step != 1)


def carry(i: int, at: int, rows: Rows, out: Added) -> None:
    """Carry over what the row came with."""
    copy(i, at, rows.ts, out.ts)
    copy(i, at, rows.known, out.known)
    copy(i, at, rows.key, out.key)
    copy(i, at, rows.a, out.a)
    copy(i, at, rows.b, out.b)
    copy(i, at, rows.c, out.c)
    copy(i, at, rows.d, out.d)
    copy(i, at, rows.e, out.e)
    copy(i, at, rows.f, out.f)


def carry_all(due: int, rows: Rows, state: State, out: Added) -> None:
    """Carry over what the rows that are due came with."""
    copy_all(due, rows.ts, out.ts, state)
    copy_all(due, rows.known, out.known, state)
    copy_all(due, rows.key, out.key, state)
    copy_all(due, rows.a, out.a, state)
    copy_all(due, rows.b, out.b, state)
    copy_all(due, rows.c, out.c, state)
    copy_all(due, rows.d, out.d, state)
    copy_all(due, rows.e, out.e, state)
    copy_all(due, rows.f, out.f, state)


def copy_all(due: int, given: Array, column: Array, state: State) -> None:
    """Store what the rows that are due came with in a column that was asked for."""
    if len(column) > 0:
        for j in range(due):
            column[state.due_place[j]] = given[state.due_row[j]]


def copy(i: int, at: int, given: Array, column: Array) -> None:
    """Store what a row came with in a column that was asked for."""
    if len(column) > 0:
        column[at] = given[i]


def take(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added) -> int:
    """Take a row as the symbol's next one, and return its place in the output."""
    key = rows.key[i]
    gap = (settings.sequenced or len(out.is_gap) > 0) and gap_before(s, key, settings, state)
    at = enter(i, s, key, settings, state, out)
    put(out.is_gap, at, gap)
    return at


def enter(i: int, s: int, key: int, settings: Settings, state: State, out: Added) -> int:
    """Count a row as the symbol's last one, and return its place in the output."""
    at = int(state.of[s * settings.stride].place)
    state.of[s * settings.stride].place = at + 1
    put(out.row, at, i)
    state.of[s].count += 1
    state.of[s].last_key = key
    return at


def note(due: int, i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Take a row and note it behind the ``due`` ones."""
    state.due_row[due] = i
    state.due_code[due] = s
    state.due_number[due] = state.of[s].count
    state.due_place[due] = take(i, s, rows, settings, state, out)


def note_next(due: int, i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Do as ``note`` for a row that follows the symbol's last one by number, as most do: no gap is asked for."""
    state.due_row[due] = i
    state.due_code[due] = s
    state.due_number[due] = state.of[s].count
    state.of[s].seen = ((state.of[s].seen << 1) | 1) & ((1 << MEMORY) - 1)
    at = enter(i, s, rows.key[i], settings, state, out)
    put(out.is_gap, at, value=False)
    state.due_place[due] = at


def emit(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Take one row and compute its columns."""
    number = state.of[s].count
    at = take(i, s, rows, settings, state, out)
    if settings.carries:
        carry(i, at, rows, out)
    if settings.shape & QUOTES:
        quote(i, at, rows, out)
    price, before = reference(i, rows, settings), state.of[s].price
    state.of[s].price = price
    if changing(out):
        growth = price / before
        change = returns(at, growth, series(growth), out)
        if deviating(out):
            deviation(s, number, at, change, settings, state, out)
    if len(out.vwap) > 0:
        volume_average(i, s, at, rows, settings, state, out)
    if len(out.twap) > 0:
        time_average(s, number, at, rows.ts[i], before, state, out)
    if settings.session > 0:
        session(i, s, number, at, rows, settings, state, out)
    if bouncing(out):
        bounce(i, s, number, at, rows, settings, state, out)
    if settings.interval > 0:
        into_bar(i, s, rows, settings, state, bars)


def deviating(out: Added) -> bool:
    """Say whether a column of deviations was asked for."""
    return len(out.rolling_volatility) + len(out.is_outlier) > 0


def changing(out: Added) -> bool:
    """Say whether a column of returns or of their deviations was asked for."""
    return len(out.simple_return) + len(out.log_return) > 0 or deviating(out)


def bouncing(out: Added) -> bool:
    """Say whether a column of the bid-ask bounce was asked for."""
    return len(out.is_bounce) + len(out.trade_sign) + len(out.roll_spread) + len(out.effective_spread) > 0


def compute(due: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Compute the columns of the rows that are due, as ``emit`` does."""
    if settings.carries:
        carry_all(due, rows, state, out)
    if settings.shape & QUOTES:
        for j in range(due):
            quote(state.due_row[j], state.due_place[j], rows, out)
    changes(due, rows, settings, state, out)
    so_far(due, rows, settings, state, out)
    if settings.interval > 0:
        for j in range(due):
            into_bar(state.due_row[j], state.due_code[j], rows, settings, state, bars)


def changes(due: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute the columns of returns."""
    for j in range(due):
        price, s = reference(state.due_row[j], rows, settings), state.due_code[j]
        state.due_price[j], state.due_before[j] = price, state.of[s].price
        state.of[s].price = price
    if changing(out):
        # neither calls nor conditions: the compiler takes several rows at a time
        for j in range(due):
            growth = state.due_price[j] / state.due_before[j]
            state.due_growth[j], state.due_change[j] = growth, series(growth)
        for j in range(due):
            change = returns(state.due_place[j], state.due_growth[j], state.due_change[j], out)
            state.due_change[j] = change
    if deviating(out):
        for j in range(due):
            number, at = state.due_number[j], state.due_place[j]
            deviation(state.due_code[j], number, at, state.due_change[j], settings, state, out)


def so_far(due: int, rows: Rows, settings: Settings, state: State, out: Added) -> None:
    """Compute the columns that sum up what has come since the symbol's or the session's first row."""
    if len(out.vwap) > 0:
        for j in range(due):
            volume_average(state.due_row[j], state.due_code[j], state.due_place[j], rows, settings, state, out)
    if len(out.twap) > 0:
        for j in range(due):
            s, number, at, time = state.due_code[j], state.due_number[j], state.due_place[j], rows.ts[state.due_row[j]]
            time_average(s, number, at, time, state.due_before[j], state, out)
    if settings.session > 0:
        for j in range(due):
            i, s, number, at = state.due_row[j], state.due_code[j], state.due_number[j], state.due_place[j]
            session(i, s, number, at, rows, settings, state, out)
    if bouncing(out):
        for j in range(due):
            i, s, number, at = state.due_row[j], state.due_code[j], state.due_number[j], state.due_place[j]
            bounce(i, s, number, at, rows, settings, state, out)
