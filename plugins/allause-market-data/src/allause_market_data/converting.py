"""From files of any format to a store."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.counting import counted
from allause_market_data.gate import Bounds, Gate, Parts, united
from allause_market_data.merging import in_order
from allause_market_data.reading import Batch, files_of, read_batches
from allause_market_data.reading.files import Piece
from allause_market_data.reading.source import EXPECTED
from allause_market_data.store import StoreWriter, writing

#: Rows judged together. More are judged in parts, each with the last rows of the part before.
MOST_ROWS = 20_000_000


@attrs.frozen
class Converted:
    """Hold what a conversion did.

    Attributes:
        files: read.
        rows: read.
        served: rows written.
        bytes: written.
        left_out: rows that were not, each once under its first cause.
    """

    files: int
    rows: int
    served: int
    bytes: int
    left_out: Mapping[str, int]


def convert(
    source: Path,
    target: Path,
    config: MarketDataConfig,
    progress: Callable[[int, int, str], None] | None = None,
    bounds: Bounds | None = None,
) -> Converted:
    """Read, judge and write the rows of a file or folder as a store at ``target``, whole or not at all.

    Args:
        source: the file or folder.
        target: where nothing is yet.
        config: how to understand and judge it.
        progress: is told the files done, their number, and the name of the one at hand.
        bounds: beyond which something is wrong; without, no clock is asked what lies in the future.

    Raises:
        DataError: a file cannot be trusted, or the store cannot be written.
    """
    files = [str(file) for file in files_of(source)]
    parts = Parts(Gate(config.policies, bounds or Bounds(), config.calendar))
    with writing(target) as writer:
        rows = _Rows(parts, writer)
        at = ""
        for piece in _read(source, config):
            if piece.file != at:
                at = piece.file
                rows.files += 1
                if progress is not None:
                    progress(files.index(at), len(files), at)
            rows.take(piece.batch)
        rows.store()
    return Converted(rows.files, rows.judged, rows.served, rows.bytes, rows.left_out)


class _Rows:
    """Hold rows until there are enough to be judged together, and write the good ones."""

    def __init__(self, parts: Parts, writer: StoreWriter) -> None:
        self._parts, self._writer = parts, writer
        self._held: list[Batch] = []
        self._waiting = self.files = self.judged = self.served = self.bytes = 0
        self.left_out: Counter[str] = Counter()

    def take(self, batch: Batch) -> None:
        self._held.append(batch)
        self._waiting += batch.frame.height
        if self._waiting >= MOST_ROWS:
            self.store()

    def store(self) -> None:
        for schema in dict.fromkeys(batch.schema for batch in self._held):
            judged = self._parts.judge(united(self._held, schema))
            served = in_order(judged.served())
            self.bytes += self._writer.add(schema, served, counted(judged))
            self.judged += judged.batch.frame.height
            self.served += served.height
            self.left_out += Counter(judged.rejected())
        self._held, self._waiting = [], 0


def _read(source: Path, config: MarketDataConfig) -> Iterator[Piece]:
    """Yield what is read; what fails then is no fault of the place that is written to."""
    at = str(source)
    try:
        for piece in read_batches(source, config):
            at = piece.file
            yield piece
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().split("\n", 1)[0]
        raise DataError(
            f"{source}: expected {EXPECTED}, found one that cannot be read, in or after {at} ({reason}); look at each "
            "with allause data inspect"
        ) from error
