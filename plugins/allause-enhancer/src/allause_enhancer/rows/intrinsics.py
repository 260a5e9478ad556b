"""Generated code that numba has no words for: arrays owned by nobody, values left at an address and taken again."""

from collections.abc import Mapping
from typing import Any


def borrowing() -> Any:
    """Return a function of compiled code: the same arrays, owned by nobody; the caller keeps them alive."""
    from numba.extending import intrinsic  # noqa: PLC0415 - an extra, and slow to import

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


def opening() -> Any:
    """Return a function of compiled code: the two integers at an address."""
    from llvmlite import ir  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with numba
    from numba.core import types  # noqa: PLC0415 - see above
    from numba.extending import intrinsic  # noqa: PLC0415 - see above

    @intrinsic
    def opened(typing_context: Any, address: Any) -> Any:
        del typing_context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
            found = [builder.load(builder.gep(place, [ir.Constant(ir.IntType(64), at)])) for at in (0, 1)]
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(types.int64, 2)(address), generate  # type: ignore[no-untyped-call]  # numba's

    return opened


def keeping(kind: Any, known: Mapping[tuple[int, ...], int]) -> tuple[Any, Any]:
    """Return two functions of compiled code: leave a borrowed value of ``kind`` at an address, and take it again.

    What is known is not read again.
    """
    from llvmlite import ir  # noqa: PLC0415 - comes with numba
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
            value = piecewise(builder, builder.inttoptr(arguments[0], value_type.as_pointer()), value_type, ())
            return _disowned(context, builder, kind, value)

        return kind(address), generate

    def piecewise(builder: Any, pointer: Any, value_type: Any, way: tuple[int, ...]) -> Any:
        """Load number by number: what is loaded as a whole stays in memory, and every use of it reads it again."""
        if way in known:
            return ir.Constant(value_type, known[way])
        if not isinstance(value_type, ir.Aggregate):
            return builder.load(pointer)
        value = ir.Constant(value_type, ir.Undefined)
        for at, each in enumerate(value_type.elements if hasattr(value_type, "elements") else [value_type.element]):
            member = builder.gep(pointer, [ir.Constant(ir.IntType(32), number) for number in (0, at)], inbounds=True)
            value = builder.insert_value(value, piecewise(builder, member, each, (*way, at)), at)
        return value

    return left, taken
