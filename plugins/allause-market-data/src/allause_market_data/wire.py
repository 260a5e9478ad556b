"""The messages of an exchange's public streams, as recordings hold them and as a live feed receives them."""

import msgspec

#: Price and size of each level, as text.
Levels = list[tuple[str, str]]


class Data(msgspec.Struct, gc=False):
    """Hold the fields of every message: their short names are the exchange's."""

    e: str | None = None
    E: int | None = None
    T: int | None = None
    s: str | None = None
    t: int | None = None
    p: str | None = None
    q: str | None = None
    u: int | None = None
    U: int | None = None
    pu: int | None = None
    b: Levels | str | None = None
    a: Levels | str | None = None
    B: str | None = None
    A: str | None = None


class Message(msgspec.Struct, gc=False):
    """Hold a message of a stream, or a snapshot of a book."""

    stream: str = ""
    data: Data | None = None
    lastUpdateId: int | None = None  # noqa: N815 - the exchange's name
    E: int | None = None
    symbol: str | None = None
    bids: Levels | None = None
    asks: Levels | None = None
