"""Every way a file can be bad gives one clear line that names it, and leaves nothing behind."""

import errno
import gzip
import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
import zstandard

from allause.exceptions import DataError, UsageError
from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.converting import convert
from allause_market_data.reading import blocks, files_of, held_source, messages, open_source, read_batches, read_source
from allause_market_data.reading.delimited import DelimitedReader
from allause_market_data.store import folder_of

pytestmark = pytest.mark.long

MORE = 10 * 2**30
ROWS = pl.DataFrame(
    {
        "symbol": ["A"] * 5000,
        "ts_event": range(5000),
        "price": [float(number % 97 + 1) for number in range(5000)],
        "size": [1.0] * 5000,
    }
)


def written(how, rows=ROWS, **options):
    buffer = io.BytesIO()
    getattr(rows, how)(buffer, **options)
    return buffer.getvalue()


def zipped(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", data)
    return buffer.getvalue()


CSV = written("write_csv")
WHOLE = {
    "rows.csv.gz": gzip.compress(CSV),
    "rows.csv.zst": zstandard.compress(CSV),
    "rows.zip": zipped(CSV),
    "rows.parquet": written("write_parquet", row_group_size=1000),
    "rows.arrow": written("write_ipc"),
    "stream.arrow": written("write_ipc_stream"),
    "rows.jsonl": written("write_ndjson"),
}


def refusal(path, **config):
    with pytest.raises(DataError) as caught:
        list(read_batches(path, MarketDataConfig(**config)))
    message = str(caught.value)
    assert path.name in message
    assert "expected" in message
    assert "found" in message
    assert "\n" not in message
    return message


def boundaries(data):
    """Cuts at the start, in headers, at every eighth, before the end, and one byte short."""
    size = len(data)
    cuts = {
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        12,
        16,
        18,
        32,
        64,
        size - 1,
        size - 2,
        size - 4,
        size - 8,
        size - 9,
        size - 22,
    }
    return sorted(cut for cut in cuts | {size * part // 8 for part in range(1, 8)} if 0 < cut < size)


FEW = ROWS[:20]
FEW_CSV = written("write_csv", FEW)
#: Small enough to be cut at every byte, and so at every boundary there is.
SMALL = {
    "rows.csv.gz": gzip.compress(FEW_CSV),
    "rows.csv.zst": zstandard.compress(FEW_CSV),
    "rows.zip": zipped(FEW_CSV),
    "rows.parquet": written("write_parquet", FEW, row_group_size=8),
    "rows.arrow": written("write_ipc", FEW),
    "stream.arrow": written("write_ipc_stream", FEW),
}


@pytest.mark.parametrize("name", SMALL)
def test_copy_cut_at_any_byte_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(SMALL[name])
    assert sum(piece.batch.frame.height for piece in read_batches(path, MarketDataConfig())) == 20
    for cut in range(len(SMALL[name])):
        path.write_bytes(SMALL[name][:cut])
        refusal(path)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_text_cut_at_any_byte_is_refused_unless_a_line_seems_whole(tmp_path, name):
    """In JSON a line is whole when its object is closed, in CSV when its last field has begun."""
    data = FEW_CSV if name == "rows.csv" else written("write_ndjson", FEW)
    path = tmp_path / name
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        try:
            rows = sum(piece.batch.frame.height for piece in read_batches(path, MarketDataConfig()))
        except DataError:
            continue
        *whole, last = data[:cut].split(b"\n")
        assert last == b"" or last.endswith(b"}") or last.count(b",") == FEW.width - 1, cut
        assert rows == len(whole) + (last != b"") - (name == "rows.csv"), cut


@pytest.mark.parametrize("name", WHOLE)
def test_truncated_copy_is_refused_wherever_it_was_cut(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WHOLE[name])
    assert sum(piece.batch.frame.height for piece in read_batches(path, MarketDataConfig())) == 5000
    for cut in boundaries(WHOLE[name]):
        path.write_bytes(WHOLE[name][:cut])
        try:
            rows = sum(piece.batch.frame.height for piece in read_batches(path, MarketDataConfig()))
        except DataError as error:
            said = str(error)
        else:
            # text that is cut at the end of a line, or of its last one, is whole as far as anybody can see
            assert name == "rows.jsonl", (cut, rows)
            assert WHOLE[name][cut - 1 : cut] in b"\n}", cut
            continue
        assert name in said, cut
        assert "\n" not in said, cut


def test_text_that_breaks_off_inside_a_line_is_refused_with_its_offset(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(CSV[: CSV.rindex(b",", 0, -4) - 2])
    assert "breaks off after" in refusal(path)


@pytest.mark.parametrize("name", ["test_data.trades.v3.dbn.zst", "test_data.mbp-10.v3.dbn.zst"])
def test_truncated_dbn_is_refused_wherever_it_was_cut(tmp_path, recorded, name):
    pytest.importorskip("databento_dbn", reason="the extra dbn is not installed")
    data = zstandard.ZstdDecompressor().decompressobj().decompress(recorded(f"databento/{name}").read_bytes())
    path = tmp_path / "rows.dbn"
    path.write_bytes(data)
    (whole,) = read_source(open_source(path), MarketDataConfig())
    metadata = 8 + int.from_bytes(data[4:8], "little")
    record = (len(data) - metadata) // whole.frame["row"].max()
    for cut in range(3, len(data)):
        path.write_bytes(data[:cut])
        if cut >= metadata and (cut - metadata) % record == 0:
            continue  # whole records: nobody can see that there were more
        refusal(path)


def test_recorded_stream_that_breaks_off_is_refused(tmp_path, recorded):
    text = gzip.decompress(recorded("orderbook/binance/spot/btcusdt_20240808.gz").read_bytes())
    path = tmp_path / "stream"
    path.write_bytes(text[:100_000])
    assert "a file that breaks off" in refusal(path)


def test_lean_archive_that_was_cut_is_refused(tmp_path, recorded):
    data = recorded("lean/equity/usa/daily/spy.zip").read_bytes()
    for cut in boundaries(data):
        path = tmp_path / "spy.zip"
        path.write_bytes(data[:cut])
        refusal(path)


def test_damaged_byte_of_a_packed_file_is_refused(tmp_path):
    for name in ("rows.csv.gz", "rows.zip"):
        path = tmp_path / name
        data = bytearray(WHOLE[name])
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
        refusal(path)


def bomb(kind):
    line = b"A,1,1.0,1\n" * 100_000
    data = b"symbol,ts_event,price,size\n" + line * 300
    if kind == "zip":
        return zipped(data)
    return gzip.compress(data, 9) if kind == "gz" else zstandard.compress(data, 19)


@pytest.mark.parametrize("kind", ["zip", "gz", "zst"])
def test_decompression_bomb_is_refused(tmp_path, kind):
    path = tmp_path / f"bomb.csv.{kind}"
    path.write_bytes(bomb(kind))
    assert "bomb" in refusal(path)


def test_archive_that_claims_less_than_it_unpacks_to_is_refused(tmp_path):
    data = bytearray(bomb("zip"))
    true = struct.pack("<I", 27 + 10 * 100_000 * 300)
    assert data.count(true) == 2
    path = tmp_path / "liar.zip"
    path.write_bytes(bytes(data).replace(true, struct.pack("<I", 1000)))
    refusal(path)


def zip64(data, claimed):
    """An archive whose one member claims a size that takes 64 bits."""
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 0
    try:
        whole = zipped(data)
    finally:
        zipfile.ZIP64_LIMIT = limit
    claim = struct.pack("<Q", len(data))
    assert claim in whole
    return whole.replace(claim, struct.pack("<Q", claimed))


def arrow_stream(claimed):
    """A stream whose first records claim a body of that size."""
    data = WHOLE["stream.arrow"]
    _, (_, start, length) = list(messages._messages(held_source(data, "stream.arrow")))[:2]
    metadata = int.from_bytes(data[start + 4 : start + 8], "little")
    body = struct.pack("<Q", length - 8 - metadata)
    message = data[start : start + 8 + metadata]
    assert message.count(body) == 1
    return data[:start] + message.replace(body, struct.pack("<Q", claimed)) + data[start + 8 + metadata :]


def claims():
    """Files whose header claims 10 GB where there is next to nothing, or as much as the field can hold."""
    parquet = bytearray(WHOLE["rows.parquet"])
    parquet[-8:-4] = struct.pack("<I", 2**31 - 1)
    yield "rows.parquet", bytes(parquet)
    arrow = bytearray(WHOLE["rows.arrow"])
    arrow[-10:-6] = struct.pack("<I", 2**31 - 1)
    yield "rows.arrow", bytes(arrow)
    stream = bytearray(WHOLE["stream.arrow"])
    stream[4:8] = struct.pack("<I", 2**31 - 1)
    yield "stream.arrow", bytes(stream)
    yield "records.arrow", arrow_stream(MORE)
    yield "zip64.zip", zip64(CSV, MORE)
    archive = WHOLE["rows.zip"].replace(struct.pack("<I", len(CSV)), struct.pack("<I", 2**32 - 2))
    yield "rows.zip", archive
    # a zstandard frame that declares 10 GB of content and ends
    yield "rows.csv.zst", b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", MORE) + b"\x01\x00\x00"
    yield "rows.dbn", b"DBN\x03" + struct.pack("<I", 2**32 - 1) + b"\0" * 64


@pytest.mark.parametrize(("name", "data"), list(claims()), ids=lambda value: value if isinstance(value, str) else "")
def test_header_that_claims_ten_gigabytes_is_refused_in_little_memory(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from allause.exceptions import DataError\n"
        "from allause_market_data import MarketDataConfig\n"
        "from allause_market_data.reading import read_batches\n"
        "try:\n"
        "    list(read_batches(Path(sys.argv[1]), MarketDataConfig()))\n"
        "except DataError as error:\n"
        "    print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0], error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    peak, message = done.stdout.split(" ", 1)
    assert name in message
    assert int(peak) < 600 * 1024, "kilobytes"


def large(form):
    """More rows than are held at a time: about 65 MiB of text, 92 MiB of columns."""
    numbers = pl.int_range(4_000_000, eager=True)
    rows = pl.DataFrame({"ts_event": numbers, "price": numbers % 9973 + 0.25, "size": numbers % 97})
    if form == "stream.arrow":
        pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes a stream of several batches")
        table, buffer = rows.to_arrow(), io.BytesIO()
        with pyarrow.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table, max_chunksize=100_000)
        return buffer.getvalue()
    text = rows.write_csv().encode()
    return zipped(text) if form == "rows.zip" else gzip.compress(text, 1) if form == "rows.csv.gz" else text


@pytest.mark.parametrize("form", ["rows.csv", "rows.csv.gz", "rows.zip", "stream.arrow"])
def test_file_is_not_held_whole_while_it_is_read(tmp_path, form):
    """With blocks of 2 MiB: what is held follows the block, not the file; held whole it would be 150 MiB and more."""
    path = tmp_path / form
    path.write_bytes(large(form))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from allause_market_data import MarketDataConfig\n"
        "from allause_market_data.reading import blocks, open_source, read_source\n"
        "def peak():\n"
        "    return int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
        "blocks.BLOCK = 2 << 20\n"
        "before = peak()\n"
        "batches = read_source(open_source(Path(sys.argv[1])), MarketDataConfig())\n"
        "print(sum(one.frame.height for one in batches), peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    rows, more = done.stdout.split()
    assert int(rows) == 4_000_000
    assert int(more) < 120 * 1024, "kilobytes"


def test_wrong_extension_is_refused_with_both_formats(tmp_path):
    for name, data, what in (
        ("a.parquet", CSV, "found CSV content"),
        ("a.csv", WHOLE["rows.jsonl"], "found JSON lines content"),
        ("a.jsonl", CSV, "found CSV content"),
        ("a.arrow", WHOLE["rows.parquet"], "found Parquet content"),
        ("a.csv.zst", WHOLE["rows.csv.gz"], "found gzipped CSV content"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert what in refusal(path)


def test_folder_of_several_schemas_is_refused_with_both_files(tmp_path):
    (tmp_path / "1.csv").write_bytes(CSV)
    (tmp_path / "2.csv").write_text("ts_event,bid,ask\n1,2,3\n")
    with pytest.raises(DataError, match=r"2.csv: expected rows of trade as in .*1.csv, found quote"):
        list(read_batches(tmp_path, MarketDataConfig()))


def test_folder_that_begins_with_no_data_is_refused_before_the_rest_is_listed(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "program").write_bytes(b"\x7fELF\x02\x01\x01")
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "1.csv").write_bytes(CSV)
    listed = []
    listing = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or listing(folder))
    component = LiveMarketDataSystem(MarketDataConfig(path=tmp_path))
    with pytest.raises(DataError, match=r"bin/program: expected .* found no format that is known"):
        component.get_symbols()
    (problem,) = component.validate_component().problems
    assert "bin/program" in problem
    assert set(listed) == {str(tmp_path), str(tmp_path / "bin")}


def test_files_of_a_folder_come_in_the_order_of_their_paths(tmp_path):
    for name in ("b/1.csv", "b.csv", "a/z/1.csv", "a/b.csv", "a-b/1.csv", "a.b/1.csv", "B/1.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(CSV)
    assert list(files_of(tmp_path)) == sorted(tmp_path.rglob("*.csv"))


def test_home_of_somebody_unknown_is_told_like_any_file_that_is_not_there():
    component = LiveMarketDataSystem(MarketDataConfig(path="~nobody-of-that-name/bars.csv"))
    told = "~nobody-of-that-name/bars.csv: expected a file of market data, found no such file; check the path"
    with pytest.raises(DataError) as refused:
        component.get_symbols()
    assert str(refused.value) == told
    assert component.validate_component().problems == (told,)


def test_folder_that_changes_while_it_is_read_is_refused(tmp_path):
    (tmp_path / "1.csv").write_bytes(CSV)
    (tmp_path / "2.csv").write_bytes(CSV)
    pieces = read_batches(tmp_path, MarketDataConfig())
    next(pieces)
    (tmp_path / "3.csv").write_bytes(CSV)
    with pytest.raises(DataError, match="came or went"):
        list(pieces)


def test_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "1.csv"
    path.write_bytes(CSV)
    pieces = read_batches(path, MarketDataConfig())
    next(pieces)
    path.write_bytes(CSV + b"A,9,1.0,1.0\n")
    with pytest.raises(DataError, match="changed while it was read"):
        list(pieces)


def test_file_that_vanishes_from_a_folder_is_refused(tmp_path):
    (tmp_path / "1.csv").write_bytes(CSV)
    (tmp_path / "2.csv").write_bytes(CSV)
    pieces = read_batches(tmp_path, MarketDataConfig())
    next(pieces)
    (tmp_path / "2.csv").unlink()
    with pytest.raises(DataError, match="no such file"):
        list(pieces)


def test_output_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CSV)
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(UsageError, match="expected a p"):
            convert(tmp_path / "rows.csv", target, MarketDataConfig())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "rows.csv"]


def test_full_disk_leaves_nothing_behind(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CSV)
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from allause.exceptions import DataError\n"
        "from allause_market_data import MarketDataConfig\n"
        "from allause_market_data.converting import convert\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n"
        "    convert(Path(sys.argv[1]), Path(sys.argv[2]), MarketDataConfig())\n"
        "except DataError as error:\n"
        "    print(error)\n"
    )
    words = [sys.executable, "-B", "-c", code, str(tmp_path / "rows.csv"), str(tmp_path / "store")]  # no cut bytecode
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert "store: expected a place to write to" in done.stdout, done
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("broken", range(6))
def test_write_that_fails_anywhere_leaves_nothing_behind(tmp_path, monkeypatch, broken):
    months = ROWS[:4].with_columns(ts_event=pl.Series([0, 40, 80, 120]) * 86_400 * 10**9)
    (tmp_path / "rows.csv").write_bytes(written("write_csv", months))
    calls = []  # four months are written, then the description, then all is renamed

    def failing(real):
        def write(*words, **more):
            calls.append(real)
            if len(calls) == broken + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*words, **more)

        return write

    monkeypatch.setattr(pl.DataFrame, "write_parquet", failing(pl.DataFrame.write_parquet))
    monkeypatch.setattr(Path, "write_text", failing(Path.write_text))
    monkeypatch.setattr(Path, "rename", failing(Path.rename))
    with pytest.raises(DataError, match=r"store: .*No space left on device"):
        convert(tmp_path / "rows.csv", tmp_path / "store", MarketDataConfig())
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]


