"""From files of any format to a store."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from allause_market_data.store import writing

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
    done = Converted(0, 0, 0, 0, {})
    with writing(target) as writer:
        held: list[Batch] = []

        def flush() -> None:
            nonlocal done, held
            for schema in dict.fromkeys(batch.schema for batch in held):
                judged = parts.judge(united(held, schema))
                served = in_order(judged.served())
                size = writer.add(schema, served, counted(judged))
                done = attrs.evolve(
                    done,
                    rows=done.rows + judged.batch.frame.height,
                    served=done.served + served.height,
                    bytes=done.bytes + size,
                    left_out=Counter(done.left_out) + Counter(judged.rejected()),
                )
            held = []

        at = ""
        for piece in _read(source, config):
            if piece.file != at:
                at = piece.file
                done = attrs.evolve(done, files=done.files + 1)
                if progress is not None:
                    progress(files.index(at), len(files), at)
            held.append(piece.batch)
            if _height(held) >= MOST_ROWS:
                flush()
        flush()
    return done


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


def _height(held: Sequence[Batch]) -> int:
    return sum(batch.frame.height for batch in held)
