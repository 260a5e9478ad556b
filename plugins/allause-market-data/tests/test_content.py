import gzip
import io
import random
import re
from datetime import UTC, date, datetime

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


@pytest.mark.parametrize("seed", [*range(60), 255])
def test_damaged_parquet_never_shows_a_polars_error_or_panic(written, seed):
    # with polars 2.1 seed 4 makes the Rust reader panic, which no `except Exception` would stop, and 255 abort
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


GERMAN = "Datum;Date;Open;High;Low;Close;Volume\n;2001-09-10;1,5;12,25;1,25;11;1000\n;2001-09-11;10;12;9;11,75;-\n"


def test_decimal_commas_are_read_where_the_configuration_says_so(tmp_path):
    (tmp_path / "data.csv").write_text(GERMAN)
    rows = LiveMarketDataSystem(
        MarketDataConfig(path=tmp_path / "data.csv", decimal=",", policies={"non_finite": "flag"})
    ).get_market_data(["data"])
    assert rows.select("open", "high", "close").rows() == [(1.5, 12.25, 11.0), (10.0, 12.0, 11.75)]
    assert "say decimal = ',' in the configuration" in error_of(
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "data.csv"))
    )


@pytest.mark.parametrize("price", ["1.234,5", "1.5", "1,234,5"])
def test_thousands_among_decimal_commas_are_refused(tmp_path, price):
    (tmp_path / "data.csv").write_text(GERMAN.replace("11,75", price))
    said = error_of(LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "data.csv", decimal=",")))
    assert (
        f"with a decimal comma, as decimal says, in column 'Close', found '{price}' in data row 2 (1 such rows)" in said
    )


def test_only_a_point_or_a_comma_stands_before_decimals():
    with pytest.raises(ValueError, match="decimal"):
        MarketDataConfig(decimal=";")


def arrow_file(path, table):
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    pytest.importorskip("pyarrow.parquet")
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path)
        return
    with pa.OSFile(str(path), "wb") as file:
        made = pa.ipc.new_file if path.stem == "file" else pa.ipc.new_stream
        with made(file, table.schema) as writer:
            writer.write_table(table)


@pytest.mark.parametrize("name", ["file.arrow", "stream.arrow", "data.parquet"])
def test_days_in_milliseconds_end_when_days_do_and_dictionaries_are_decoded(tmp_path, name):
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    days = [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 2)]
    plain = {"symbol": ["A", "A", "B"], "price": [1.5, 2.5, 1.5], "size": [1.0, 2.0, 1.0]}
    texts = {key: pa.array([str(value) for value in values]).dictionary_encode() for key, values in plain.items()}
    moments = pa.array([datetime(2020, 1, day.day, tzinfo=UTC) for day in days], pa.timestamp("ms")).dictionary_encode()
    cases = {
        "date32": pa.table({"date": pa.array(days, pa.date32()), **plain}),
        "date64": pa.table({"other": pa.array([1, 2, 3]), "date": pa.array(days, pa.date64()), **plain}),
        "words": pa.table({"date": pa.array(map(str, days)).dictionary_encode(), **texts}),
        "moments": pa.table({"date": moments, **texts}),
    }
    found = {}
    for kind, table in cases.items():
        arrow_file(tmp_path / name, table)
        found[kind] = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / name)).get_market_data(["A", "B"])
    assert found["date64"].equals(found["date32"])
    assert found["words"].equals(found["date32"])
    day = 86_400 * 10**9
    earlier = found["date32"].with_columns(pl.col("ts_event", "ts_init") - day)
    assert found["moments"].equals(earlier)


def test_header_that_comes_again_is_named_by_its_row(written):
    text = "ts_event,symbol,price,size\n1,A,1.0,1\n"
    data = gzip.compress(text.encode()) + gzip.compress(text.encode())
    assert "like the first in column 'ts_event', found 'ts_event' in data row 2 (1 such rows)" in error_of(
        written(data, "data.csv.gz")
    )


def test_blanks_around_the_names_of_columns_do_no_harm(written):
    rows = written("ts_event , symbol , price , size\n 1 , A , 1.5 , 2\n").get_market_data(["A"])
    assert rows.rows() == [("A", 1, 1, 1.5, 2.0)]