def test_output_on_a_file_system_that_takes_none_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CSV)
    with pytest.raises(UsageError, match="/proc/store: expected a place to write to"):
        convert(tmp_path / "rows.csv", Path("/proc/store"), MarketDataConfig())


def test_conversion_of_a_bad_file_leaves_nothing_behind(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.csv").write_bytes(CSV)
    (tmp_path / "in" / "2.csv.gz").write_bytes(WHOLE["rows.csv.gz"][:-20])
    with pytest.raises(DataError, match=r"2\.csv\.gz"):
        convert(tmp_path / "in", tmp_path / "store", MarketDataConfig())
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("failure", [OSError(errno.EIO, os.strerror(errno.EIO)), pl.exceptions.ComputeError("odd")])
def test_what_cannot_be_read_is_not_told_as_a_place_to_write_to(tmp_path, monkeypatch, failure):
    (tmp_path / "rows.csv").write_bytes(CSV)

    def read(*_):
        raise failure

    monkeypatch.setattr(DelimitedReader, "read", read)
    with pytest.raises(DataError, match=r"rows\.csv: expected a file of market data.*(Input/output error|odd)"):
        convert(tmp_path / "rows.csv", tmp_path / "new" / "sub" / "store", MarketDataConfig())
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]


def test_folders_made_for_a_store_that_fails_go_with_it_and_others_stay(tmp_path):
    (tmp_path / "rows.csv").write_bytes(CSV[:-9] + b"\xff\n")
    (tmp_path / "there").mkdir()
    for target in ("new/sub/store", "there/sub/store"):
        with pytest.raises(DataError, match=r"rows\.csv"):
            convert(tmp_path / "rows.csv", tmp_path / target, MarketDataConfig())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["rows.csv", "there"]
    assert [*(tmp_path / "there").iterdir()] == []
    (tmp_path / "rows.csv").write_bytes(CSV)
    convert(tmp_path / "rows.csv", tmp_path / "new/sub/store", MarketDataConfig())
    assert (tmp_path / "new" / "sub" / "store").is_dir()


