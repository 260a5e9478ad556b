"""Types of compiled code for what is described in memory; importing this imports numba.

To numba, forty arrays are hundreds of numbers that every call hands over, counts references to and takes apart again.
Here a thing is one address. What lies there does not change while a function runs, and LLVM is told so: it is read
once, before all loops.
"""

# numba's own interface has no types, and hands everything over whether it is needed or not
# mypy: disable-error-code="no-untyped-call, untyped-decorator, override"
# ruff: noqa: ARG001, ARG002

import operator
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import from_dtype, types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
)

from allause_enhancer.rows.layout import WORDS, Field, Layout

_WORD, _BYTE = ir.IntType(64), ir.IntType(8)
_SCALARS = {bool: types.boolean, int: types.int64, float: types.float64}


class Column(types.Type):
    """Be an array of one dimension, owned by nobody and never asked with a place below 0."""

    def __init__(self, field: Field) -> None:
        self.dtype = from_dtype(field.kind)
        self.item = types.int64 if isinstance(self.dtype, types.Integer) else self.dtype
        self.stride, self.items = field.stride, field.known
        super().__init__(f"Column({_digest(field)})")

    @property
    def key(self) -> Any:
        """Return what makes two types equal."""
        return self.dtype, self.stride, self.items


class Thing(types.Type):
    """Be a record of arrays or settings that is described at an address."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self.places = {field.name: at for at, field in enumerate(fields)}
        self.kinds = {field.name: _type_of(field) for field in fields}
        super().__init__(f"Thing({_digest(fields)})")

    @property
    def key(self) -> Any:
        """Return what makes two types equal."""
        return self.fields


@register_model(Column)
class _ColumnModel(models.StructModel):
    def __init__(self, manager: Any, kind: Column) -> None:
        super().__init__(manager, kind, [("data", types.voidptr), ("items", types.int64)])


@register_model(Thing)
class _ThingModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Thing) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


def _digest(what: object) -> str:
    """Return a short name: what is compiled is named after its types, many times over."""
    return sha256(repr(what).encode()).hexdigest()[:12]


def _type_of(field: Field) -> Any:
    return _SCALARS.get(field.kind) or Column(field)


def _load(builder: Any, kind: Any, pointer: Any) -> Any:
    value = builder.load(pointer if kind is _WORD else builder.bitcast(pointer, kind.as_pointer()))
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


def _read(context: Any, builder: Any, kind: Any, field: Field, slot: Any) -> Any:
    """Generate what reads an array or a setting."""
    if not isinstance(kind, Column):
        if field.known is not None:
            return context.get_constant(kind, field.known)
        word = _load(builder, ir.DoubleType() if kind is types.float64 else _WORD, slot)
        return builder.trunc(word, ir.IntType(1)) if kind is types.boolean else word
    data = _load(builder, _BYTE.as_pointer(), slot)
    if field.known is None:
        items = _load(builder, _WORD, builder.gep(slot, [ir.Constant(_WORD, 1)]))
    else:
        items = ir.Constant(_WORD, int(field.known))
    value = ir.Constant(context.get_value_type(kind), ir.Undefined)
    return builder.insert_value(builder.insert_value(value, data, 0), items, 1)


@infer_getattr
class _Attributes(AttributeTemplate):
    key = Thing

    def generic_resolve(self, kind: Thing, name: str) -> Any:
        return kind.kinds.get(name)


@lower_getattr_generic(Thing)
def _attribute(context: Any, builder: Any, kind: Thing, value: Any, name: str) -> Any:
    at = kind.places[name]
    return _read(
        context, builder, kind.kinds[name], kind.fields[at], builder.gep(value, [ir.Constant(_WORD, WORDS * at)])
    )


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], Column):
            return signature(types.intp, args[0])
        return None


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Column) and isinstance(args[1], types.Integer):
            return signature(args[0].item, args[0], types.int64)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Column) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], types.int64, args[0].item)
        return None


def _pointer(context: Any, builder: Any, kind: Column, column: Any, place: Any) -> Any:
    off = builder.mul(place, ir.Constant(_WORD, kind.stride))
    pointer = builder.gep(builder.extract_value(column, 0), [off], inbounds=True)
    return builder.bitcast(pointer, context.get_data_type(kind.dtype).as_pointer())


@lower_builtin(len, Column)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.extract_value(args[0], 1)


@lower_builtin(operator.getitem, Column, types.Integer)
def _item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _stored(context, builder, sig.args[0], *args)


def _stored(context: Any, builder: Any, kind: Column, column: Any, place: Any) -> Any:
    value = context.unpack_value(builder, kind.dtype, _pointer(context, builder, kind, column, place))
    return value if kind.item is kind.dtype else context.cast(builder, value, kind.dtype, kind.item)


@lower_builtin(operator.setitem, Column, types.Integer, types.Any)
def _set_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    column, place, value = args
    kind = sig.args[0]
    if kind.item is not kind.dtype:
        value = context.cast(builder, value, kind.item, kind.dtype)
    context.pack_value(builder, kind.dtype, value, _pointer(context, builder, kind, column, place))
    return context.get_dummy_value()


def taking(layout: Layout) -> Any:
    """Return a function of compiled code: the things described at an address."""
    kinds = [Column(fields[0]) if not fields[0].name else Thing(fields) for fields in layout]

    @intrinsic
    def taken(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            pointer, at, found = builder.inttoptr(arguments[0], _WORD.as_pointer()), 0, []
            for fields, kind in zip(layout, kinds, strict=True):
                slot = builder.gep(pointer, [ir.Constant(_WORD, WORDS * at)])
                found.append(slot if isinstance(kind, Thing) else _read(context, builder, kind, fields[0], slot))
                at += len(fields)
            return context.make_tuple(builder, sig.return_type, found)

        return types.Tuple(kinds)(address), generate

    return taken


@intrinsic
def opened(typing_context: Any, address: Any) -> Any:
    """Take the two integers at an address."""

    def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[0], _WORD.as_pointer())
        found = [builder.load(builder.gep(place, [ir.Constant(_WORD, at)])) for at in (0, 1)]
        return context.make_tuple(builder, sig.return_type, found)

    return types.UniTuple(types.int64, 2)(address), generate


def finding(columns: Sequence[int]) -> Any:
    """Return a function of compiled code: the first value of some columns of a thing."""

    @intrinsic
    def found(typing_context: Any, thing: Any) -> Any:
        fields = [thing.fields[at] for at in columns]

        def generate(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            values = []
            for field in fields:
                column, kind = _attribute(context, builder, thing, arguments[0], field.name), thing.kinds[field.name]
                values.append(_stored(context, builder, kind, column, ir.Constant(_WORD, 0)))
            return context.make_tuple(builder, sig.return_type, values)

        return types.Tuple([thing.kinds[field.name].item for field in fields])(thing), generate

    return found
