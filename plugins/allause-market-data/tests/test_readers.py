import gzip
import io
import zipfile

import polars as pl
import pytest
import zstandard

from allause.exceptions import ConfigurationError, DataError
from allause_market_data import MarketDataConfig
from allause_market_data.reading import (
    Schema,
    batch,
    blocks,
    files,
    open_source,
    packing,
    read_batches,
    read_source,
    reader_of,
)

ROWS = pl.DataFrame(
    {"symbol": ["A", "A", "B"], "ts_event": [1, 2, 3], "price": [0.1, 100.35, 7.0], "size": [1.0, 2.0, 3.0]}
)


def written(frame, how):
    buffer = io.BytesIO()
    getattr(frame, how)(buffer)
    return buffer.getvalue()


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_csv", ".csv"), data)
    return buffer.getvalue()


def read(path, **config):
    parts = [one.frame for one in read_source(open_source(path), MarketDataConfig(**config))]
    return pl.concat(parts)


CSV = written(ROWS, "write_csv")
FORMATS = {
    "CSV": CSV,
    "CSV, gzip": gzip.compress(CSV),
    "CSV, gzip in two members": gzip.compress(CSV[:40]) + gzip.compress(CSV[40:]),
    "CSV, zstandard": zstandard.ZstdCompressor().compress(CSV),
    "CSV, zstandard in two frames": zstandard.compress(CSV[:40]) + zstandard.compress(CSV[40:]),
    "CSV, zip": zipped(rows_csv=CSV),
    "CSV, zip of two": zipped(a_csv=CSV.split(b"B")[0], b_csv=b"symbol,ts_event,price,size\nB,3,7.0,3.0\n"),
    "Parquet": written(ROWS, "write_parquet"),
    "Arrow IPC": written(ROWS, "write_ipc"),
    "Arrow IPC, stream": written(ROWS, "write_ipc_stream"),
    "JSON lines": written(ROWS, "write_ndjson"),
    "JSON lines, gzip": gzip.compress(written(ROWS, "write_ndjson")),
}


@pytest.mark.parametrize("form", FORMATS)
def test_same_rows_are_read_from_every_format_whatever_the_name(tmp_path, form):
    path = tmp_path / "data"
    path.write_bytes(FORMATS[form])
    frame = read(path)
    assert frame.select(ROWS.columns).equals(ROWS)
    assert frame["row"].to_list() == [1, 2, 3]
    assert frame["ts_init"].to_list() == [1, 2, 3]
    assert reader_of(open_source(path)).name == form.split(",")[0]


def test_file_is_read_in_blocks_of_whole_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    monkeypatch.setattr(packing, "_UNPACKED", 50)
    path = tmp_path / "a.csv"
    lines = [f'"x\n{number}",{number},1.5,2' for number in range(200)]
    path.write_text("symbol,ts_event,price,size\n" + "\n".join(lines) + "\n")
    parts = list(read_source(open_source(path), MarketDataConfig()))
    whole = pl.concat([one.frame for one in parts])
    assert len(parts) > 20
    assert whole["row"].to_list() == list(range(1, 201))
    assert whole["symbol"].to_list() == [f"x\n{number}" for number in range(200)]


