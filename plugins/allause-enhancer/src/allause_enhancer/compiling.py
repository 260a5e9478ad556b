"""Compile the row by row functions with numba, the extra ``fast``."""

from collections.abc import Callable
from functools import cache, cached_property
from importlib.util import find_spec
from threading import Lock
from types import FunctionType
from typing import Any

import attrs

from allause_enhancer import kernel, open_bar, row_by_row, turns
from allause_enhancer.records import Added, Array, Rows, Settings, State

#: Two threads that come first at once would each compile.
_ONE = Lock()


def available() -> bool:
    """Say whether numba is installed; nothing is imported."""
    return find_spec("numba") is not None


def warm() -> bool:
    """Say whether this process has compiled the functions before."""
    return _compiled.cache_info().currsize > 0


def compiled() -> Callable[..., None]:
    """Return ``kernel.run`` compiled; the first call for a shape of input takes seconds.

    The functions are compiled as copies that know each other, so the ones written stay plain Python. All are inlined
    into one, whose arrays are borrowed: numba would count references to each of them for every row.
    """
    with _ONE:
        return _compiled()


@cache
def _compiled() -> Callable[..., None]:
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    run, borrowed = _parts()["run"], _borrowing()

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
    def single(self, places: tuple[int, ...], columns: tuple[int, ...]) -> Callable[..., tuple[Any, ...] | None]:
        """Return a function that enhances one row, given as numbers, and returns some columns; None for no answer.

        It takes an address, the row's code, its time and the figures at those places of the six that ``Rows`` has, and
        returns the answer's columns at those places of ``Added``.
        """
        figures = ["abcdef"[place] for place in places]
        found = "".join(f"out[{column}][0], " for column in columns)
        source = f"""
def single(address, code, time, {", ".join(figures)}):
    rows, settings, state, out, bars = taken(address)
    rows.code[0] = code
    rows.ts[0] = time
    {"; ".join(f"rows.{figure}[0] = {figure}" for figure in figures)}
    if at_once(0, 1, rows, settings, state, out, bars) == 0:
        return None
    return ({found})
"""
        names: dict[str, Any] = {}
        exec(source, names)  # noqa: S102 - of numbers and six letters alone
        return self._directly("iii" + "f" * len(figures), names["single"])  # type: ignore[no-any-return]  # numba's

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


def _run(address: int, begin: int, count: int) -> int:
    rows, settings, state, out, bars = taken(address)  # type: ignore[name-defined]  # noqa: F821 - see AtOnce
    return at_once(begin, count, rows, settings, state, out, bars)  # type: ignore[name-defined, no-any-return]  # noqa: F821 - the same


@cache
def compiled_at_once(kind: Any) -> AtOnce:
    """Return ``kernel.at_once`` for ``kind``, numba's type of (rows, settings, state, added, bars)."""
    from numba import njit  # noqa: PLC0415 - see above

    borrowed, (left, taken) = _borrowing(), _keeping(kind)

    def leave(address: int, things: tuple[Any, ...]) -> None:
        left(address, borrowed(things))

    return AtOnce({"at_once": _parts()["at_once"], "taken": taken}, njit(leave))


@cache
def _parts() -> dict[str, Any]:
    from numba import njit  # noqa: PLC0415 - see above

    names: dict[str, Any] = {**vars(open_bar), **vars(row_by_row), **vars(turns), **vars(kernel)}
    for part in kernel.PARTS:
        copy = FunctionType(part.__code__, names, part.__name__)
        how: dict[str, Any] = {"forceinline": True} if part in kernel.LARGE else {"inline": "always"}
        names[part.__name__] = njit(error_model="numpy", **how)(copy)
    return names


def _borrowing() -> Any:
    """Return a function of compiled code: the same arrays, owned by nobody; the caller keeps them alive."""
    from numba.extending import intrinsic  # noqa: PLC0415 - see above

    @intrinsic
    def borrowed(typing_context: Any, thing: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _disowned(context, builder, signature.args[0], arguments[0])

        return thing(thing), generate

    return borrowed


def _disowned(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Generate the code that makes the arrays of a value owned by nobody, which the compiler then sees."""
    from numba.core import cgutils, types  # noqa: PLC0415 - see above

    if isinstance(kind, types.BaseTuple):
        for at, each in enumerate(kind.types):  # type: ignore[attr-defined]  # every one has them
            member = _disowned(context, builder, each, builder.extract_value(value, at))
            value = builder.insert_value(value, member, at)
        return value
    if not isinstance(kind, types.Array):
        return value
    array = context.make_array(kind)(context, builder, value=value)
    for owner in ("meminfo", "parent"):
        nothing = cgutils.get_null_value(getattr(array, owner).type)  # type: ignore[no-untyped-call]  # numba's
        setattr(array, owner, nothing)
    return array._getvalue()  # noqa: SLF001 - how numba's own code reads it


def _keeping(kind: Any) -> tuple[Any, Any]:
    """Return two functions of compiled code: leave a borrowed value of ``kind`` at an address, and take it again."""
    from llvmlite import ir  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with numba
    from numba.core import types  # noqa: PLC0415 - see above
    from numba.extending import intrinsic  # noqa: PLC0415 - see above

    @intrinsic
    def left(typing_context: Any, address: Any, thing: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            del signature
            place, value = arguments
            builder.store(value, builder.inttoptr(place, value.type.as_pointer()), align=8)
            return context.get_dummy_value()

        return types.void(address, thing), generate

    @intrinsic
    def taken(typing_context: Any, address: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            del signature
            value_type = context.get_value_type(kind)
            value = piecewise(builder, builder.inttoptr(arguments[0], value_type.as_pointer()), value_type)
            return _disowned(context, builder, kind, value)

        return kind(address), generate

    def piecewise(builder: Any, pointer: Any, value_type: Any) -> Any:
        """Load number by number: what is loaded as a whole stays in memory, and every use of it reads it again."""
        if not isinstance(value_type, ir.Aggregate):
            return builder.load(pointer)
        value = ir.Constant(value_type, ir.Undefined)
        for at, each in enumerate(value_type.elements if hasattr(value_type, "elements") else [value_type.element]):
            member = builder.gep(pointer, [ir.Constant(ir.IntType(32), number) for number in (0, at)], inbounds=True)
            value = builder.insert_value(value, piecewise(builder, member, each), at)
        return value

    return left, taken
