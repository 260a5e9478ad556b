import gzip
import io
import random
import re

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_market_data import LiveMarketDataSystem, MarketDataConfig

GOOD = "Date,Open,High,Low,Close\n2001-09-10,10,12,9,11\n2001-09-11,10,12,9,11\n"


def parquet():
    buffer = io.BytesIO()
    pl.DataFrame(
        {"symbol": ["A"] * 500, "ts_event": range(500), "price": [1.5] * 500, "size": [2] * 500}
    ).write_parquet(buffer)
    return buffer.getvalue()


def error_of(system):
    with pytest.raises(DataError) as caught:
        system.get_market_data(["data"])
    message = str(caught.value)
    assert "expected" in message
    assert "found" in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", "data.txt", "data"])
def test_text_and_gzip_are_read(written, name):
    assert written(GOOD, name).get_market_data(["data"]).height == 2


@pytest.mark.parametrize("name", ["data.parquet", "data"])
def test_parquet_is_read_under_its_own_or_no_name(written, name):
    assert written(parquet(), name).get_market_data(["A"]).height == 500


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_recognised(written, separator):
    assert written(GOOD.replace(",", separator)).get_market_data(["data"])["close"].to_list() == [11.0, 11.0]


def test_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm(written):
    text = "\ufeff" + GOOD.replace("\n", "\r\n") + "\r\n\r\n"
    assert written(text).get_data_quality(["data"]).good == 2


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (b"", "data.csv", "an empty file"),
        (b" \n\n", "data.csv", "an empty file"),
        ("", "data.csv.gz", "an empty file"),
        ("Date,Open,High,Low,Close\n", "data.csv", "found none"),
        (gzip.compress(GOOD.encode())[:-9], "data.csv.gz", "truncated or damaged"),
        (gzip.compress(GOOD.encode())[:30] + b"\0" * 20, "data.csv.gz", "truncated or damaged"),
        (gzip.compress(parquet()), "data.gz", "no format that is known"),
        (parquet()[:-100], "data.parquet", "truncated or damaged"),
        (b"PAR1", "data.parquet", "truncated or damaged"),
        (parquet(), "data.csv", "Parquet content"),
        (GOOD.encode(), "data.parquet", "CSV content"),
        (GOOD.encode(), "data.csv.gz", "CSV content"),
        (gzip.compress(GOOD.encode()), "data.csv", "gzipped CSV content"),
        (b"PK\x03\x04rest", "data.csv", "zip archive"),
        (b"\x28\xb5\x2f\xfdrest", "data", "zstandard"),
        (b"Date,Open\n\xff\xfe,1\n", "data.csv", "byte 0xff at offset 10"),
        (b"Date,Open\n\0\0,1\n", "data.csv", "binary content"),
        ("Date,Open,Open\n1,2,3\n", "data.csv", "'Open' repeated"),
        (GOOD + "2001-09-12,1,2,3,4,5,6\n", "data.csv", "7 fields in line 4"),
        (GOOD + '2001-09-12,"1,2,3,4\n', "data.csv", "malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 and value.isprintable() else "content",
)
def test_bad_content_is_one_clear_line(written, content, name, found):
    message = error_of(written(content, name))
    assert found in message
    assert name in message


def test_missing_file_is_named(tmp_path):
    assert "no such file" in error_of(LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "none.csv")))


def test_directory_is_refused(tmp_path):
    assert "a directory" in error_of(LiveMarketDataSystem(MarketDataConfig(path=tmp_path)))


def test_device_is_refused_without_reading_it_for_ever():
    assert "device" in error_of(LiveMarketDataSystem(MarketDataConfig(path="/dev/zero")))


def test_unreadable_file_is_refused():
    # the kernel refuses to read here, for every user
    assert "cannot be read" in error_of(LiveMarketDataSystem(MarketDataConfig(path="/proc/self/mem")))


@pytest.mark.parametrize("seed", range(60))
def test_damaged_parquet_never_shows_a_polars_error_or_panic(written, seed):
    # with polars 2.1 seed 4 makes the Rust reader panic, which no `except Exception` would stop
    damaged, chance = bytearray(parquet()), random.Random(seed)
    for _ in range(4):
        damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
    system = written(bytes(damaged), "data.parquet")
    try:
        quality = system.get_data_quality(system.get_symbols())
    except DataError as error:
        assert re.search("expected .* found", str(error))  # noqa: PT017 - either outcome is right
    else:
        assert quality.rows > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("\n", "\r"), "expected lines that end with a line feed, found a header that goes on"),
        (GOOD.rstrip() + "\r2", "found line 3 malformed"),
        (f"Date,Open,High,Low,{'x' * 200_000}\n2001-09-10,10,12,9,11\n", "expected a header line, found one malformed"),
    ],
    ids=["carriage returns", "one in the last line", "a name beyond reason"],
)
def test_line_ends_that_are_none_are_told(written, text, said):
    assert said in error_of(written(text))
