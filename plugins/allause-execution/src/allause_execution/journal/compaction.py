"""The shortest history that leads to the same state: what a journal is begun anew with when it has grown.

No list says which events may be left out: an event goes when the order is the same without it. What is found for one
order holds for others of the same shape, and the whole is compared before anything is replaced.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from logging import WARNING
from typing import Any

import attrs
import msgspec

from allause.exceptions import JournalError
from allause_execution.journal import Journal, encode
from allause_execution.listeners import Listeners
from allause_execution.orders.events import HALTED, Event, EventKind
from allause_execution.orders.ledger import Ledger
from allause_execution.orders.state import State

SEGMENTS = 8
_ESSENTIAL = frozenset({EventKind.INTENT, EventKind.FILL, EventKind.PARTIAL_FILL})
_SWITCHES = frozenset({EventKind.HALTED, EventKind.RESUMED})

Rebuild = Callable[[Iterable[Event]], State]


def compact_when_due(journal: Journal, rebuild: Rebuild, listeners: Listeners) -> bool:
    """Begin the journal anew when enough segments were written since the last time; return whether it was.

    Args:
        journal: open and replayed, with nothing on its way.
        rebuild: makes the state that events lead to.
        listeners: told when it cannot be, as without room for it: orders do not need it, and a later start tries again.

    Raises:
        JournalError: it is damaged, or which of the two it is is not known.
    """
    if journal.segments < SEGMENTS:
        return False
    events = [*journal.replay()]
    kept = shortest(events, rebuild)
    if len(kept) == len(events):
        return False
    if _same(kept, events, rebuild):
        why_not = journal.compact(map(encode, kept))
    else:
        why_not = f"{journal.name} is not compacted: a shorter history would say something else; please report that"
    if why_not:
        listeners.log(WARNING, "%s", why_not)
    return not why_not


def shortest(events: Sequence[Event], rebuild: Rebuild) -> list[Event]:
    """Return the events without those that the state of their order does not depend on."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, event in enumerate(events):
        places[event.client_order_id].append(place)
    dropped = set(_switched(events, places.pop("", [])))
    known: dict[Hashable, frozenset[int]] = {}
    for mine in places.values():
        history = [events[place] for place in mine]
        shape = _shape(history)
        if shape not in known:
            known[shape] = _needless(history, rebuild)
        dropped.update(mine[index] for index in known[shape])
    return [event for place, event in enumerate(events) if place not in dropped]


def picture(value: Any) -> Any:
    """Return a value, and all that is in it, in a form that compares by content and order."""
    if isinstance(value, dict):
        return [(key, picture(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [picture(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return [picture(getattr(value, name)) for name in value.__struct_fields__]
    if attrs.has(type(value)):
        return [picture(getattr(value, field.name)) for field in attrs.fields(type(value))]
    return picture(vars(value)) if isinstance(value, State | Ledger) else value


def _same(kept: Sequence[Event], events: Sequence[Event], rebuild: Rebuild) -> bool:
    whole = picture(rebuild(events))
    try:
        return bool(picture(rebuild(kept)) == whole)
    except JournalError:
        return False


def _shape(history: Sequence[Event]) -> Hashable:
    """Return what orders have in common of which the same events are needless."""
    alike = tuple((each.kind, bool(each.text), each.text == HALTED, each.venue_order_id is None) for each in history)
    if all(each.quantity is None for each in history):
        return alike
    # Their terms changed: which quantities a fill needs, and whether they are those of the intent, is in the figures;
    # of the prices it is enough to know which are the same.
    seen: dict[object, int] = {}
    return alike, tuple(
        (
            each.quantity,
            each.intent and each.intent.quantity,
            each.fill and each.fill.last_qty,
            *(seen.setdefault(price, len(seen)) for price in _prices(each)),
        )
        for each in history
    )


def _prices(event: Event) -> tuple[Decimal | None, Decimal | None]:
    told = event.intent or event
    return told.price, told.stop_price


def _switched(events: Sequence[Event], places: Sequence[int]) -> list[int]:
    """Return the places of halts that a later halt or resume has ended."""
    switches = [place for place in places if events[place].kind in _SWITCHES]
    if switches and events[switches[-1]].kind is EventKind.RESUMED:
        return switches
    return switches[:-1]


def _needless(history: Sequence[Event], rebuild: Rebuild) -> frozenset[int]:
    """Return the indexes of the events without which the order ends in the same state."""
    try:
        wanted = picture(rebuild(history))
    except (JournalError, LookupError):
        return frozenset()  # it depends on other orders
    dropped: frozenset[int] = frozenset()
    whole = frozenset(range(len(history)))
    single = [frozenset({index}) for index, event in enumerate(history) if event.kind not in _ESSENTIAL]
    for more in [whole, *reversed(single)]:
        fewer = [event for index, event in enumerate(history) if index not in dropped | more]
        try:
            same = picture(rebuild(fewer)) == wanted
        except (JournalError, LookupError):
            continue
        if same:
            dropped |= more
    return dropped
