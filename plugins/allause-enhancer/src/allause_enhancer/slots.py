"""Slots for a few events and their answers: packed records where the functions are compiled, lists where not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from struct import Struct
from typing import Any

import msgspec

from allause_enhancer import compiling, kernel, memory
from allause_enhancer.columns import BY_NAME
from allause_enhancer.exchange import Market
from allause_enhancer.records import Added, LargerBar, Rows, Settings, State

OnEvent = Callable[[Any], Any]
#: How ``struct`` writes a column.
_CODES = {"int64": "q", "float64": "d", "int8": "b", "bool": "?"}
_LEAST = 16  # symbols
_COMPILED = """
def enhance(address, {fields}):
    rows, settings, state, out, bars = taken(address)
    {stores}
    return at_once(0, 1, rows, settings, state, out, bars), {found}
"""
_CALLING = """
def on_event(event):
    written, {columns} = enhance(address, codes[event.symbol], {values})
    return answer(event, {columns}) if written else None
"""


class _Slots:
    """Hold what both have: a memory of symbols that grows by doubling.

    Attributes:
        capacity: number of slots.
    """

    make: memory.Make

    def __init__(self, market: Market, settings: Settings, names: Sequence[str], capacity: int) -> None:
        self.capacity = capacity
        self._figures = market.figures
        self._names = names
        self._settings = settings
        self._room = _LEAST
        self._state: State = memory.state(_LEAST, settings, self.make)
        self._bars = memory.records(0, LargerBar, self.make)

    def admit(self, symbols: int) -> None:
        """Have room for so many symbols."""
        while symbols > self._room:
            more = memory.state(self._room, self._settings, self.make)
            self._state = memory.grown(self._state, more)
            self._room *= 2
            self._moved()

    def total(self, name: str) -> int:
        """Return the sum of a count over all symbols."""
        return memory.total(self._state, name)

    def prepare(self) -> None:
        """Do what ``run`` would do the first time."""

    def _moved(self) -> None:
        """Take note that the memory of the symbols is elsewhere."""


class ListedSlots(_Slots):
    """Hold lists and interpret."""

    make = staticmethod(memory.listed)

    def __init__(self, market: Market, settings: Settings, names: Sequence[str], capacity: int) -> None:
        super().__init__(market, settings, names, capacity)
        kinds = ("int64",) * 4 + ("float64",) * 6
        self._rows = Rows(*(memory.listed(capacity, kind, 0) for kind in kinds))
        self._out = memory.added(capacity, names, memory.listed)

    def write(self, codes: Iterable[int], fields: Iterable[Sequence[Any]]) -> None:
        """Write events into the first slots: codes, and the fields of the structs."""
        for place, (code, (_, ts_event, ts_init, *values)) in enumerate(zip(codes, fields, strict=True)):
            given = iter(values)
            figures = (next(given) if name else 0.0 for name in self._figures)
            for column, value in zip(self._rows, (code, ts_event, ts_event, ts_init, *figures), strict=True):
                column[place] = value

    def run(self, begin: int, count: int) -> int:
        """Enhance the events of some slots and return how many answers there are."""
        return kernel.at_once(begin, count, self._rows, self._settings, self._state, self._out, self._bars)

    def answered(self, count: int) -> list[tuple[Any, ...]]:
        """Return the answers, the slot of its event first in each."""
        columns = [getattr(self._out, name)[:count] for name in ("row", *self._names)]
        return list(zip(*columns, strict=True))

    def single(self, codes: Mapping[str, int], answer: type[msgspec.Struct]) -> OnEvent:
        """Return a function that enhances one event."""

        def on_event(event: msgspec.Struct) -> msgspec.Struct | None:
            fields = msgspec.structs.astuple(event)
            self.write((codes[fields[0]],), (fields,))
            return answer(event, *self.answered(1)[0][1:]) if self.run(0, 1) else None

        return on_event


class PackedSlots(_Slots):
    """Hold records of a fixed size and compile.

    Attributes:
        records: one record for each slot, to be written: ``code`` of the symbol, the two times, the figures of the
            event; a numpy array.
        answers: the answers from the first slot on: the columns, and ``row``, the slot of the event; a numpy array.
    """

    make = staticmethod(memory.packed)

    def __init__(self, market: Market, settings: Settings, names: Sequence[str], capacity: int) -> None:
        import numpy as np  # noqa: PLC0415 - comes with the extra

        super().__init__(market, settings, names, capacity)
        times, figures = ("code", "ts_event", "ts_init"), [name for name in market.figures if name]
        fields = np.dtype([*((name, "i8") for name in times), *((name, "f8") for name in figures)])
        kinds = [BY_NAME[name].kind for name in names]
        padding = -sum(_CODES[kind] in "b?" for kind in kinds) % 8
        columns = [("row", "i8"), *zip(names, kinds, strict=True), *([("", f"V{padding}")] if padding else [])]
        # arrays over bytes of ours, which ``struct`` writes and reads faster than those of an array
        self._written, self._answered = (bytearray(capacity * np.dtype(each).itemsize) for each in (fields, columns))
        self.records, self.answers = np.frombuffer(self._written, fields), np.frombuffer(self._answered, columns)
        self._write = Struct("3q" + "d" * len(figures))
        codes = "".join(_CODES[kind] for kind in kinds) + "x" * padding
        self._read = Struct("q" + codes)
        none = self.records["ts_init"][:0].view("f8"), np.zeros(1, "f8")[:0]
        read = {name: self.records[name] for name in (*times, *figures)}
        self._rows = Rows(
            read["code"], read["ts_event"], read["ts_event"], read["ts_init"],
            *(read.get(name, none[0]) for name in market.figures),
        )  # fmt: skip
        self._out = Added(*(self.answers[name] if name in {"row", *names} else none[1] for name in Added._fields))
        self._things: tuple[Any, ...] = ()
        self._moved()

    def _moved(self) -> None:
        """Describe the arrays to the compiled functions once, in memory that stays where it is."""
        import numpy as np  # noqa: PLC0415 - comes with the extra
        from numba import typeof  # noqa: PLC0415 - the same

        things = (self._rows, self._settings, self._state, self._out, self._bars)
        self._at_once = compiling.compiled_at_once(typeof(things))
        if not self._things:
            self._described = np.zeros(8 * sum(map(len, things[:4])) + 8, "i8")
            self._address = self._described.ctypes.data
        self._at_once.leave(self._address, things)
        self._things = things  # kept: nobody else does

    def prepare(self) -> None:
        """Compile ``run``, which takes seconds, once for a process and choice of columns."""
        _ = self._at_once.run

    def write(self, codes: Iterable[int], fields: Iterable[Sequence[Any]]) -> None:
        """Write events into the first slots: codes, and the fields of the structs."""
        pack, buffer, size = self._write.pack_into, self._written, self._write.size
        at = 0
        for code, each in zip(codes, fields, strict=True):
            pack(buffer, at, code, *each[1:])
            at += size

    def run(self, begin: int, count: int) -> int:
        """Enhance the events of some slots and return how many answers there are."""
        return self._at_once.run(self._address, begin, count)

    def answered(self, count: int) -> Iterable[tuple[Any, ...]]:
        """Return the answers, the slot of its event first in each."""
        return self._read.iter_unpack(memoryview(self._answered)[: count * self._read.size])

    def single(self, codes: Mapping[str, int], answer: type[msgspec.Struct]) -> OnEvent:
        """Return a function that enhances one event.

        The fields of the event are written out as arguments of a compiled function, and the columns as what it
        returns: to pack and unpack a record takes longer than all the rest.
        """
        figures = {name: column for name, column in zip(self._figures, Rows._fields[4:], strict=True) if name}
        columns = {"code": "code", "ts_event": "ts", "ts_init": "known", **figures}
        compiled = _COMPILED.format(
            fields=", ".join(columns),
            stores="; ".join(f"rows.{column}[0] = {field}" for field, column in columns.items()),
            found=", ".join(f"out.{name}[0]" for name in self._names),
        )
        calling = _CALLING.format(
            columns=", ".join(self._names), values=", ".join(f"event.{name}" for name in columns if name != "code")
        )
        enhance = _enhance(self._at_once, compiled, "iiii" + "f" * len(figures))
        names = {"enhance": enhance, "codes": codes, "answer": answer, "address": self._address}
        return _written(calling, names, "on_event")


@cache
def _enhance(at_once: compiling.AtOnce, source: str, arguments: str) -> OnEvent:
    return at_once.directly(arguments, _written(source, at_once.names, "enhance"))  # type: ignore[no-any-return]  # numba's


def _written(source: str, names: Mapping[str, Any], name: str) -> OnEvent:
    """Return a function of a source made of names of our own tables, as attrs and dataclasses make theirs."""
    scope = dict(names)
    exec(source, scope)  # noqa: S102 - see above
    return scope[name]  # type: ignore[no-any-return]  # the source defines it
