# ruff: noqa: INP001 - a script, in no package
"""Make the packaged sample from the bokeh_sampledata wheel: ``python make_sample.py WHEEL [OUTPUT]``.

The same wheel gives the same bytes with the same polars; data/PROVENANCE.md records both digests.
"""

import gzip
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import polars as pl

MEMBER = "bokeh_sampledata/_data/stocks.csv.gz"
MEMBER_SHA256 = "5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd"
OUTPUT = Path(__file__).parents[1] / "src" / "allause_market_data" / "data" / "us_stocks.parquet"
_NAMES = {
    "Ticker": "symbol",
    "Date": "date",
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Volume": "volume",
    "Adj Close": "adj_close",
}


def make_sample(compressed: bytes, output: Path) -> str:
    """Write the stocks as Parquet, nothing changed but the names of the columns; return the result's SHA-256.

    Raises:
        ValueError: the input is not the one whose licence was examined.
    """
    found = hashlib.sha256(compressed).hexdigest()
    if found != MEMBER_SHA256:
        raise ValueError(f"{MEMBER}: expected SHA-256 {MEMBER_SHA256}, found {found}; use bokeh_sampledata 2026.1")
    types = {"Ticker": pl.String, "Date": pl.Date, "Volume": pl.Int64}
    schema = {name: types.get(name, pl.Float64) for name in _NAMES}
    frame = pl.read_csv(io.BytesIO(gzip.decompress(compressed)), schema=schema).rename(_NAMES)
    frame.write_parquet(output, compression="zstd", compression_level=19)
    return hashlib.sha256(output.read_bytes()).hexdigest()


def main(arguments: list[str]) -> None:
    """Run the script."""
    if not 1 <= len(arguments) <= 2:  # noqa: PLR2004 - the wheel, and perhaps the output
        raise SystemExit(__doc__)
    output = Path(arguments[1]) if len(arguments) > 1 else OUTPUT
    with zipfile.ZipFile(arguments[0]) as wheel:
        digest = make_sample(wheel.read(MEMBER), output)
    sys.stdout.write(f"{output.name}: SHA-256 {digest}, polars {pl.__version__}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
