"""Compile the row by row functions with numba, the extra ``fast``.

The functions are compiled as copies that know each other, so the ones written stay plain Python. Each is compiled once,
for things that are described in memory (see ``allause_enhancer.rows.described``), and LLVM puts all into one.
"""

from collections.abc import Callable
from functools import cache, cached_property
from importlib.util import find_spec
from os import environ
from threading import Lock
from types import FunctionType
from typing import Any

import attrs

from allause_enhancer.records import BARS, QUOTES, TRADES, Added, Array, Rows, Settings, State
from allause_enhancer.rows import kernel, open_bar, row_by_row, turns
from allause_enhancer.rows.layout import Layout, address_of, described, layout
from allause_enhancer.rows.translation import is_kept, translated

#: Two threads that come first at once would each compile.
_ONE = Lock()


def available() -> bool:
    """Say whether numba is installed and may compile; nothing is imported."""
    return not lacking()


def lacking() -> str:
    """Return why numba cannot be had; empty when it can."""
    if find_spec("numba") is None:
        return "numba is not installed (allause-enhancer[fast])"
    if environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}:
        return "numba may not compile (NUMBA_DISABLE_JIT is set)"
    return ""


def warm() -> bool:
    """Say whether this process has compiled the functions for tables, or loaded them."""
    return _table.cache_info().currsize > 0


def kept() -> bool:
    """Say whether any process has kept the functions for tables, of this version or of one before; imports numba."""
    return is_kept(_of_a_table)


def compiled() -> Callable[..., None]:
    """Return ``kernel.run`` compiled; the first call compiles, unless an earlier process has."""
    return _run


def tallying() -> Callable[..., None]:
    """Return ``kernel.tally`` compiled."""
    return _tally


def _run(
    first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array
) -> None:
    things = rows, settings, state, out, bars
    with _ONE:
        function = _table(layout(things))
    words = described(things)
    function(first, end, last, address_of(words))


def _tally(begin: int, end: int, codes: Array, counts: Array) -> None:
    with _ONE:
        function = _counts(layout((codes, counts)))
    words = described((codes, counts))
    function(begin, end, address_of(words))


@cache
def _table(layout: Layout) -> Callable[..., None]:
    return translated("iiii", _of_a_table, _names(layout), layout, nogil=True)


@cache
def _counts(layout: Layout) -> Callable[..., None]:
    return translated("iii", _of_symbols, _names(layout), layout, nogil=True)


@attrs.define(eq=False, slots=False)
class AtOnce:
    """Hold ``kernel.at_once`` compiled for arrays that stay where they are.

    Handing forty arrays over costs microseconds a call, a number next to nothing. So the arrays are described once, in
    memory that the caller keeps, as he keeps the arrays.
    """

    _layout: Layout

    @cached_property
    def run(self) -> Callable[[int, int, int], int]:
        """Take an address, the first row and the number of rows, and return how many answers were written."""
        return translated("iii", _records, _names(self._layout), self._layout)

    @cache  # noqa: B019 - there is one of each layout, and ``compiled_at_once`` keeps it anyway
    def single(self, shape: int, columns: tuple[int, ...]) -> Callable[..., tuple[Any, ...] | None]:
        """Return a function that enhances one row, given as numbers, and returns some columns; None for no answer.

        It takes an address at which stand the one where the arrays are described and the row's code, for each argument
        costs as much as a column; then the row's time and the figures that a shape has. It returns the answer's columns
        at those places of ``Added``.
        """
        from allause_enhancer.rows import described as types  # noqa: PLC0415 - imports numba, which is slow

        function, figures = {BARS: (_bar, 6), QUOTES: (_quote, 4), TRADES: (_trade, 2)}[shape]
        names = _names(self._layout) | {"opened": types.opened, "found": types.finding(columns)}
        return translated("ii" + "f" * figures, function, names, (self._layout, columns))


@cache
def compiled_at_once(layout: Layout) -> AtOnce:
    """Return ``kernel.at_once`` for things that lie so."""
    return AtOnce(layout)


def _names(layout: Layout) -> dict[str, Any]:
    """Return the parts, and what takes things that lie so."""
    from allause_enhancer.rows import described as types  # noqa: PLC0415 - imports numba, which is slow

    return _parts() | {"taken": types.taking(layout)}


@cache
def _parts() -> dict[str, Any]:
    from numba import njit, types  # noqa: PLC0415 - an extra, and slow to import

    names: dict[str, Any] = {**vars(open_bar), **vars(row_by_row), **vars(turns), **vars(kernel)}
    names["integer"] = types.int64
    how: dict[str, Any] = {"error_model": "numpy", "forceinline": True}
    how |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python calls none of them
    for part in kernel.PARTS:
        names[part.__name__] = njit(**how)(FunctionType(part.__code__, names, part.__name__))
    return names


# What follows is compiled with the names of ``_names`` and called by no one else.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"


def _of_a_table(first: int, end: int, last: int, address: int) -> None:
    rows, settings, state, out, bars = taken(address)
    run(first, end, last, rows, settings, state, out, bars)


def _of_symbols(begin: int, end: int, address: int) -> None:
    codes, counts = taken(address)
    tally(begin, end, codes, counts)


def _records(address: int, begin: int, count: int) -> int:
    rows, settings, state, out, bars = taken(address)
    return at_once(begin, count, rows, settings, state, out, bars)


def _bar(door: int, time: int, a: float, b: float, c: float, d: float, e: float, f: float) -> tuple[Any, ...] | None:
    address, code = opened(door)
    rows, settings, state, out, bars = taken(address)
    rows.code[0], rows.ts[0] = code, time
    rows.a[0], rows.b[0], rows.c[0], rows.d[0], rows.e[0], rows.f[0] = a, b, c, d, e, f
    return found(out) if one(0, rows, settings, state, out, bars) else None


def _quote(door: int, time: int, a: float, b: float, c: float, d: float) -> tuple[Any, ...] | None:
    address, code = opened(door)
    rows, settings, state, out, bars = taken(address)
    rows.code[0], rows.ts[0] = code, time
    rows.a[0], rows.b[0], rows.c[0], rows.d[0] = a, b, c, d
    return found(out) if one(0, rows, settings, state, out, bars) else None


def _trade(door: int, time: int, e: float, f: float) -> tuple[Any, ...] | None:
    address, code = opened(door)
    rows, settings, state, out, bars = taken(address)
    rows.code[0], rows.ts[0] = code, time
    rows.e[0], rows.f[0] = e, f
    return found(out) if one(0, rows, settings, state, out, bars) else None
