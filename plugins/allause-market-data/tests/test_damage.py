"""Files that are damaged inside, or hold what no row may: one clear line, and never another kind of error."""

import contextlib
import io
import os
import random
import subprocess
import sys
import zipfile

import polars as pl
import pytest
import zstandard

from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.gate import Gate
from allause_market_data.quality import check
from allause_market_data.reading import Schema, blocks, files_of, open_source, read_batches, read_source

UNIVERSE = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
    ",,,748.75,748.75,748.75,748.75,0,,,,,,,\n"
    "20151224,600,C,147.6,154.6,146,149.8,0,,3.06,0.92,0.001,0.05,-8.1,0.01\n"
    "20151224,610,P,137.65,144.5,136,139.85,0,,1.76,0.98,0.0004,0.01,-1.03,0.01\n"
)
MINUTES = "34200000,6120000,6130000,6110000,6120000,10\n34260000,6120000,6130000,6110000,6120000,10\n"


def zipped(member, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, text)
    return buffer.getvalue()


def saved(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path, **config):
    return list(read_source(open_source(path), MarketDataConfig(**config)))


def refusal(path, **config):
    with pytest.raises(DataError) as caught:
        read(path, **config)
    message = str(caught.value)
    assert str(path) in message
    assert "expected" in message
    assert "found" in message
    assert "\n" not in message
    return message


def dbn(recorded, name):
    pytest.importorskip("databento_dbn", reason="the extra dbn is not installed")
    return bytearray(
        zstandard.ZstdDecompressor()
        .decompressobj()
        .decompress(recorded(f"databento/test_data.{name}.v3.dbn.zst").read_bytes())
    )


@pytest.mark.parametrize(
    ("offset", "data"),
    [(0, b"\0"), (1, b"\x0a"), (1, b"\x21")],
    ids=["a record of no length", "a record of ten levels", "a record of a bar"],
)
def test_damaged_record_of_dbn_is_refused_with_its_offset(tmp_path, recorded, offset, data):
    content = dbn(recorded, "trades")
    offset += 8 + int.from_bytes(content[4:8], "little")
    content[offset : offset + len(data)] = data
    assert "damaged one at byte" in refusal(saved(tmp_path, "a.dbn", bytes(content)))


@pytest.mark.parametrize("name", ["trades", "mbp-10", "ohlcv-1s", "statistics", "tbbo", "bbo-1m", "mbo"])
def test_damaged_dbn_never_makes_its_decoder_speak_for_itself(tmp_path, recorded, capfd, name):
    whole, random_ = dbn(recorded, name), random.Random(7)
    begin = 8 + int.from_bytes(whole[4:8], "little")
    short = bytearray(whole)
    short[begin] //= 2  # its length
    for content in (short, *(mutated(whole, random_) for _ in range(150))):
        with contextlib.suppress(DataError):
            list(read(saved(tmp_path, "a.dbn", bytes(content))))
    with pytest.raises(DataError):
        list(read(saved(tmp_path, "a.dbn", bytes(short))))
    assert capfd.readouterr().err == ""


def test_damaged_metadata_of_dbn_are_refused(tmp_path, recorded):
    content = dbn(recorded, "trades")
    content[8:24] = b"\xff" * 16
    assert "damaged one at byte" in refusal(saved(tmp_path, "a.dbn", bytes(content)))


@pytest.mark.parametrize("time", ["86400000", "99999999999", "1452000021672100", "-1", "99991231 00:00"])
def test_time_that_is_none_of_the_day_is_refused_with_its_row(tmp_path, time):
    text = MINUTES + f"{time},6120000,6130000,6110000,6120000,1\n"
    path = saved(tmp_path, "equity/usa/minute/spy/20161007_trade.zip", zipped("20161007_spy_minute_trade.csv", text))
    assert f"found '{time}' in row 3" in refusal(path)


def test_last_millisecond_of_a_day_is_a_time(tmp_path):
    text = MINUTES + "86399999,6120000,6130000,6110000,6120000,1\n"
    path = saved(tmp_path, "equity/usa/minute/spy/20161007_trade.zip", zipped("20161007_spy_minute_trade.csv", text))
    assert read(path)[0].frame.height == 3


def test_lean_price_that_a_binary64_would_change_is_refused_with_its_row(tmp_path):
    text = "0,612,613,611,612,1\n60000,612.123456789012345678,613,611,612,1\n"
    path = saved(
        tmp_path, "crypto/gdax/minute/btcusd/20161007_trade.zip", zipped("20161007_btcusd_minute_trade.csv", text)
    )
    assert "found '612.123456789012345678' in data row 2" in refusal(path)


