"""Readers of other distributions: installed ones, beside our own, and those that do not keep to what a reader is."""

import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.reading import files, open_source, read_source

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "read-your-own-format.md"
HEAD = """
import polars as pl
from allause_market_data.reading import Batch, Schema, batch
FRAME = pl.DataFrame({"row": [1]})
COLUMNS = {"symbol": "T", "ts_event": 1, "ts_init": 1, "price": 1.5}
class TicksReader:
    name = "ticks"
    def recognise(self, source):
        return source.head.startswith(b"TICKS")
    def read(self, source, config):
"""


@attrs.frozen
class Point:
    reader: type
    name: str = "ticks"
    value: str = "ticks_format:TicksReader"

    def load(self):
        return self.reader


@pytest.fixture
def installed(tmp_path):
    """Install a module with a reader as a distribution, and give what runs ``allause`` beside it."""

    def install(source):
        site = tmp_path / "site"
        info = site / "ticks-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "ticks_format.py").write_text(source)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ticks\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[allause.readers]\nticks = ticks_format:TicksReader\n")
        command = "import sys; sys.path.append(sys.argv.pop(1)); from allause.cli.program import main; sys.exit(main())"

        def run(*words):
            call = [sys.executable, "-c", command, site, *words]
            return subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, check=False)

        return run

    return install


def test_reader_of_the_guide_reads_beside_our_own(installed, tmp_path):
    run = installed(re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1])
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.ticks").write_text("TICKS\n1.5\n")
    (folder / "b.csv").write_text("symbol,ts_event,price\nA,1600000000000000000,7.0\n")
    checked = run("data", "check", str(folder))
    assert "Traceback" not in checked.stderr
    assert "2 trade rows of 2 instruments: 2 clean" in checked.stdout
    converted = run("data", "convert", str(folder), "--out", str(tmp_path / "store"))
    assert converted.returncode == 0
    assert "2 rows of 2 files" in converted.stdout


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return iter(())", "read: expected rows, found none"),
        ("yield batch(Schema.TRADE, COLUMNS, FRAME.head(0))", "read: expected rows, found none"),
        ("return None", "read failed: TypeError"),
        ("yield FRAME", "expected batches as allause_market_data.reading.batch makes them, found shape"),
        ("yield batch(Schema.TRADE, COLUMNS, FRAME.lazy())", "found Batch"),
        ("yield Batch(Schema.TRADE, FRAME, frozenset())", "found trade without price, size, symbol, ts_event, ts_init"),
        ("raise KeyError('boom')", "read failed: KeyError('boom')"),
        ("raise SystemExit(0)", "read failed: SystemExit(0)"),
        (
            "yield Batch(Schema.TRADE, batch(Schema.TRADE, COLUMNS, FRAME).frame.cast({'price': str}), frozenset())",
            "found price of String, which is Float64",
        ),
    ],
)
def test_what_a_reader_does_wrong_is_told_with_its_name_and_the_file(tmp_path, monkeypatch, body, told):
    names = {}
    exec(f"{HEAD}        {body}\n", names)
    monkeypatch.setattr(files, "contributed", lambda path: (Point(names["TicksReader"]),))
    path = tmp_path / "a"
    path.write_text("TICKS\n1.5\n")
    with pytest.raises(DataError) as raised:
        list(read_source(open_source(path), MarketDataConfig()))
    assert str(raised.value).startswith(f"{path}: the reader ticks (ticks_format:TicksReader): ")
    assert told in str(raised.value)
    assert str(raised.value).endswith("; mend or uninstall it")


def test_readers_of_others_are_looked_up_once_for_a_folder_and_again_where_the_path_grew(tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(files, "entry_points", lambda group: looked.append(group) or ())
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text("symbol,ts_event,price\nA,1600000000000000000,7.0\n")
    monkeypatch.syspath_prepend(tmp_path / "one")
    assert len(list(files.read_batches(tmp_path, MarketDataConfig()))) == 3
    assert looked == ["allause.readers"]
    monkeypatch.syspath_prepend(tmp_path / "other")
    assert len(list(files.read_batches(tmp_path, MarketDataConfig()))) == 3
    assert looked == ["allause.readers"] * 2


def test_reader_that_ends_the_process_is_named_and_nothing_is_read(installed, tmp_path):
    run = installed(HEAD.replace('return source.head.startswith(b"TICKS")', "raise SystemExit(0)") + "        yield\n")
    (tmp_path / "a.csv").write_text("symbol,ts_event,price,size\nA,1,7.0,1.0\n")
    done = run("data", "convert", "a.csv", "--out", "store")
    assert done.returncode == 1
    told = "a.csv: the reader ticks (ticks_format:TicksReader): recognise failed: SystemExit(0); mend or uninstall it"
    assert told in " ".join(done.stderr.split())
    assert not (tmp_path / "store").exists()
