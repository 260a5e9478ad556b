"""Compile the row by row functions with numba, the extra ``fast``."""

from collections.abc import Callable
from functools import cache, cached_property, reduce
from importlib.util import find_spec
from threading import Lock
from types import FunctionType
from typing import Any

import attrs

from allause_enhancer.records import BARS, QUOTES, TRADES, Added, Array, Rows, Settings, State
from allause_enhancer.rows import intrinsics, kernel, open_bar, row_by_row, turns

#: Two threads that come first at once would each compile.
_ONE = Lock()


def available() -> bool:
    """Say whether numba is installed; nothing is imported."""
    return find_spec("numba") is not None


def warm() -> bool:
    """Say whether this process has compiled the functions before."""
    return _compiled.cache_info().currsize > 0


def compiled() -> Callable[..., None]:
    """Return ``kernel.run`` compiled; the first call takes ten seconds, or a minute where the machine is slow.

    The functions are compiled as copies that know each other, so the ones written stay plain Python. All are inlined
    into one, whose arrays are borrowed: numba would count references to each of them for every row.
    """
    with _ONE:
        return _compiled()


@cache
def tallying() -> Callable[..., None]:
    """Return ``kernel.tally`` compiled."""
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    answer: Callable[..., None] = njit(nogil=True)(kernel.tally)
    return answer


@cache
def _compiled() -> Callable[..., None]:
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    run, borrowed = _parts()["run"], intrinsics.borrowing()

    def entry(
        first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array
    ) -> None:
        run(first, end, last, borrowed(rows), settings, borrowed(state), borrowed(out), borrowed(bars))

    answer: Callable[..., None] = njit(nogil=True, error_model="numpy")(entry)
    return answer


@attrs.define(eq=False, slots=False)
class AtOnce:
    """Hold ``kernel.at_once`` compiled for arrays that lie at an address.

    Handing forty arrays over costs microseconds a call, a number next to nothing. So the arrays are described once in
    memory that the caller keeps, as he keeps the arrays: 64 bytes for each.

    Attributes:
        leave: describes them at an address.
    """

    _names: dict[str, Any]
    leave: Callable[[int, tuple[Any, ...]], None]

    @cached_property
    def run(self) -> Callable[[int, int, int], int]:
        """Take an address, the first row and the number of rows, and return how many answers were written."""
        run: Callable[[int, int, int], int] = self._directly("iii", _run)
        return run

    @cache  # noqa: B019 - there is one of each kind of arrays, and ``compiled_at_once`` keeps it anyway
    def single(self, shape: int, columns: tuple[int, ...]) -> Callable[..., tuple[Any, ...] | None]:
        """Return a function that enhances one row, given as numbers, and returns some columns; None for no answer.

        It takes an address at which stand the one where the arrays are described and the row's code, for each argument
        costs as much as a column; then the row's time and the figures that a shape has. It returns the answer's columns
        at those places of ``Added``.
        """
        function, figures = {BARS: (_bar, 6), QUOTES: (_quote, 4), TRADES: (_trade, 2)}[shape]
        self._names["found"] = _found(columns)
        return self._directly("ii" + "f" * figures, function)  # type: ignore[no-any-return]  # numba's

    def _directly(self, arguments: str, function: Any) -> Any:
        """Compile a function of integers, ``i``, and floats, ``f``.

        Its one form is called directly: numba's choice among forms costs as much as the work for an event.
        """
        from numba import njit, types  # noqa: PLC0415 - see above

        kinds = {"i": types.int64, "f": types.float64}
        copy = FunctionType(function.__code__, dict(self._names))
        forms: Any = njit(tuple(kinds[each] for each in arguments), error_model="numpy")(copy).overloads
        (form,) = forms.values()
        return form.entry_point


def _bar(door: int, time: int, a: float, b: float, c: float, d: float, e: float, f: float) -> tuple[Any, ...] | None:
    address, code = opened(door)  # type: ignore[name-defined]  # noqa: F821 - see AtOnce
    rows, settings, state, out, bars = taken(address)  # type: ignore[name-defined]  # noqa: F821 - the same
    rows.code[0], rows.ts[0] = code, time
    rows.a[0], rows.b[0], rows.c[0], rows.d[0], rows.e[0], rows.f[0] = a, b, c, d, e, f
    if at_once(0, 1, rows, settings, state, out, bars) == 0:  # type: ignore[name-defined]  # noqa: F821 - the same
        return None
    return found(out)  # type: ignore[name-defined, no-any-return]  # noqa: F821 - the same


