"""What the venue's log says of a bracket: an entry, and the orders that leave its position again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import attrs

from allause.venue.exchange import EXAMINED
from allause.venue.log import LogEvent, LogRecord

_ZERO = Decimal(0)
_ENDED = frozenset({LogEvent.CANCELED, LogEvent.EXPIRED})


@attrs.define(eq=False)
class Bracket:
    """Hold what the log says of an entry and of the orders under its id and a slash.

    Attributes:
        filled: of the entry.
        closed: by the others.
        most_ahead: the most that they were ahead of the entry at any time.
        working: what is left of each of the others that works, by client order id.
        sent: how often each arrived.
    """

    filled: Decimal = _ZERO
    closed: Decimal = _ZERO
    most_ahead: Decimal = _ZERO
    working: dict[str, Decimal] = attrs.field(factory=dict)
    sent: Counter[str] = attrs.field(factory=Counter)
    _filled_by: dict[str, Decimal] = attrs.field(factory=dict)

    def take(self, record: LogRecord, *, of_entry: bool) -> None:
        """Take in the next record of one of its orders."""
        name, event = record.client_order_id, record.event
        if event is LogEvent.FILLED:
            self.filled += record.quantity * of_entry
            self.closed += record.quantity * (not of_entry)
            self.most_ahead = max(self.most_ahead, self.closed - self.filled)
        if of_entry:
            return
        self.sent[name] += event in {LogEvent.ACCEPTED, LogEvent.REFUSED}
        if event is LogEvent.FILLED:
            self._filled_by[name] = self._filled_by.get(name, _ZERO) + record.quantity
            self.working[name] -= record.quantity
        elif event in {LogEvent.ACCEPTED, LogEvent.REPLACED}:  # of both the quantity is the whole
            self.working[name] = record.quantity - self._filled_by.get(name, _ZERO)
        if event in _ENDED or not self.working.get(name, 1):
            self.working.pop(name)

    @property
    def bare(self) -> Decimal:
        """Return what is open and no exit would close."""
        return max(_ZERO, self.filled - self.closed - self.protected)

    @property
    def protected(self) -> Decimal:
        """Return what the exits that work would close: one of them ends the other."""
        return max(self.working.values(), default=_ZERO)


def read_bracket(log: Sequence[LogRecord], entry: str, account: str = EXAMINED) -> Bracket:
    """Read the truth about the bracket of that entry out of a log, from the records alone."""
    found = Bracket()
    for record in log:
        if record.account == account and record.client_order_id.partition("/")[0] == entry:
            found.take(record, of_entry=record.client_order_id == entry)
    return found


def loose_ends(bracket: Bracket) -> Iterator[str]:
    """Yield one sentence for each way in which a bracket is not as it has to be, once all is told."""
    for name, times in bracket.sent.items():
        if times > 1:
            yield f"exit {name} was sent {times} times; expected once"
    if bracket.working and bracket.closed >= bracket.filled:
        yield f"{bracket.closed} of {bracket.filled} is closed, and {', '.join(bracket.working)} still works"
    if bracket.bare:
        yield f"{bracket.filled} was filled and {bracket.closed} closed; exits for {bracket.protected} work"
