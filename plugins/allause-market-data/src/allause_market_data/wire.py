"""The messages of an exchange's public streams, as recordings hold them and as a live feed receives them."""

from typing import Annotated

import msgspec

#: Milliseconds since 1970, no more than make an integer of nanoseconds.
Moment = Annotated[int, msgspec.Meta(ge=0, le=(2**63 - 1) // 1_000_000)]
#: The number of a trade or an update; -1 where there was none before.
Number = Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)]
#: Price and size of each level, as text.
Levels = list[tuple[str, str]]


class Data(msgspec.Struct, gc=False):
    """Hold the fields of every message: their short names are the exchange's."""

    e: str | None = None
    E: Moment | None = None
    T: Moment | None = None
    s: str | None = None
    t: Number | None = None
    p: str | None = None
    q: str | None = None
    u: Number | None = None
    U: Number | None = None
    pu: Number | None = None
    b: Levels | str | None = None
    a: Levels | str | int | None = None  # a number in messages of another kind, which are told as that
    B: str | None = None
    A: str | None = None


class Message(msgspec.Struct, gc=False):
    """Hold a message of a stream, or a snapshot of a book."""

    stream: str = ""
    data: Data | None = None
    lastUpdateId: Number | None = None  # noqa: N815 - the exchange's name
    E: Moment | None = None
    symbol: str | None = None
    bids: Levels | None = None
    asks: Levels | None = None

    @property
    def kind(self) -> str:
        """Return what kind of message it is: as it says itself, or else the name of its stream."""
        said = None if self.data is None else self.data.e
        return said or self.stream.partition("@")[2]
