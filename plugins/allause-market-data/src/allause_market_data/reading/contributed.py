"""A reader of another distribution: what it does wrong is told with its name and the file's."""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.reader import Batch, Reader, Schema, type_of
from allause_market_data.reading.source import Source

_MORE = {"row": pl.Int64(), "seq": pl.Int64(), "rest": pl.UInt64(), "unit": pl.String()}


@attrs.frozen
class ContributedReader:
    """Ask a reader of another distribution, and take from it what a ``Batch`` is documented to be and nothing else.

    Attributes:
        told: the reader's entry point, for messages.
        reader: as it was offered.
    """

    told: str
    reader: Reader

    @property
    def name(self) -> str:
        """Name the format, as the reader does."""
        return str(self.reader.name)

    def recognise(self, source: Source) -> bool:
        """Say what the reader says.

        Raises:
            DataError: it fails.
        """
        with self._at_work(source, "recognise"):
            return bool(self.reader.recognise(source))

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the reader's batches.

        Raises:
            DataError: it refuses the file or fails, gives something that is no batch, or no row at all.
        """
        rows = 0
        with self._at_work(source, "read"):
            for batch in self.reader.read(source, config):
                if found := _fault(batch):
                    raise self._error(
                        source, f"read: expected batches as allause_market_data.reading.batch makes them, {found}"
                    )
                rows += batch.frame.height
                yield batch
        if not rows:
            raise self._error(source, "read: expected rows, found none")

    @contextmanager
    def _at_work(self, source: Source, what: str) -> Iterator[None]:
        try:
            yield
        except DataError:
            raise
        except (Exception, SystemExit) as error:
            raise self._error(source, f"{what} failed: {error!r:.300}") from error

    def _error(self, source: Source, found: str) -> DataError:
        return DataError(f"{source.name}: the reader {self.told}: {found}; mend or uninstall it")


def _fault(batch: object) -> str:
    """Say what is no batch about something; nothing about a sound one."""
    if (
        not isinstance(batch, Batch)
        or not isinstance(batch.schema, Schema)
        or not isinstance(batch.frame, pl.DataFrame)
    ):
        return f"found {batch!r:.100}"
    wanted = {name: type_of(name) for name in batch.schema.columns} | {"row": _MORE["row"]}
    known, held = _MORE | wanted, batch.frame.schema
    if missing := wanted.keys() - held.keys():
        return f"found {batch.schema} without {', '.join(sorted(missing))}"
    if other := held.keys() - known.keys():
        return f"found {batch.schema} with {', '.join(sorted(other))}"
    wrong = next((name for name, kind in held.items() if kind != known[name]), None)
    return f"found {wrong} of {held[wrong]}, which is {known[wrong]}" if wrong else ""