def test_columns_zone_unit_and_scale_are_declared(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("When,Last,Qty\n2014-06-05 09:30:00,923700,3\n2014-01-05 09:30:00,1,3\n")
    frame = read(path, columns={"ts_event": "When", "price": "Last"}, zone="America/New_York", price_scale=10_000)
    assert frame["price"].to_list() == [92.37, 0.0001]
    assert frame["ts_event"].to_list() == [1_401_975_000 * 10**9, 1_388_932_200 * 10**9]
    path.write_text("time,price\n1401975000000,3\n")
    assert read(path, time_unit="ms")["ts_event"].to_list() == [1_401_975_000 * 10**9]
    assert read(path, time_unit="us")["ts_event"].to_list() == [1_401_975_000 * 10**6]


@pytest.mark.parametrize("when", ["2014-11-02 01:30:00", "2014-03-09 02:30:00"])
def test_time_that_a_zone_has_twice_or_never_is_not_guessed(tmp_path, when):
    path = tmp_path / "a.csv"
    path.write_text(f"time,price\n2014-06-05 09:30:00,1\n{when},1\n")
    with pytest.raises(DataError, match=r"exactly once.*data row 2"):
        read(path, zone="America/New_York")


def test_unknown_zone_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,price\n2014-06-05 09:30:00,1\n")
    with pytest.raises(ConfigurationError, match="Mars/Olympus"):
        read(path, zone="Mars/Olympus")


def test_date_ends_with_its_day_in_the_declared_zone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("date,price\n2014-06-05,1\n")
    assert read(path, zone="America/New_York")["ts_event"].to_list() == [1_402_027_200 * 10**9]


@pytest.mark.parametrize("text", ["12345.6789012345678", "0.12345678901234567890", "9007199254740993"])
def test_decimal_that_a_binary64_would_change_is_refused(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(f"ts_event,price\n1,1.5\n2,{text}\n")
    with pytest.raises(DataError, match=r"unchanged in column 'price', found .* in data row 2"):
        read(path)


@pytest.mark.parametrize("text", ["0.1", "61837.63000000", "0.30000000000000004", "123456789012.345", "1e-9"])
def test_decimal_that_a_binary64_gives_back_is_kept(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(f"ts_event,price\n1,{text}\n")
    assert read(path)["price"].to_list() == [float(text)]


def test_wide_table_is_one_instrument_a_column(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Date,USD,JPY,\n2001-01-02,1.5,N/A,\n2001-01-03,1.6,2,\n")
    frame = read(path, wide=True)
    assert frame["symbol"].to_list() == ["USD", "JPY", "USD", "JPY"]
    assert frame["row"].to_list() == [1, 1, 2, 2]
    assert frame["value"].fill_nan(None).to_list() == [1.5, None, 1.6, 2.0]


class Ticks:
    """A reader as a third party writes one."""

    name = "ticks"

    def recognise(self, source):
        return source.head.startswith(b"TICKS\n")

    def read(self, source, config):
        lines = b"".join(source.chunks()).decode().split("\n")[1:]
        raw = pl.DataFrame({"price": [float(line) for line in lines if line]}).with_row_index("row", 1)
        columns = {"symbol": "T", "ts_event": pl.col("row"), "ts_init": pl.col("row"), "price": pl.col("price")}
        yield batch(Schema.TRADE, columns, raw)


def point(value):
    class Point:
        name = "ticks"

        def load(self):
            if isinstance(value, Exception):
                raise value
            return value

    Point.value = repr(value)
    return lambda group: [Point()]


def test_third_party_adds_a_reader(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "contributed", point(Ticks))
    path = tmp_path / "data.csv"
    path.write_text("TICKS\n1.5\n2.5\n")
    frame = read(path)
    assert frame["price"].to_list() == [1.5, 2.5]
    assert frame.columns == ["symbol", "ts_event", "ts_init", "price", "size", "row"]


@pytest.mark.parametrize("value", [ImportError("no module"), int])
def test_broken_reader_of_a_third_party_is_named(tmp_path, monkeypatch, value):
    monkeypatch.setattr(files, "contributed", point(value))
    path = tmp_path / "data.csv"
    path.write_bytes(CSV)
    with pytest.raises(DataError, match="the reader ticks"):
        read(path)


def test_folder_is_read_file_by_file_in_order(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.csv").write_bytes(CSV)
    (tmp_path / "1.parquet").write_bytes(FORMATS["Parquet"])
    (tmp_path / ".hidden").write_text("no data")
    pieces = list(read_batches(tmp_path, MarketDataConfig()))
    assert [piece.file.removeprefix(f"{tmp_path}/") for piece in pieces] == ["1.parquet", "b/2.csv"]


@pytest.mark.parametrize("how", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_short_floats_give_back_the_decimal_that_was_written(tmp_path, how):
    prices = [101.1, 0.1, 4_000.25, 1e-8, 123456.7, 16777216.0, float("inf")]
    frame = pl.DataFrame({"symbol": "A", "ts_event": range(7), "price": prices}, schema_overrides={"price": pl.Float32})
    path = tmp_path / "rows"
    path.write_bytes(written(frame, how))
    assert read(path)["price"].to_list() == prices
    assert read(path, price_scale=10)["price"][:3].to_list() == [10.11, 0.01, 400.025]


@pytest.mark.parametrize("how", ["write_csv", "write_ndjson", "write_parquet", "write_ipc_stream"])
def test_a_file_is_of_one_unit_of_time_in_all_its_parts(tmp_path, monkeypatch, how):
    monkeypatch.setattr("allause_market_data.reading.blocks.BLOCK", 64)
    monkeypatch.setattr("allause_market_data.reading.columnar._ROWS", 2)
    times = [1_600_000_000, 1_600_000_001, 1_600_000_002, 1_600_000_003_000, 1_600_000_004_000]
    path = tmp_path / "rows"
    path.write_bytes(written(pl.DataFrame({"time": times, "price": 1.5}), how))
    with pytest.raises(
        DataError,
        match=r"like the first, or the setting time_unit, in column 'time', found '?1600000003000'? in data row 4",
    ):
        read(path)
    assert read(path, time_unit="ns")["ts_event"].to_list() == times
