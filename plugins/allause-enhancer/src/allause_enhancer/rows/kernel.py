"""One pass in the order of arrival: a few rows of each symbol are held back until their turn has come.

No sort: live data and recordings of it are nearly ordered. A row that comes after its turn has passed is counted as
late and left out; whoever has all rows at hand sorts them then (see ``allause_enhancer.engine``).
"""

from collections.abc import Callable
from math import inf
from typing import Any

from allause_enhancer.records import BARS, MEMORY, QUOTES, TRADES, Added, Array, Rows, Settings, State
from allause_enhancer.rows import open_bar, row_by_row, turns
from allause_enhancer.rows.open_bar import finish_bar
from allause_enhancer.rows.turns import compute, emit, note, note_next


def integer(value: int) -> int:
    """Return it; compiled, a number like others, where all that takes a literal would be compiled for it once more."""
    return value


def tally(begin: int, end: int, codes: Array, counts: Array) -> None:
    """Count the rows of each symbol from ``begin`` to ``end``."""
    for i in range(begin, end):
        counts[codes[i]] += 1


def good(i: int, rows: Rows, shape: int) -> bool:
    """Say whether the prices of a row are finite and positive, and its quote not crossed."""
    if shape == BARS:
        # NaN is not above 0
        return bool(0 < rows.a[i] < inf and 0 < rows.b[i] < inf and 0 < rows.c[i] < inf and 0 < rows.d[i] < inf)
    if shape & QUOTES and not 0 < rows.a[i] <= rows.b[i] < inf:
        return False
    return bool(not shape & TRADES or 0 < rows.e[i] < inf)


def around(index: int, hold: int) -> int:
    """Return an index of a ring, from one of less than two rounds."""
    return index - hold if index >= hold else index


def passed(s: int, key: int, settings: Settings, state: State) -> bool:
    """Say whether the turn of a key has passed, and count why the row is left out."""
    if state.of[s].count == 0 or key > state.of[s].last_key:
        return False
    behind = state.of[s].last_key - key
    if behind == 0 and not settings.unique:
        return False
    # a difference of numbers from both ends of the range is below 0
    if settings.unique and (
        behind == 0 or (settings.sequenced and 0 < behind < MEMORY and (state.of[s].seen >> behind) & 1)
    ):
        state.of[s].repeated += 1
    else:
        state.of[s].late += 1
    return True


def hold_back(i: int, s: int, rows: Rows, settings: Settings, state: State) -> None:
    """Put a row among those held back, in the order of their keys, unless its turn has passed or its key is there."""
    key, room = rows.key[i], settings.hold + 1
    if passed(s, key, settings, state):
        return
    held, head, base = state.of[s].held, state.of[s].head, s * room
    after = held
    while after > 0 and state.held_key[base + around(head + after - 1, room)] > key:
        after -= 1
    if settings.unique and after > 0 and state.held_key[base + around(head + after - 1, room)] == key:
        state.of[s].repeated += 1
        return
    for j in range(held, after, -1):
        to, origin = base + around(head + j, room), base + around(head + j - 1, room)
        state.held_key[to] = state.held_key[origin]
        state.held_row[to] = state.held_row[origin]
    state.held_key[base + around(head + after, room)] = key
    state.held_row[base + around(head + after, room)] = i
    state.of[s].held = held + 1


def follows(s: int, key: int, settings: Settings, state: State) -> bool:
    """Say whether a row is the very next one and nothing is held back: most are, where rows have numbers."""
    if not settings.sequenced or state.of[s].held > 0 or state.of[s].count == 0:
        return False
    # nothing follows the largest number, though the least is what comes of adding 1
    return bool(key > state.of[s].last_key and key - state.of[s].last_key == 1)


def ready(s: int, hold: int, settings: Settings, state: State) -> bool:
    """Say whether the turn of the first row held back has come: too many are, or it follows the last one."""
    if state.of[s].held > hold:
        return True
    if not settings.sequenced or state.of[s].held == 0 or state.of[s].count == 0:
        return False
    following: bool = state.held_key[s * (settings.hold + 1) + state.of[s].head] == state.of[s].last_key + 1
    return following


