"""What the name of a file promises about its content, and what is left of it: the name of an instrument."""

from pathlib import PurePath

from allause_market_data.reading.packing import Packing

#: The format that the end of a name promises.
FORMATS = {
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow IPC",
    ".feather": "Arrow IPC",
    ".ipc": "Arrow IPC",
    ".dbn": "Databento DBN",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".csv": "CSV",
    ".tsv": "CSV",
}
#: The packing that the end of a name promises.
PACKINGS = {".gz": Packing.GZIP, ".zst": Packing.ZSTD, ".zip": Packing.ZIP}
_ENDS = (PACKINGS, {*FORMATS, ".txt", ".json", ".dat"})  # the last promise nothing, but are no part of a name either


def stem(name: str) -> str:
    """Return the name of a file without its folder and without the ends that tell packing and format.

    No other point ends it: ``BRK.B.csv.gz`` is ``BRK.B``.
    """
    found = PurePath(name).name
    for ends in _ENDS:
        inner = PurePath(found)
        if inner.suffix.lower() in ends:
            found = inner.stem
    return found
