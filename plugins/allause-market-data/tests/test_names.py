"""Whose rows they are, where only the name of the file says so."""

import gzip
import zipfile

import polars as pl
import pytest

from allause.exceptions import DataError, UsageError
from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.converting import convert
from allause_market_data.reading import read_batches
from allause_market_data.reading.names import stem

ROWS = b"Date,Open,High,Low,Close\n2001-09-10,10,12,9,11\n2001-09-11,10,12,9,11\n"
OBJECT = b'{"time":"2001-09-10T00:00:00Z","price":1.5}\n'


def symbols(path, **config):
    frames = [piece.batch.frame for piece in read_batches(path, MarketDataConfig(**config))]
    return pl.concat(frames)["symbol"].unique(maintain_order=True).to_list()


@pytest.mark.parametrize(
    ("name", "instrument"),
    [
        ("AAPL.csv", "AAPL"),
        ("BRK.B.csv", "BRK.B"),
        ("BRK.B.csv.gz", "BRK.B"),
        ("folder/BRK.B.parquet", "BRK.B"),
        ("BRK.B", "BRK.B"),
        ("BTC-USDT.spot.CSV.ZST", "BTC-USDT.spot"),
        ("prices.zip", "prices"),
        ("prices.txt", "prices"),
        ("AAPL", "AAPL"),
        (".csv", ".csv"),
    ],
)
def test_only_what_tells_packing_and_format_is_left_out(name, instrument):
    assert stem(name) == instrument


def test_classes_of_a_share_stay_apart_in_a_folder(tmp_path):
    (tmp_path / "BRK.A.csv").write_bytes(ROWS)
    (tmp_path / "BRK.B.csv.gz").write_bytes(gzip.compress(ROWS))
    pl.DataFrame({"time": [10**18], **{key: [1.5] for key in ("open", "high", "low", "close")}}).write_parquet(
        tmp_path / "BF.B.parquet"
    )
    assert symbols(tmp_path) == ["BF.B", "BRK.A", "BRK.B"]
    quality = LiveMarketDataSystem(MarketDataConfig(path=tmp_path)).get_data_quality(["BF.B", "BRK.A", "BRK.B"])
    assert quality.good == 5


def test_files_of_an_archive_are_instruments_of_their_own(tmp_path):
    path = tmp_path / "prices.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("us/AAPL.csv", ROWS)
        archive.writestr("us/BRK.B.csv", ROWS)
    assert symbols(path) == ["AAPL", "BRK.B"]
    assert symbols(path, symbol="X") == ["X"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export-1.csv", ROWS)
    assert symbols(path) == ["prices"]


def test_lines_of_json_are_named_after_their_file(tmp_path):
    (tmp_path / "BRK.B.jsonl").write_bytes(OBJECT)
    assert symbols(tmp_path / "BRK.B.jsonl") == ["BRK.B"]


@pytest.mark.parametrize("how", ["write_parquet", "write_ipc"])
def test_a_name_with_the_signs_of_a_pattern_is_that_file_and_no_other(tmp_path, how):
    folder = tmp_path / "dir [2]"
    folder.mkdir()
    for name, price in (("a1", 1.0), ("a[1]", 100.0), ("b*", 5.0), ("b2", 7.0)):
        frame = pl.DataFrame({"symbol": ["A"], "ts_event": [1], "price": [price], "size": [1.0]})
        getattr(frame, how)(folder / name)
    for name, price in (("a[1]", 100.0), ("b*", 5.0)):
        system = LiveMarketDataSystem(MarketDataConfig(path=folder / name))
        assert system.get_market_data(system.get_symbols())["price"].to_list() == [price]
    convert(folder / "b*", tmp_path / "st[1]", MarketDataConfig())
    system = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "st[1]"))
    assert system.get_market_data(["A"])["price"].to_list() == [5.0]


def test_hidden_files_of_an_archive_are_left_out_as_those_of_a_folder(tmp_path):
    path = tmp_path / "prices.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("AAPL.csv", "__MACOSX/._AAPL.csv", ".DS_Store"):
            archive.writestr(name, ROWS if name == "AAPL.csv" else b"\0\1")
    assert symbols(path) == ["prices"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._AAPL.csv", b"\0\1")
    with pytest.raises(DataError, match="found a zip archive without files"):
        symbols(path)


def test_store_that_came_while_another_was_written_there_stays(tmp_path):
    (tmp_path / "rows.csv").write_bytes(ROWS)
    store = tmp_path / "store"

    def other(*_):
        if not store.exists():
            store.mkdir()
            (store / "mine").touch()

    with pytest.raises(UsageError, match=r"store: expected a path where nothing is, found what came meanwhile"):
        convert(tmp_path / "rows.csv", store, MarketDataConfig(), other)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "rows.csv", "store"]
