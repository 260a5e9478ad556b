"""One pass in the order of arrival: a few rows of each symbol are held back until their turn has come.

No sort: live data and recordings of it are nearly ordered. A row that comes after its turn has passed is counted as
late and left out; whoever has all rows at hand sorts them then (see ``allause_enhancer.engine``).
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from math import inf
from types import FunctionType
from typing import Any

from allause_enhancer import row_by_row
from allause_enhancer.row_by_row import BARS, QUOTES, TRADES, Added, Array, Rows, Settings, State, emit, finish_bar


def good(i: int, rows: Rows, shape: int) -> bool:
    """Say whether the prices of a row are finite and positive, and its quote not crossed."""
    if shape == BARS:
        return (
            0 < rows.a[i] < inf and 0 < rows.b[i] < inf and 0 < rows.c[i] < inf and 0 < rows.d[i] < inf
        )  # NaN is not above 0
    if shape & QUOTES and not 0 < rows.a[i] <= rows.b[i] < inf:
        return False
    return not shape & TRADES or 0 < rows.e[i] < inf


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
    if settings.unique and (behind == 0 or (settings.sequenced and behind < 62 and (state.of[s].seen >> behind) & 1)):
        state.of[s].repeated += 1
    else:
        state.of[s].late += 1
    return True


def release(s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Handle the first row held back."""
    base = s * settings.hold
    row = state.held_row[base + state.of[s].head]
    state.of[s].head = around(state.of[s].head + 1, settings.hold)
    state.of[s].held -= 1
    emit(row, s, rows, settings, state, out, bars)


def drain(s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Handle the rows held back that follow the last one without a gap."""
    if settings.sequenced and state.of[s].count > 0:
        while state.of[s].held > 0 and state.held_key[s * settings.hold + state.of[s].head] == state.of[s].last_key + 1:
            release(s, rows, settings, state, out, bars)


def take(i: int, s: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array) -> None:
    """Handle a row at once if it is the next one, else put it among those held back."""
    key, hold = rows.key[i], settings.hold
    if passed(s, key, settings, state):
        return
    held, head, base = state.of[s].held, state.of[s].head, s * hold
    following = settings.sequenced and state.of[s].count > 0 and key == state.of[s].last_key + 1
    if hold == 0 or (held == 0 and following):
        emit(i, s, rows, settings, state, out, bars)
        return
    after = held
    while after > 0 and state.held_key[base + around(head + after - 1, hold)] > key:
        after -= 1
    if settings.unique and after > 0 and state.held_key[base + around(head + after - 1, hold)] == key:
        state.of[s].repeated += 1
        return
    if held == hold:
        if after == 0:
            emit(i, s, rows, settings, state, out, bars)
            drain(s, rows, settings, state, out, bars)
            return
        release(s, rows, settings, state, out, bars)
        held, head, after = held - 1, state.of[s].head, after - 1
    for j in range(held, after, -1):
        state.held_key[base + around(head + j, hold)] = state.held_key[base + around(head + j - 1, hold)]
        state.held_row[base + around(head + j, hold)] = state.held_row[base + around(head + j - 1, hold)]
    state.held_key[base + around(head + after, hold)] = key
    state.held_row[base + around(head + after, hold)] = i
    state.of[s].held = held + 1
    drain(s, rows, settings, state, out, bars)


def run(
    first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array
) -> None:
    """Handle the rows of the symbols ``first`` to ``end``; with ``last`` also those held back and the open bars."""
    for i in range(len(rows.code)):
        s = rows.code[i]
        if first <= s < end:
            if good(i, rows, settings.shape):
                take(i, s, rows, settings, state, out, bars)
            else:
                state.of[s].dropped += 1
    if last > 0:
        for s in range(first, end):
            while state.of[s].held > 0:
                release(s, rows, settings, state, out, bars)
            finish_bar(s, settings, state, bars)


_PARTS: tuple[Callable[..., Any], ...] = (
    row_by_row.put, row_by_row.quote, row_by_row.turn, row_by_row.roll, row_by_row.returns, row_by_row.averages,
    row_by_row.session, row_by_row.bounce, finish_bar, row_by_row.larger_bar, emit,
    good, around, passed, release, drain, take, run,
)  # fmt: skip


def available() -> bool:
    """Say whether numba, the extra ``fast``, is installed; nothing is imported."""
    return find_spec("numba") is not None


def warm() -> bool:
    """Say whether this process has compiled the functions before."""
    return compiled.cache_info().currsize > 0


@cache
def compiled() -> Callable[..., None]:
    """Return ``run`` compiled; the first call for a shape of input takes seconds.

    The functions are compiled as copies that know each other, so the ones written here stay plain Python.
    """
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    names: dict[str, Any] = {**vars(row_by_row), **globals()}
    for part in _PARTS:
        names[part.__name__] = njit(nogil=True, error_model="numpy")(FunctionType(part.__code__, names, part.__name__))
    compiled_run: Callable[..., None] = names["run"]
    return compiled_run
