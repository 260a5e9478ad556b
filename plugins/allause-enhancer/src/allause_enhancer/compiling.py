"""Compile the row by row functions with numba, the extra ``fast``."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from types import FunctionType
from typing import Any

from allause_enhancer import kernel, row_by_row
from allause_enhancer.records import Added, Array, Rows, Settings, State


def available() -> bool:
    """Say whether numba is installed; nothing is imported."""
    return find_spec("numba") is not None


def warm() -> bool:
    """Say whether this process has compiled the functions before."""
    return compiled.cache_info().currsize > 0


@cache
def compiled() -> Callable[..., None]:
    """Return ``kernel.run`` compiled; the first call for a shape of input takes seconds.

    The functions are compiled as copies that know each other, so the ones written stay plain Python. All are inlined
    into one, whose arrays are borrowed: numba would count references to each of them for every row.
    """
    from numba import njit  # noqa: PLC0415 - an extra, and slow to import

    run, borrowed = _parts()["run"], _borrowing()

    def entry(
        first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array
    ) -> None:
        run(first, end, last, borrowed(rows), settings, borrowed(state), borrowed(out), borrowed(bars))

    answer: Callable[..., None] = njit(nogil=True, error_model="numpy")(entry)
    return answer


@cache
def compiled_at_once(kind: Any) -> tuple[Callable[..., None], Callable[[int, int, int], int]]:
    """Return two compiled functions: leave what ``kernel.at_once`` works on at an address; run it on what is there.

    Handing forty arrays over costs microseconds a call, a number next to nothing. So the arrays are described once in
    memory that the caller keeps, as he keeps the arrays: 64 bytes for each. The second function takes the address,
    the first row and the number of rows.

    Args:
        kind: numba's type of (rows, settings, state, added, bars).
    """
    from numba import njit  # noqa: PLC0415 - see above

    at_once, borrowed, (left, taken) = _parts()["at_once"], _borrowing(), _keeping(kind)

    def leave(address: int, things: Any) -> None:
        left(address, borrowed(things))

    def run(address: int, begin: int, count: int) -> int:
        rows, settings, state, out, bars = taken(address)
        written: int = at_once(begin, count, rows, settings, state, out, bars)
        return written

    return njit(leave), njit(error_model="numpy")(run)


@cache
def _parts() -> dict[str, Any]:
    from numba import njit  # noqa: PLC0415 - see above

    names: dict[str, Any] = {**vars(row_by_row), **vars(kernel)}
    for part in kernel.PARTS:
        copy = FunctionType(part.__code__, names, part.__name__)
        names[part.__name__] = njit(error_model="numpy", inline="always")(copy)
    return names


def _borrowing() -> Any:
    """Return a function of compiled code: the same arrays, owned by nobody; the caller keeps them alive."""
    from numba.core import cgutils, types  # noqa: PLC0415 - see above
    from numba.extending import intrinsic  # noqa: PLC0415 - see above

    def disown(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.BaseTuple):
            for at, each in enumerate(kind.types):
                member = disown(context, builder, each, builder.extract_value(value, at))
                value = builder.insert_value(value, member, at)
            return value
        if not isinstance(kind, types.Array):
            return value
        array = context.make_array(kind)(context, builder, value=value)
        for owner in ("meminfo", "parent"):
            nothing = cgutils.get_null_value(getattr(array, owner).type)  # type: ignore[no-untyped-call]  # numba's
            setattr(array, owner, nothing)
        return array._getvalue()  # noqa: SLF001 - how numba's own code reads it

    @intrinsic
    def borrowed(typing_context: Any, thing: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return disown(context, builder, signature.args[0], arguments[0])

        return thing(thing), generate

    return borrowed


def _keeping(kind: Any) -> tuple[Any, Any]:
    """Return two functions of compiled code: leave a borrowed value of ``kind`` at an address, and take it again."""
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
            pointer = context.get_value_type(kind).as_pointer()
            return builder.load(builder.inttoptr(arguments[0], pointer), align=8)

        return kind(address), generate

    return left, taken