def _quote(door: int, time: int, a: float, b: float, c: float, d: float) -> tuple[Any, ...] | None:
    address, code = opened(door)  # type: ignore[name-defined]  # noqa: F821 - see AtOnce
    rows, settings, state, out, bars = taken(address)  # type: ignore[name-defined]  # noqa: F821 - the same
    rows.code[0], rows.ts[0] = code, time
    rows.a[0], rows.b[0], rows.c[0], rows.d[0] = a, b, c, d
    if at_once(0, 1, rows, settings, state, out, bars) == 0:  # type: ignore[name-defined]  # noqa: F821 - the same
        return None
    return found(out)  # type: ignore[name-defined, no-any-return]  # noqa: F821 - the same


def _trade(door: int, time: int, e: float, f: float) -> tuple[Any, ...] | None:
    address, code = opened(door)  # type: ignore[name-defined]  # noqa: F821 - see AtOnce
    rows, settings, state, out, bars = taken(address)  # type: ignore[name-defined]  # noqa: F821 - the same
    rows.code[0], rows.ts[0] = code, time
    rows.e[0], rows.f[0] = e, f
    if at_once(0, 1, rows, settings, state, out, bars) == 0:  # type: ignore[name-defined]  # noqa: F821 - the same
        return None
    return found(out)  # type: ignore[name-defined, no-any-return]  # noqa: F821 - the same


def _found(columns: tuple[int, ...]) -> Any:
    """Return a compiled function that takes ``Added`` and returns the first value of some of its columns."""
    from numba import njit  # noqa: PLC0415 - see above

    def nothing(out: Added) -> tuple[Any, ...]:  # noqa: ARG001 - as each of them
        return ()

    def one_more(before: Any, column: int) -> Any:
        def found(out: Added) -> tuple[Any, ...]:
            return before(out) + (out[column][0],)  # type: ignore[no-any-return]  # noqa: RUF005 - numba knows no star

        return njit(found)

    return reduce(one_more, columns, njit(nothing))


def _run(address: int, begin: int, count: int) -> int:
    rows, settings, state, out, bars = taken(address)  # type: ignore[name-defined]  # noqa: F821 - see AtOnce
    return at_once(begin, count, rows, settings, state, out, bars)  # type: ignore[name-defined, no-any-return]  # noqa: F821 - the same


#: Numbers by the way to them: places within places of (rows, settings, state, added, bars), and of an array's struct.
Known = tuple[tuple[tuple[int, ...], int], ...]
#: Where an array's struct has its number of items, twice, and the bytes from one to the next.
_ITEMS, _SHAPE, _STRIDE = (2,), (5, 0), (6, 0)
_CONSTANT = ("shape", "hold", "sequenced", "unique", "interval", "stride", "carries")


def known(rows: Rows, settings: Settings, state: State, added: Added, bars: Array) -> Known:
    """Return what of these the compiler may rely on, so that it leaves out what is never asked for.

    That are the columns without items, how items lie, and settings that decide what is done at all.
    """
    found: dict[tuple[int, ...], int] = {}
    arrays = {(place, at): one for place, many in ((0, rows), (2, state), (3, added)) for at, one in enumerate(many)}
    for way, array in (arrays | {(4,): bars}).items():
        found[way + _STRIDE] = array.strides[0]
        if len(array) == 0:
            found[way + _ITEMS] = found[way + _SHAPE] = 0
    for at, name in enumerate(Settings._fields):
        if name in _CONSTANT or not getattr(settings, name):
            found[1, at] = int(getattr(settings, name))
    return tuple(found.items())


@cache
def compiled_at_once(kind: Any, known: Known) -> AtOnce:
    """Return ``kernel.at_once`` for ``kind``, numba's type of (rows, settings, state, added, bars)."""
    from numba import njit  # noqa: PLC0415 - see above

    borrowed, (left, taken) = intrinsics.borrowing(), intrinsics.keeping(kind, dict(known))

    def leave(address: int, things: tuple[Any, ...]) -> None:
        left(address, borrowed(things))

    return AtOnce({"at_once": _parts()["at_once"], "taken": taken, "opened": intrinsics.opening()}, njit(leave))


@cache
def _parts() -> dict[str, Any]:
    from numba import njit, types  # noqa: PLC0415 - see above

    names: dict[str, Any] = {**vars(open_bar), **vars(row_by_row), **vars(turns), **vars(kernel)}
    names["place"] = types.uint64
    for part in kernel.PARTS:
        copy = FunctionType(part.__code__, names, part.__name__)
        how: dict[str, Any] = {"forceinline": True} if part in kernel.LARGE else {"inline": "always"}
        names[part.__name__] = njit(error_model="numpy", **how)(copy)
    return names
