"""An event as text: JSON, one object for each."""

import msgspec

from allause_execution.events import Event

_DECODER = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the event as it is journalled.

    Raises:
        ValueError: it would not be read back as it is, because a field is not of its type.
    """
    try:
        body = msgspec.json.encode(event)
        if _DECODER.decode(body) == event:
            return body
    except (TypeError, msgspec.MsgspecError) as error:
        raise ValueError(f"it cannot be journalled: {error}") from error
    raise ValueError("it cannot be journalled: it would be read back as another event")


def decode(body: bytes) -> Event:
    """Return the event that was journalled.

    Raises:
        ValueError: it is of no known shape.
    """
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
