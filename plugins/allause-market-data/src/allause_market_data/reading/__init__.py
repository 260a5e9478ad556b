"""Read files of market data: what a file is by its content, and its rows in documented schemas."""

from allause_market_data.reading.files import (
    DESCRIPTION,
    Rest,
    each_file,
    files_of,
    read_batches,
    read_source,
    reader_of,
)
from allause_market_data.reading.reader import Batch, Reader, Schema, batch
from allause_market_data.reading.source import Source, held_source, open_source

__all__ = [
    "DESCRIPTION",
    "Batch",
    "Reader",
    "Rest",
    "Schema",
    "Source",
    "batch",
    "each_file",
    "files_of",
    "held_source",
    "open_source",
    "read_batches",
    "read_source",
    "reader_of",
]
