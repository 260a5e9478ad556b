"""Enhance events as they come, one at a time or in batches of what has arrived.

The functions are those of the whole table, row after row. Compiled, an event is one call of them; who has records of
a fixed size writes them into ``slots`` and enhances many in one call.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import attrs
import msgspec
import polars as pl

from allause.exceptions import DataError
from allause.models import Bar, MarketEvent, Quote, Trade
from allause_enhancer.columns import BY_NAME
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.records import BARS, QUOTES, TRADES
from allause_enhancer.rows import compiling
from allause_enhancer.rows.one_pass import settings
from allause_enhancer.rows.slots import ListedSlots, PackedSlots
from allause_enhancer.tables.exchange import Market, chosen

SHAPES: dict[type[MarketEvent], int] = {Bar: BARS, Quote: QUOTES, Trade: TRADES}
_FIELDS: dict[str, type] = {"bool": bool, "int8": int, "int64": int, "float64": float}


class _Codes(dict[str, int]):
    """Number symbols as they appear."""

    def __init__(self, admit: Callable[[int], None]) -> None:
        super().__init__()
        self._admit = admit

    def __missing__(self, symbol: str) -> int:
        code = self[symbol] = len(self)
        self._admit(len(self))
        return code


class EventEnhancer:
    """Enhance bars, trades or quotes at once: none is held back, so one that is older than the last is left out.

    On events in order the answers are those of ``enhance_market_data``. A column without a value is NaN: a number of
    a record cannot be null.

    Attributes:
        Answer: the class of the answers, a msgspec struct of the ``event`` and the columns.
        codes: the number of each symbol; one looked up for the first time gets the next.
        slots: where the functions read and write; compiled, ``records``, ``run`` and ``answers`` are for records.
    """

    def __init__(
        self, event: type[MarketEvent], config: EnhancerConfig | None = None, *, compiled: bool | None = None,
        capacity: int = 1024,
    ) -> None:  # fmt: skip
        """Begin without any event.

        Args:
            event: the class of all events.
            config: what to compute; ``keep``, ``hold_back`` and ``engine`` mean nothing here.
            compiled: use numba; None for whether it is installed. The answer is the same.
            capacity: number of slots, at least 1.

        Raises:
            DataError: the class is another, a column was asked for that such events cannot give, or there is no slot.
        """
        if not isinstance(event, type) or event not in SHAPES:
            known = ", ".join(shape.__name__ for shape in SHAPES)
            raise DataError(f"event: expected one of the classes {known} of allause.models, found {event!r}")
        if capacity < 1:
            raise DataError(f"capacity: expected at least 1 slot, found {capacity!r}; leave it out for 1024")
        config = attrs.evolve(config or EnhancerConfig(), keep=None, hold_back=0)
        market = Market(frame=pl.DataFrame(), shape=SHAPES[event], sequenced=False)
        # small ones last, so that the others are aligned in a record
        names = tuple(sorted(chosen(market, config), key=lambda name: BY_NAME[name].kind in {"bool", "int8"}))
        fields = [(name, _FIELDS[BY_NAME[name].kind]) for name in names]
        self.Answer = msgspec.defstruct(f"Enhanced{event.__name__}", [("event", event), *fields], frozen=True, gc=False)
        compiled = compiling.available() if compiled is None else compiled
        fixed = settings(market, config, names, bars=False, stride=0)
        self.slots = (PackedSlots if compiled else ListedSlots)(market, fixed, names, capacity)
        self.codes: dict[str, int] = _Codes(self.slots.admit)

    @cached_property
    def on_event(self) -> Callable[[MarketEvent], Any]:
        """Take one event and return its answer, or None when it is left out; looking this up compiles."""
        return self.slots.single(self.codes, self.Answer)

    def on_batch(self, events: Sequence[MarketEvent]) -> list[Any]:
        """Take events in order and return the answers of those not left out."""
        on_event = self.on_event
        return [answer for answer in map(on_event, events) if answer is not None]

    @property
    def late(self) -> int:
        """Count the events left out because a later one of the symbol had come."""
        return self.slots.total("late")

    @property
    def repeated(self) -> int:
        """Count the bars left out because one of that time had come."""
        return self.slots.total("repeated")

    @property
    def dropped(self) -> int:
        """Count the events left out because of their prices."""
        return self.slots.total("dropped")
