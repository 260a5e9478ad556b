"""What is no market data of ours, by its first bytes, and what to do about it."""

import re
from collections.abc import Iterator

import attrs

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch
from allause_market_data.reading.source import EXPECTED, Source

_BINARY = {
    b"BZh": "bzip2 data; unpack it first",
    b"\xfd7zXZ": "xz data; unpack it first",
    b"SQLite format 3": "a SQLite database; export a table first",
    b"%PDF": "a PDF document; find the data it was made of",
    b"\x89PNG": "a picture; find the data it was made of",
}
_FIRST_LINES = {
    rb"\d{8},[0-9.eE+-]+,[0-9.eE+-]+,[0-9.eE+-]+\r?$": (
        "a Lean factor file, which holds no prices; read it with allause_market_data.adjusting.read_factors"
    ),
    rb"\d{8},[a-z0-9. ]+,[A-Z]+(,\d)?\r?$": (
        "a Lean map file, which holds no prices; read it with allause_market_data.identity.read_map"
    ),
    rb'\{"Date":.*"Backwards': "a Lean factor file of futures, which holds no prices; there is no use for it here",
    rb"market,symbol,type,description,": "Lean's properties of symbols, which are no prices",
    rb"(\[|[A-Z0-9]*)?[IE]?8=FIX|iCONNECT|iSET|i?[IE]8=FIX|# ?@testcase": "FIX messages; extract the prices first",
    rb"# (HELP|TYPE|@)": "metrics in Prometheus' text form, which are no prices",
    rb"(evaluation_interval|---)": "YAML, which holds no rows",
    rb"\{\s*$|\[\s*$|\{.*[^}]\s*$": "one JSON document, which holds no rows; write one object a line",
}


@attrs.frozen
class ForeignReader:
    """Refuse, with its reason, what is known to be something else."""

    name: str = "no market data"

    def recognise(self, source: Source) -> bool:
        """Take what is known to be something else."""
        return _reason(source) is not None

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Refuse it.

        Raises:
            DataError: always; the message says what it is.
        """
        del config
        raise DataError(f"{source.name}: expected {EXPECTED}, found {_reason(source)}")


def _reason(source: Source) -> str | None:
    if source.packing is Packing.NONE:
        for magic, reason in _BINARY.items():
            if source.head.startswith(magic):
                return reason
    if b"8=FIX." in source.head[:4096]:
        return "FIX messages; extract the prices first"
    if re.search(rb"^(groups|rule_files):", source.head[:4096], re.MULTILINE):
        return "YAML, which holds no rows"
    line = source.head.lstrip().split(b"\n", 1)[0]
    return next((reason for pattern, reason in _FIRST_LINES.items() if re.match(pattern, line)), None)