def test_lean_archive_outside_its_path_is_read_with_zone_and_scale_even_of_one(tmp_path):
    path = saved(tmp_path, "btcusd_trade.zip", zipped("20161007_btcusd_minute_trade.csv", "0,612,613,611,612.5,1\n"))
    assert "declare zone and price_scale" in refusal(path, zone="UTC")
    (one,) = read(path, zone="UTC", price_scale=1)
    assert one.frame["close"].to_list() == [612.5]
    (one,) = read(path, zone="UTC", price_scale=10)
    assert one.frame["close"].to_list() == [61.25]


@pytest.mark.parametrize(
    ("was", "becomes", "found"),
    [
        (",600,", ",6o0,", "a strike above 0 and up to 99999.999 in column 'strike', found '6o0' in data row 2"),
        (",600,", ",inf,", "a strike above 0 and up to 99999.999 in column 'strike', found 'inf' in data row 2"),
        (",600,", ",,", "a strike above 0 and up to 99999.999 in column 'strike', found None in data row 2"),
        ("20151224,600", "20151324,600", "an expiry as YYYYMMDD in column '#expiry', found '20151324' in data row 2"),
        (",610,P", ",610,X", "C or P in column 'right', found 'X' in data row 3"),
        (",1.76,", ",1.7.6,", "a number in column 'implied_volatility', found '1.7.6' in data row 3"),
        (",theta,rho", ",theta", "the columns of a universe of options, found none named rho"),
    ],
)
def test_universe_with_what_no_option_has_is_refused(tmp_path, was, becomes, found):
    text = UNIVERSE.replace(was, becomes)
    if was.endswith("rho"):
        text = "\n".join(line.rsplit(",", 1)[0] for line in UNIVERSE.splitlines()) + "\n"
    path = saved(tmp_path, "goog/20151224.csv", text)
    assert f"expected {found}" in refusal(path)


def test_row_of_empty_fields_is_refused_with_its_number_and_a_blank_line_is_none(tmp_path):
    header = "symbol,ts_event,price,size\n"
    path = saved(tmp_path, "a.csv", header + "A,1,10,1\n,,,\nA,2,nan,1\nA,3,10.1,1\n")
    assert "in data row 2 (1 such rows)" in refusal(path)
    path = saved(tmp_path, "b.csv", header + '\nA,1,10,1\r\n\r\n"A",2,"nan",1\n\n\nA,3,10.1,1\n\n\n')
    (one,) = read(path)
    assert one.frame["row"].to_list() == [1, 2, 3]
    assert one.frame["price"].is_nan().to_list() == [False, True, False]


@pytest.mark.parametrize("expiry", ["201313", "soon", ""])
def test_universe_of_futures_with_no_month_is_refused(tmp_path, expiry):
    header = "#expiry,open,high,low,close,volume,open_interest\n201312,1,2,1,2,5,6\n"
    path = saved(tmp_path, "es/20131003.csv", header + f"{expiry},1,2,1,2,5,6\n")
    assert "expected an expiry as YYYYMM in column '#expiry'" in refusal(path)


@pytest.mark.parametrize(
    ("header", "config"),
    [
        ("ts_event,price,size,seq", {}),
        ("ts_event,bid,ask,Seq", {}),
        ("ts_event,price,size,id", {"columns": {"seq": "id"}}),
    ],
)
def test_numbers_of_a_table_are_followed(tmp_path, header, config):
    path = saved(tmp_path, "a.csv", f"{header}\n1,10,11,1\n2,10,12,2\n3,10,13,9\n4,10,14,\n")
    (one,) = read(path, **config)
    assert one.frame["seq"].to_list() == [1, 2, 9, None]
    counted = Gate().judge(one).counts()
    assert {cause.value: count for cause, count in counted.items() if count} == {"sequence_gap": 1}


ROW = "ts_event,price,size\n1,10,5\n"


@pytest.mark.parametrize("change", ["append", "replace", "remove", "add"])
def test_folder_that_changes_is_refused_whoever_reads_it(tmp_path, change):
    def changed():
        if change == "append":
            saved(tmp_path, "1.csv", ROW + "2,10,5\n")
        elif change == "replace":
            saved(tmp_path, "new", ROW.replace("5", "6")).rename(tmp_path / "1.csv")
        elif change == "remove":
            (tmp_path / "1.csv").unlink()
        else:
            saved(tmp_path, "3.csv", ROW)

    def progress(done, _files, _name):
        if done == 1:
            changed()

    for name in ("1.csv", "2.csv"):
        saved(tmp_path, name, ROW)
    with pytest.raises(DataError, match="at rest, found"):
        check(tmp_path, MarketDataConfig(), Gate(), progress)
    (tmp_path / "3.csv").unlink(missing_ok=True)
    saved(tmp_path, "1.csv", ROW)
    pieces = read_batches(tmp_path, MarketDataConfig())
    next(pieces)
    next(pieces)  # of the second file: the first was read to its end
    changed()
    with pytest.raises(DataError, match="at rest, found"):
        list(pieces)


