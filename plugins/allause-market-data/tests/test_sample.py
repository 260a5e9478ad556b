import csv
import gzip
import hashlib
import runpy
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

ALL = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
PLUGIN = Path(__file__).parents[1]


def test_sample_has_the_known_symbols_and_rows(system):
    assert sorted(system.get_symbols()) == sorted(ALL)
    quality = system.get_data_quality(ALL)
    assert (quality.rows, quality.good) == (12_154, 12_154)


def test_sample_gaps_are_the_known_market_closures(system):
    # September 2001 closed 3 of them; two of 2007 and 2012 the four and the five then listed
    assert system.get_data_quality(ALL).defects["gap"] == 3 + 4 + 5


def test_sample_equals_the_recorded_source_value_by_value(system, recorded):
    with gzip.open(recorded("pypi/bokeh_sampledata_stocks.csv.gz"), "rt") as file:
        source = list(csv.DictReader(file))
    fields = ("Open", "High", "Low", "Close", "Volume", "Adj Close")
    expected = sorted((row["Ticker"], row["Date"], *(float(row[field]) for field in fields)) for row in source)
    table = system.get_market_data(ALL)
    day = (pl.col("ts_event") - 86_400 * 10**9).cast(pl.Datetime("ns")).dt.strftime("%Y-%m-%d")
    found = table.select("symbol", day, "open", "high", "low", "close", "volume", "adj_close")
    assert sorted(found.rows()) == expected


def test_sample_digest_is_the_one_in_the_provenance_note():
    folder = files("allause_market_data") / "data"
    digest = hashlib.sha256((folder / "us_stocks.parquet").read_bytes()).hexdigest()
    assert digest in (folder / "PROVENANCE.md").read_text()


def test_script_makes_the_same_rows_again(recorded, tmp_path):
    source = recorded("pypi/bokeh_sampledata_stocks.csv.gz").read_bytes()
    make = runpy.run_path(str(PLUGIN / "scripts" / "make_sample.py"))["make_sample"]
    first, second = make(source, tmp_path / "a.parquet"), make(source, tmp_path / "b.parquet")
    packaged = files("allause_market_data") / "data" / "us_stocks.parquet"
    assert first == second
    assert pl.read_parquet(tmp_path / "a.parquet").equals(pl.read_parquet(packaged.read_bytes()))


def test_script_refuses_another_source(tmp_path):
    make = runpy.run_path(str(PLUGIN / "scripts" / "make_sample.py"))["make_sample"]
    with pytest.raises(ValueError, match="expected SHA-256"):
        make(b"other", tmp_path / "a.parquet")
    assert not (tmp_path / "a.parquet").exists()