def test_symbol_longer_than_a_file_name_is_stored(tmp_path):
    symbols = ["S" * 300, "S" * 299 + "T", "\u65e5" * 100, "S" * 200]
    lines = [f"{symbol},{at},{at}.5,1" for at, symbol in enumerate(symbols, 1)]
    (tmp_path / "rows.csv").write_text("\n".join(["symbol,ts_event,price,size", *lines, ""]), "utf-8")
    convert(tmp_path / "rows.csv", tmp_path / "store", MarketDataConfig())
    system = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store"))
    assert [system.get_market_data([symbol])["price"].item() for symbol in symbols] == [1.5, 2.5, 3.5, 4.5]
    assert folder_of("S" * 200) == "S" * 200


def test_endless_line_is_refused_before_memory_is(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 20)
    monkeypatch.setattr(blocks, "_LONGEST_LINE", 2 << 20)
    path = tmp_path / "a.csv"
    path.write_bytes(b"symbol,price" + b"x" * (8 << 20))
    assert "without a line end" in refusal(path)


def test_path_that_no_file_can_have_is_refused():
    with pytest.raises(ValueError, match="path: expected the name of a file or folder, found a null byte in 'a"):
        MarketDataConfig(path="a\0b")
    component = LiveMarketDataSystem(MarketDataConfig(path="a" * 300))
    (problem,) = component.validate_component().problems
    assert "found a file that cannot be read (File name too long)" in problem
    with pytest.raises(DataError, match="File name too long"):
        component.get_symbols()
