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

    names: dict[str, Any] = {**vars(row_by_row), **vars(kernel)}
    for part in kernel.PARTS:
        copy = FunctionType(part.__code__, names, part.__name__)
        names[part.__name__] = njit(error_model="numpy", inline="always")(copy)
    run, borrowed = names["run"], _borrowing()

    def entry(
        first: int, end: int, last: int, rows: Rows, settings: Settings, state: State, out: Added, bars: Array
    ) -> None:
        run(first, end, last, borrowed(rows), settings, borrowed(state), borrowed(out), borrowed(bars))

    answer: Callable[..., None] = njit(nogil=True, error_model="numpy")(entry)
    return answer


def _borrowing() -> Any:
    """Return a function of compiled code: the same arrays, owned by nobody; the caller keeps them alive."""
    from numba.core import cgutils, types  # noqa: PLC0415 - see above
    from numba.extending import intrinsic  # noqa: PLC0415 - see above

    def disown(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        array = context.make_array(kind)(context, builder, value=value)
        for owner in ("meminfo", "parent"):
            nothing = cgutils.get_null_value(getattr(array, owner).type)  # type: ignore[no-untyped-call]  # numba's
            setattr(array, owner, nothing)
        return array._getvalue()  # noqa: SLF001 - how numba's own code reads it

    @intrinsic
    def borrowed(typing_context: Any, thing: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind, value = signature.args[0], arguments[0]
            if isinstance(kind, types.Array):
                return disown(context, builder, kind, value)
            for at, each in enumerate(kind.types):
                member = disown(context, builder, each, builder.extract_value(value, at))
                value = builder.insert_value(value, member, at)
            return value

        return thing(thing), generate

    return borrowed