def test_pipe_in_a_folder_is_refused_and_hidden_files_are_left_out(tmp_path):
    for name in ("1.csv", ".hidden.csv", "_draft.csv", "_temporary/2.csv", "sub/3.csv"):
        saved(tmp_path, name, ROW)
    assert [one.name for one in files_of(tmp_path)] == ["1.csv", "3.csv"]
    os.mkfifo(tmp_path / "pipe")
    report = check(tmp_path, MarketDataConfig(), Gate())
    assert list(report.refused) == [str(tmp_path / "pipe")]
    assert "found a device, pipe or socket" in report.refused[str(tmp_path / "pipe")]


def test_linked_folders_are_read_once_and_a_circle_ends(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").touch()
    data = tmp_path / "data"
    data.mkdir()
    (data / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(data)
    assert files_of(data) == (data / "linked" / "a.csv",)


def test_member_of_a_zip_archive_is_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 20)
    text = "ts_event,price,size\n" + "".join(f"{at},10,5\n" for at in range(400_000))
    content = bytearray(zipped("rows.csv", text))
    content[len(text) - 10] ^= 1  # its sum is told wrong at the end, when what came before was given
    batches = read_source(open_source(saved(tmp_path, "a.zip", bytes(content))), MarketDataConfig())
    assert 0 < next(batches).frame.height < 300_000
    with pytest.raises(DataError, match=r"expected a whole member 'rows\.csv'"):
        list(batches)


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical], ids=["plain", "with dictionaries"])
def test_arrow_stream_is_read_batch_by_batch(tmp_path, monkeypatch, kind):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes a stream of several batches")
    rows = pl.DataFrame(
        {"symbol": ["A", "B", "A", "C", "B"], "ts_event": range(5), "price": [1.0, 2, 3, 4, 5], "size": [1.0] * 5},
        schema_overrides={"symbol": kind},
    )
    buffer = io.BytesIO()
    parts = [rows[:2].to_arrow(), rows[2:].to_arrow()]
    with pyarrow.ipc.new_stream(buffer, parts[0].schema) as stream:
        for part in parts:
            stream.write_table(part)
    held = []
    monkeypatch.setattr(
        pl, "read_ipc_stream", lambda file, read=pl.read_ipc_stream: held.append(read(file)) or held[-1]
    )
    batches = read(saved(tmp_path, "a.arrow", buffer.getvalue()))
    assert [one.height for one in held] == [2, 3]
    frame = pl.concat([one.frame for one in batches])
    assert frame["symbol"].to_list() == ["A", "B", "A", "C", "B"]
    assert frame["row"].to_list() == [1, 2, 3, 4, 5]


def test_row_that_is_a_quote_and_a_trade_becomes_both(tmp_path, recorded):
    path = saved(tmp_path, "a.csv", "ts_event,price,size,bid,ask\n1,10,5,9,11\n2,11,6,10,12\n")
    quotes, trades = read(path)
    assert (quotes.schema, quotes.frame["bid"].to_list()) == (Schema.QUOTE, [9, 10])
    assert (trades.schema, trades.frame["price"].to_list()) == (Schema.TRADE, [10, 11])
    quotes, trades = read(saved(tmp_path, "a.dbn", bytes(dbn(recorded, "tbbo"))))
    assert (quotes.schema, trades.schema) == (Schema.QUOTE, Schema.TRADE)
    assert trades.frame.select("price", "size", "row").rows() == [(3720.25, 5.0, 1), (3720.25, 21.0, 2)]
    assert quotes.frame["ask"].to_list() == [3720.5, 3720.5]


@pytest.mark.parametrize("number", ["x", "1.5", "99999999999999999999"])
def test_number_that_is_none_is_refused_with_its_row(tmp_path, number):
    path = saved(tmp_path, "a.csv", f"ts_event,price,size,seq\n1,10,11,1\n2,10,12,{number}\n")
    assert f"expected whole numbers in column 'seq', found '{number}' in data row 2" in refusal(path)