def release(due: int, s: int, hold: int, rows: Rows, settings: Settings, state: State, out: Added) -> int:
    """Call the rows of a symbol whose turn has come, and return how many rows are due then."""
    while ready(s, hold, settings, state):
        head = state.of[s].head
        row = state.held_row[s * (settings.hold + 1) + head]
        state.of[s].head = around(head + 1, settings.hold + 1)
        state.of[s].held -= 1
        note(due, row, s, rows, settings, state, out)
        due += 1
    return due


def own(begin: int, stop: int, first: int, end: int, rows: Rows, state: State) -> int:
    """Note which rows are of the symbols ``first`` to ``end``, and return how many are.

    No branch: whose a row is cannot be foretold.
    """
    count = 0
    for i in range(begin, stop):
        state.own_row[count] = i
        count += first <= rows.code[i] < end
    return count


def run(first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Handle the rows of the symbols ``first`` to ``end``; with ``last`` also those held back and the open bars."""
    count, size = len(rows.code), len(state.own_row)
    begin, closed = integer(0), first
    while begin < count or (last > 0 and closed < end):
        due, stop = integer(0), min(begin + size, count)
        for k in range(own(begin, stop, first, end, rows, state)):
            i = state.own_row[k]
            s = int(rows.code[i])
            if not good(i, rows, settings.shape):
                state.of[s].dropped += 1
                continue
            if follows(s, rows.key[i], settings, state):
                note_next(due, i, s, rows, settings, state, out)
                due += 1
                continue  # nothing is held back, so nothing is released
            hold_back(i, s, rows, settings, state)
            due = release(due, s, settings.hold, rows, settings, state, out)
        if begin >= count:  # some symbols at a time, as there is room for some rows
            for s in range(closed, min(closed + size, end)):
                due = release(due, s, integer(0), rows, settings, state, out)
            closed += size
        begin += size
        compute(due, rows, settings, state, out, bars)
    if last > 0:
        for s in range(first, end):
            finish_bar(s, settings, state, bars)


def turn_of(i: int, rows: Rows, settings: Settings, state: State) -> bool:
    """Say whether a row comes in its turn and is good, and count why it is left out."""
    s = int(rows.code[i])
    if s < 0 or s >= len(state.of):
        return False
    if not good(i, rows, settings.shape):
        state.of[s].dropped += 1
        return False
    return not passed(s, rows.key[i], settings, state)


def one(i: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> bool:
    """Handle one row, not held back, and say whether there is an answer: what is noted would be read again at once."""
    if not turn_of(i, rows, settings, state):
        return False
    emit(i, int(rows.code[i]), rows, settings, state, out, bars)
    state.of[0].place = 0
    return True


def at_once(begin: int, count: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> int:
    """Handle ``count`` rows, none of them held back, and return how many answers were written; -1 without such rows."""
    if begin < 0 or count < 0 or begin + count > len(rows.code):
        return -1
    if count == 1:
        return int(one(begin, rows, settings, state, out, bars))
    size = len(state.own_row)
    for start in range(begin, begin + count, size):
        due = integer(0)
        for i in range(start, min(start + size, begin + count)):
            if turn_of(i, rows, settings, state):
                note(due, i, int(rows.code[i]), rows, settings, state, out)
                due += 1
        compute(due, rows, settings, state, out, bars)
    written = int(state.of[0].place)
    state.of[0].place = 0
    return written


#: All functions, each after those it calls.
PARTS: tuple[Callable[..., Any], ...] = (
    row_by_row.put, row_by_row.quote, row_by_row.series, row_by_row.logarithm, row_by_row.tail, row_by_row.turn,
    row_by_row.roll, row_by_row.reference, row_by_row.returns, row_by_row.deviation, row_by_row.traded,
    row_by_row.units, row_by_row.volume_average, row_by_row.time_average, row_by_row.session, row_by_row.bounce,
    finish_bar, open_bar.larger_bar, row_by_row.into_bar, turns.gap_before, turns.copy, turns.carry, turns.copy_all,
    turns.carry_all, turns.enter, turns.take, note, note_next, turns.deviating, turns.changing, turns.bouncing, emit,
    turns.changes, turns.so_far, compute,
    tally, good, around, passed, hold_back, follows, ready, release, own, run, turn_of, one, at_once,
)  # fmt: skip
