"""Bounds of what crosses from a child to the host, counted before encoding and again on arrival."""

import attrs

_SHOWN = 100


class GarbledError(ValueError):
    """Report bytes or data that no honest child sends."""


class OversizedError(ValueError):
    """Report data beyond a bound; the message says which and where."""


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

    def enter(self, path: str, depth: int, count: int = 1) -> None:
        """Count one value, or several that lie side by side.

        Raises:
            OversizedError: they lie too deep, or there are too many.
        """
        self.nodes += count
        if depth > self.bounds.depth:
            raise OversizedError(f"nested deeper than {self.bounds.depth} levels at {path[:_SHOWN]}")
        if self.nodes > self.bounds.nodes:
            raise OversizedError(f"more than {self.bounds.nodes} values at {path[:_SHOWN]}")

    def take(self, path: str, size: int) -> None:
        """Count ``size`` bytes of text or binary."""
        self.size += size
        if self.size > self.bounds.size:
            raise OversizedError(f"more than {self.bounds.size} bytes at {path[:_SHOWN]}")

    def table(self, path: str, rows: int, columns: int) -> None:
        """Count one table."""
        self.cells += rows * columns
        if rows > self.bounds.rows:
            raise OversizedError(f"a table of more than {self.bounds.rows} rows at {path[:_SHOWN]}")
        if self.cells > self.bounds.cells:
            raise OversizedError(f"more than {self.bounds.cells} table cells at {path[:_SHOWN]}")