def sample(name, recorded):
    """Return a small whole file of a format that is not columns, and how it is packed."""
    if name.endswith(".zip"):
        return MINUTES.encode(), lambda data: zipped("20161007_spy_minute_trade.csv", data)
    return (UNIVERSE.encode() if name.endswith(".csv") else bytes(dbn(recorded, name.removesuffix(".dbn")))), bytes


def mutated(data, random_):
    content = bytearray(data)
    for _ in range(random_.randint(1, 3)):
        at = random_.randrange(len(content))
        kind = random_.randrange(3)
        if kind == 0:
            content[at] = random_.randrange(256)
        elif kind == 1:
            del content[at : at + random_.randint(1, 8)]
        else:
            content[at:at] = bytes(random_.choice(b'0123456789.,-e:"{}') for _ in range(random_.randint(1, 12)))
    return bytes(content)


@pytest.mark.parametrize(
    "name",
    [
        "equity/usa/minute/spy/20161007_trade.zip",
        "goog/20151224.csv",
        *(f"{kind}.dbn" for kind in ("trades", "mbp-10", "ohlcv-1s", "statistics", "tbbo")),
    ],
)
def test_damage_anywhere_is_one_clear_line_or_rows_with_times(tmp_path, recorded, name):
    random_ = random.Random(5)
    whole, packed = sample(name, recorded)
    for _ in range(60):
        path = saved(tmp_path, name, packed(mutated(whole, random_)))
        try:
            for one in read(path):
                assert one.frame["ts_event"].null_count() == 0
        except DataError as error:
            said = str(error)
            if str(path) not in said or "\n" in said:
                pytest.fail(f"no clear line: {said}")


ARROW = pl.DataFrame(
    {"symbol": ["A", "B"] * 50, "ts_event": range(100), "price": [1.5] * 100},
    schema_overrides={"symbol": pl.Categorical},
)


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_arrow_file_is_read_batch_by_batch(tmp_path, compression):
    path = tmp_path / "a.arrow"
    ARROW.write_ipc(path, record_batch_size=7, compression=compression)
    frames = [one.frame for one in read(path)]
    assert [frame.height for frame in frames] == [7] * 14 + [2]
    whole = pl.concat(frames)
    assert whole.select("ts_event", "price").equals(ARROW.select("ts_event", "price"))
    assert whole["symbol"].to_list() == ARROW["symbol"].to_list()


def test_arrow_file_of_another_library_with_dictionaries_is_read(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes a file of several dictionaries")
    table = ARROW.to_arrow()
    with pyarrow.ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=30)
    assert pl.concat([one.frame for one in read(tmp_path / "a.arrow")])["symbol"].to_list() == ARROW["symbol"].to_list()


def test_arrow_file_that_is_cut_while_it_is_read_is_refused_and_the_process_lives(tmp_path):
    program = """
import os, sys
from pathlib import Path
from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.reading import open_source, read_source
path = Path(sys.argv[1])
try:
    for one in read_source(open_source(path), MarketDataConfig()):
        os.truncate(path, 1000)
except DataError as error:
    print(error)
"""
    rows = pl.DataFrame({"symbol": "A", "ts_event": pl.int_range(3_000_000, eager=True), "price": 1.5})
    for name, write in (("a.arrow", rows.write_ipc), ("a.parquet", rows.write_parquet)):
        write(tmp_path / name)
        done = subprocess.run(
            [sys.executable, "-c", program, tmp_path / name], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        assert f"{name}: expected" in done.stdout


def test_arrow_file_whose_list_of_batches_lies_is_refused(tmp_path):
    path = tmp_path / "a.arrow"
    ARROW.write_ipc(path, record_batch_size=50, compression="uncompressed")
    whole = path.read_bytes()
    footer = len(whole) - 10 - int.from_bytes(whole[-10:-6], "little")
    counts = set()
    for at in range(footer, len(whole) - 10):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x7F]) + whole[at + 1 :])
        try:
            counts.add(sum(one.frame.height for one in read(path)))
        except DataError as error:
            counts.add(str(error).count("\n"))
    assert counts == {0, 100}  # a line break in no message, and all rows or none


def test_damaged_headers_of_parquet_do_not_make_its_decoder_speak_for_itself(tmp_path, capfd):
    path = tmp_path / "a.parquet"
    ARROW.select("ts_event", "price").write_parquet(path, compression="uncompressed", statistics=False)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    said = []
    for at in (*range(4, 30, 3), *range(footer + 40, footer + 160)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        with contextlib.suppress(DataError):
            read(path)
        said.append(capfd.readouterr().err)
    for length in range(0, len(whole), 100):
        refusal(saved(tmp_path, "a.parquet", whole[:length]))
        said.append(capfd.readouterr().err)
    assert set(said) == {""}
