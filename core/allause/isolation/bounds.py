"""Bounds of what crosses from a child to the host, counted before encoding and again on arrival."""

import builtins
from typing import Any

import attrs

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_SHOWN = 100

#: Where a value lies: ``$``, or a pair of the path of what holds it and its index or the text of its key there. It is
#: written out only when somebody is told, for data is walked much more often than refused.
Path = Any


class GarbledError(ValueError):
    """Report bytes or data that no honest child sends."""


class OversizedError(ValueError):
    """Report data beyond a bound; the message says which and where."""


def within(path: str, key: object) -> str:
    """Return the written path of ``key`` inside ``path``; ``key`` is an index or the text of a mapping's key."""
    if type(key) is int:
        return f"{path}[{key}]"
    text = str(key)[:_SHOWN]
    return f"{path}.{text}" if text.isidentifier() else f"{path}[{text!r}]"


def told(path: Path) -> str:
    """Return a path as it is written, cut."""
    keys = []
    while type(path) is tuple:
        path, key = path
        keys.append(key)
    written: str = path
    for key in reversed(keys):
        written = within(written, key)
    return written[:_SHOWN]


@attrs.frozen(kw_only=True)
class Bounds:
    """Bound one answer before it is encoded, and once more when it arrives.

    Attributes:
        depth: of nesting.
        nodes: values of any kind; the cells of tables are counted apart.
        rows: of one table.
        cells: of all tables together.
        size: bytes of text and binary, and of the encoded answer.
    """

    depth: int = 16
    nodes: int = 100_000
    rows: int = 20_000
    cells: int = 1_000_000
    size: int = 8 * 2**20


@attrs.define
class Meter:
    """Count down the bounds while data is walked."""

    bounds: Bounds
    nodes: int = 0
    cells: int = 0
    size: int = 0

    def enter(self, path: Path, depth: int, count: int = 1) -> None:
        """Count one value, or several that lie side by side.

        Raises:
            OversizedError: they lie too deep, or there are too many.
        """
        self.nodes += count
        if depth > self.bounds.depth:
            raise OversizedError(f"nested deeper than {self.bounds.depth} levels at {told(path)}")
        if self.nodes > self.bounds.nodes:
            raise OversizedError(f"more than {self.bounds.nodes} values at {told(path)}")

    def take(self, path: Path, size: int) -> None:
        """Count ``size`` bytes of text or binary."""
        self.size += size
        if self.size > self.bounds.size:
            raise OversizedError(f"more than {self.bounds.size} bytes at {told(path)}")

    def table(self, path: Path, rows: int, columns: int) -> None:
        """Count one table."""
        self.cells += rows * columns
        if rows > self.bounds.rows:
            raise OversizedError(f"a table of more than {self.bounds.rows} rows at {told(path)}")
        if self.cells > self.bounds.cells:
            raise OversizedError(f"more than {self.bounds.cells} table cells at {told(path)}")
