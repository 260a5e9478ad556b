"""An event as text: JSON, one object for each."""

from collections.abc import Iterator

import msgspec

from allause.exceptions import JournalError
from allause_execution.journal.damage import damaged
from allause_execution.journal.reading import Entry, Reading
from allause_execution.orders.events import Event

Record = tuple[Entry, Event]
_DECODER = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode


def encode(event: Event) -> bytes:
    """Return the event as it is journalled.

    Raises:
        ValueError: it cannot be written.
    """
    try:
        return _encode(event)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it cannot be journalled: {error}") from error


def decoded(reading: Reading) -> Iterator[Record]:
    """Yield every record of a journal with the event that it holds.

    Raises:
        JournalError: it is damaged, or an event is of no known shape; the message names file and place.
    """
    for entry in reading:
        try:
            event = _DECODER.decode(entry.body)
        except msgspec.MsgspecError as error:
            wrong = f"event {entry.number} at byte {entry.offset}: {error}"
            raise JournalError(damaged(str(reading.directory / entry.segment), wrong)) from error
        yield entry, event
