"""Slots for a few rows and their answers: records of a fixed size where the functions are compiled, lists where not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from allause.stages import stage_of
from allause_enhancer.columns import BY_NAME
from allause_enhancer.records import Added, LargerBar, Rows, Settings, State
from allause_enhancer.rows import compiling, kernel, memory
from allause_enhancer.rows.layout import address_of, described, layout
from allause_enhancer.tables.exchange import Market

OnEvent = Callable[[Any], Any]
_LEAST = 16  # symbols


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
            self._state = memory.grown(self._state, more, self._settings, self.make)
            self._room *= 2
            self._moved()

    def total(self, name: str) -> int:
        """Return the sum of a count over all symbols."""
        return memory.total(self._state, name)

    def _moved(self) -> None:
        """Take note that the memory of the symbols is elsewhere."""


class ListedSlots(_Slots):
    """Hold lists and interpret."""

    make = staticmethod(memory.listed)

    def __init__(self, market: Market, settings: Settings, names: Sequence[str], capacity: int) -> None:
        super().__init__(market, settings, names, capacity)
        kinds = ("int64",) * 4 + ("float64",) * 6
        self._rows = Rows(*(memory.listed(capacity, kind, 0) for kind in kinds))
        self._out = memory.added(capacity, [*names, "row"], memory.listed)

    def run(self, begin: int, count: int) -> int:
        """Enhance the rows in some slots and return how many answers there are."""
        return kernel.at_once(begin, count, self._rows, self._settings, self._state, self._out, self._bars)

    def single(self, codes: Mapping[str, int], answer: type[msgspec.Struct]) -> OnEvent:
        """Return a function that enhances one event."""
        columns = [getattr(self._out, name) for name in self._names]

        def on_event(event: Any) -> msgspec.Struct | None:
            times = codes[event.symbol], event.ts_event, event.ts_event, event.ts_init
            figures = (getattr(event, name) if name else 0.0 for name in self._figures)
            for column, value in zip(self._rows, (*times, *figures), strict=True):
                column[0] = value
            return answer(event, *(column[0] for column in columns)) if self.run(0, 1) else None

        return on_event


class PackedSlots(_Slots):
    """Hold records of a fixed size and compile.

    Attributes:
        records: one record for each slot, to be written: ``code`` of the symbol, the two times, the figures of the
            event; a numpy array. A code that there is no room for is left out.
        answers: the answers from the first slot on: the columns, and ``row``, the slot of the event; a numpy array.
    """

    make = staticmethod(memory.packed)

    def __init__(self, market: Market, settings: Settings, names: Sequence[str], capacity: int) -> None:
        import numpy as np  # noqa: PLC0415 - comes with the extra

        super().__init__(market, settings, names, capacity)
        times, figures = ("code", "ts_event", "ts_init"), [name for name in market.figures if name]
        self.records = np.zeros(capacity, [*((name, "i8") for name in times), *((name, "f8") for name in figures)])
        kinds = [BY_NAME[name].kind for name in names]
        padding = -sum(kind in {"bool", "int8"} for kind in kinds) % 8
        columns = [("row", "i8"), *zip(names, kinds, strict=True), *([("", f"V{padding}")] if padding else [])]
        self.answers = np.zeros(capacity, columns)
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
        things = (self._rows, self._settings, self._state, self._out, self._bars)
        self._at_once = compiling.compiled_at_once(layout(things, for_good=True))
        words = described(things)
        if not self._things:
            self._described = words
            self._address = address_of(words)
        self._described[:] = words
        self._things = things  # kept: nobody else does

    def run(self, begin: int, count: int) -> int:
        """Enhance the records in some slots and return how many answers there are; the first call compiles.

        Raises:
            IndexError: there are no such slots.
        """
        written = self._at_once.run(self._address, begin, count)
        if written < 0:
            raise IndexError(f"expected slots below {self.capacity}, found {begin} to {begin + count}")
        return written

    def single(self, codes: Mapping[str, int], answer: type[msgspec.Struct]) -> OnEvent:
        """Return a function that enhances one event.

        The fields of the event are arguments of a compiled function, and the columns are what it returns: to pack and
        unpack a record takes longer than all the rest.
        """
        columns = tuple(map(Added._fields.index, self._names))
        fields: dict[str, Mapping[str, int] | None] = {"symbol": _Doors(codes, self._address), "ts_event": None}
        fields |= dict.fromkeys(filter(None, self._figures))
        enhance = self._at_once.single(self._settings.shape, columns)
        return stage_of(enhance, (), fields, answer, len(columns))


class _Doors(dict[str, int]):
    """Find the address for each symbol at which stand another address and the symbol's code; it stays where it is."""

    def __init__(self, codes: Mapping[str, int], address: int) -> None:
        super().__init__()
        self._codes, self._address = codes, address
        self._kept: list[Any] = []

    def __missing__(self, symbol: str) -> int:
        import numpy as np  # noqa: PLC0415 - comes with the extra

        both = np.array([self._address, self._codes[symbol]], "i8")
        self._kept.append(both)
        door = self[symbol] = int(both.ctypes.data)
        return door
