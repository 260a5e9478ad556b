import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from importlib.metadata import entry_points
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from allause.exceptions import DataError, UsageError
from allause_market_data import LiveMarketDataSystem, MarketDataConfig, converting
from allause_market_data.command import app
from allause_market_data.converting import convert
from allause_market_data.gate import Cause
from allause_market_data.reading import Batch, Schema, blocks, packing
from allause_market_data.reading.delimited import DelimitedReader
from allause_market_data.store import DESCRIPTION, StoreWriter

BARS = "symbol,ts_event,open,high,low,close,volume\n" + "".join(
    f"{symbol},{86_400 * 10**9 * day},10,12,9,{close},{day}\n"
    for symbol, closes in (("A", (11, 11.5, "nan", 11)), ("B.X/1", (10, 11, 11.2, 11.3)))
    for day, close in enumerate(closes, 1)
)


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bars.csv"
    path.write_text(BARS)
    return path


def test_command_is_offered_to_allause():
    (point,) = entry_points(group="allause.commands", name="data")
    assert point.load() is app


def test_inspect_says_what_a_file_is(file):
    done = run("inspect", file)
    assert done.exit_code == 0
    assert "CSV" in done.stdout
    assert "8 rows of schema bar: A, B.X/1" in done.stdout
    assert "from 1970-01-02 00:00:00 to 1970-01-05 00:00:00 UTC" in done.stdout


def test_inspect_says_why_a_file_is_refused_and_goes_on(tmp_path, file):
    (tmp_path / "alien.csv").write_text("a,b\n1,2\n")
    done = run("inspect", tmp_path)
    assert done.exit_code == 1
    assert f"{tmp_path / 'alien.csv'}\n  refused: expected " in done.stdout
    assert "8 rows of schema bar" in done.stdout


def test_check_counts_and_locates(file):
    done = run("check", file)
    assert done.exit_code == 1
    assert "8 bar rows of 2 instruments: 7 clean, 0 repaired, 1 rejected, 0 flagged" in done.stdout
    assert done.stdout.startswith(f"{file}\n")
    assert "\n      row 3, A at 1970-01-04 00:00:00\n" in done.stdout
    assert done.stdout.endswith("    times are UTC, those at which bars end\n")
    assert f"\n      {file.name} row 3, A at 1970-01-04 00:00:00\n" in run("check", file.parent).stdout
    content = json.loads(run("check", file, "--format", "json").stdout)
    (table,) = content["tables"]
    (finding,) = table["findings"]
    assert (finding["cause"], finding["row"], finding["symbol"]) == ("non_finite", 3, "A")
    assert sum(table["outcomes"].values()) == table["rows"] == 8


def test_report_is_not_written_over_what_it_is_about(tmp_path, file):
    content, link = file.read_bytes(), tmp_path / "link.json"
    link.hardlink_to(file)
    for path, report in ((file, file), (file.parent, file), (file, link)):
        done = run("check", path, "--report", f"json={report}")
        with pytest.raises(UsageError, match="it would be overwritten"):
            raise done.exception
    assert file.read_bytes() == content


def test_nulls_of_another_reader_are_rejected_wherever_they_are_asked_for(tmp_path, file, monkeypatch):
    rows = [("A", at, at, 100.0 + at, 1.0) for at in range(1, 6)]
    for row, column in ((1, 0), (2, 1), (3, 3)):
        rows[row] = tuple(None if at == column else value for at, value in enumerate(rows[row]))
    frame = pl.DataFrame(rows, schema=[*Schema.TRADE.columns], orient="row").with_row_index("row", 1)
    batch = Batch(Schema.TRADE, frame, frozenset(Schema.TRADE.columns))
    monkeypatch.setattr(DelimitedReader, "read", lambda *_: iter([batch]))
    assert "5 rows of schema trade" in run("inspect", file).stdout
    done = run("check", file)
    assert "2 clean, 0 repaired, 3 rejected, 0 flagged" in done.stdout
    assert "row 3, A at no time" in done.stdout
    assert json.loads(run("check", file, "--format", "json").stdout)["tables"][0]["counts"]["non_finite"] == 3
    run("check", file, "--report", f"html={tmp_path / 'page.html'}")
    assert (tmp_path / "page.html").is_file()
    assert "5 rows of 1 file read, 2 written" in run("convert", file, "--out", tmp_path / "store").stdout
    for path in (file, tmp_path / "store"):
        system = LiveMarketDataSystem(MarketDataConfig(path=path))
        assert [event.price for event in system.stream_market_data(["A"])] == [101, 105]


def test_time_that_is_still_to_come_is_found(file):
    file.write_text(BARS + f"A,{9 * 10**18},10,12,9,11,5\n")
    assert "future                    1  reject" in run("check", file).stdout


@pytest.mark.parametrize(("volume", "why"), [(",volume", " or far more trade than usual"), ("", "")])
def test_large_move_speaks_of_trade_only_where_a_volume_tells_of_it(tmp_path, volume, why):
    rows = [
        f"2020-01-{day:02d},{price},{price},{price},{price}{',9' * bool(volume)}"
        for day, price in enumerate((10, 10.1, 10.2, 17.9, 18), 1)
    ]
    (tmp_path / "a.csv").write_text("\n".join([f"date,open,high,low,close{volume}", *rows, ""]))
    assert f"10.2 to 17.9, no simple ratio at the opening{why}\n" in run("check", tmp_path).stdout


def test_check_of_clean_rows_finds_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(BARS.splitlines(keepends=True)[:3]))
    done = run("check", path)
    assert (done.exit_code, "nothing found" in done.stdout) == (0, True)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_page_has_three_pictures_and_asks_nothing_of_the_network(tmp_path):
    path = tmp_path / "<b>&.csv"
    path.write_text(BARS.replace("A,", "<script>alert(1)</script>,"))
    out = tmp_path / "page.html"
    run("check", path, "--report", f"html={out}")
    text = out.read_text()
    page = Page()
    page.feed(text)
    names = [tag for tag, _ in page.tags]
    assert names.count("svg") == 6
    assert not {"script", "link", "img", "iframe", "b"} & set(names)
    assert not any(set(attributes) & {"src", "href", "onload"} for _, attributes in page.tags)
    assert not re.search(r"https?://|url\(", text)
    assert {"line", "polyline", "rect"} <= set(names)


def test_convert_writes_a_store_that_answers_like_the_file(tmp_path, file):
    store = tmp_path / "store"
    done = run("convert", file, "--out", store)
    assert done.exit_code == 0
    assert done.stdout == f"8 rows of 1 file read, 7 written to {store}; left out: 1 non_finite\n"
    ours, theirs = (LiveMarketDataSystem(MarketDataConfig(path=path)) for path in (store, file))
    symbols = ("A", "B.X/1")
    assert ours.get_symbols() == theirs.get_symbols() == symbols
    nothing = ours.get_market_data(symbols, 10**18, 10**18 + 1)
    assert nothing.schema == theirs.get_market_data(symbols).schema
    assert nothing.is_empty()
    for start, end in ((None, None), (86_400 * 10**9 * 2, None), (None, 86_400 * 10**9 * 3), (5, 6)):
        assert ours.get_market_data(symbols, start, end).equals(theirs.get_market_data(symbols, start, end))
    assert ours.get_data_quality(symbols) == theirs.get_data_quality(symbols)
    assert list(map(repr, ours.stream_market_data(symbols))) == list(map(repr, theirs.stream_market_data(symbols)))
    assert pl.read_parquet(store / "bar" / "A" / "1970-01.parquet")["row"].to_list() == [1, 2, 4]


def test_store_is_told_as_one_and_can_be_clean(tmp_path, file):
    file.write_text(BARS.replace("nan", "11"))
    store = tmp_path / "store"
    assert run("convert", file, "--out", store).stdout.endswith(f"8 written to {store}\n")
    done = run("inspect", store)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 4)
    assert "8 rows of schema bar judged, 8 good: A, B.X/1\n  from 1970-01-02 00:00:00 to 1970-01-05" in done.stdout
    assert "a store, 2 files, " in done.stdout
    done = run("check", store)
    assert (done.exit_code, "nothing found" in done.stdout) == (0, True)


def test_store_with_a_missing_month_is_told(tmp_path, file):
    run("convert", file, "--out", tmp_path / "store")
    (tmp_path / "store" / "bar" / "A" / "1970-01.parquet").unlink()
    for command in ("inspect", "check"):
        done = run(command, tmp_path / "store")
        assert done.exit_code == 1
        assert "1970-01.parquet: expected a file of" in done.stdout


def test_progress_of_thousands_of_files_is_a_few_lines(tmp_path, file):
    for number in range(200):
        (tmp_path / f"{number:03d}.csv").write_text(f"symbol,ts_event,price\nX,{number + 1},1\n")
    file.unlink()
    assert len(run("check", tmp_path).stderr.splitlines()) == 20


@pytest.mark.parametrize("words", [("inspect",), ("check",), ("convert", "--out", "x")])
def test_path_with_nothing_at_it_is_a_mistake_of_the_user(tmp_path, words):
    done = run(words[0], tmp_path / "nonsuch", *words[1:])
    assert isinstance(done.exception, UsageError)
    assert "nonsuch: expected a file or folder, found nothing there" in str(done.exception)


def test_path_that_may_not_be_read_is_one_line_and_a_mistake_of_the_user(tmp_path, file):
    plain = ["-dac_override,-dac_read_search"] * 2
    words = [] if os.geteuid() else ["setpriv", "--bounding-set", plain[0], "--inh-caps", plain[1]]
    if words and shutil.which("setpriv") is None:
        pytest.skip("root reads everything here, and there is no setpriv to do without that")
    folder = tmp_path / "closed"
    folder.mkdir()
    file = file.rename(folder / "bars.csv")
    folder.chmod(0)
    try:
        for path, command in product((folder, file), (("data", "check"), ("run", "--data"))):
            done = subprocess.run(
                [*words, sys.executable, "-m", "allause", *command, str(path)],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                cwd=tmp_path,
            )
            assert done.returncode == 2, done
            assert re.search(
                r"^allause: error: .*(is not readable|cannot be read).*; check its permissions", done.stderr
            )
            assert done.stderr.count("\n") == 1
    finally:
        folder.chmod(0o700)


def test_recorded_rows_are_the_same_from_a_store(tmp_path, recorded):
    path = recorded("pypi/bokeh_sampledata_stocks.csv.gz")
    convert(path, tmp_path / "store", MarketDataConfig())
    ours, sample = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")), LiveMarketDataSystem()
    symbols = ("MSFT", "AAPL")
    assert ours.get_market_data(symbols).equals(sample.get_market_data(symbols))


def test_store_of_streams_serves_the_chosen_schema(tmp_path, recorded):
    path = recorded("orderbook/binance/spot/btcusdt_20240808.gz")
    with pytest.raises(UsageError, match="choose with schema"):
        LiveMarketDataSystem(MarketDataConfig(path=path)).get_symbols()
    trades = LiveMarketDataSystem(MarketDataConfig(path=path, schema="trade"))
    assert trades.get_market_data(["BTCUSDT"]).height == 9757
    convert(path, tmp_path / "store", MarketDataConfig())
    quotes = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store", schema="quote"))
    assert quotes.get_market_data(["BTCUSDT"]).height == 28_040


def test_folder_of_files_is_served_as_one(recorded):
    folder = recorded("lean/equity/usa/minute/aapl/20140605_trade.zip").parent
    with pytest.raises(DataError, match="keep one schema"):
        LiveMarketDataSystem(MarketDataConfig(path=folder)).get_symbols()


def test_damaged_store_is_refused(tmp_path, file):
    convert(file, tmp_path / "store", MarketDataConfig())
    month = tmp_path / "store" / "bar" / "A" / "1970-01.parquet"
    size = month.stat().st_size
    month.write_bytes(b"PAR1" * (size // 4) + b"P" * (size % 4))
    with pytest.raises(DataError, match="whole store"):
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_market_data(["A"])
    month.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=rf"1970-01.parquet: expected a file of {size} bytes, found one of 4"):
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_market_data(["A"])
    month.unlink()
    with pytest.raises(DataError, match=rf"1970-01.parquet: expected a file of {size} bytes, found none"):
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_market_data(["A"])
    LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_market_data(["B.X/1"])
    (tmp_path / "store" / DESCRIPTION).write_text("{")
    with pytest.raises(DataError, match="description of a store"):
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_symbols()


@pytest.mark.parametrize(
    "damage",
    [
        {"tables": {"bogus": {}}},
        {"tables": {"bar": 5}},
        {"tables": {"bar": {"A": {"rows": 1}}}},
        {"files": {"bar/A/1970-01.parquet": "many"}},
        {"files": {"../data.csv": 1}},
        {"files": {"/etc/passwd": 1}},
    ],
    ids=str,
)
def test_damaged_description_is_one_line(tmp_path, file, damage):
    convert(file, tmp_path / "store", MarketDataConfig())
    description = tmp_path / "store" / DESCRIPTION
    description.write_text(json.dumps(json.loads(description.read_text()) | damage))
    with pytest.raises(DataError, match="description of a store, found damage"):
        LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).get_symbols()
    for command in ("inspect", "check"):
        assert "description of a store, found damage" in str(run(command, tmp_path / "store").exception)


def test_store_is_not_there_before_it_is_whole(tmp_path, file, monkeypatch):
    seen = []
    describe = StoreWriter.describe

    def look(writer):
        seen.append((tmp_path / "store").exists())
        describe(writer)

    monkeypatch.setattr(StoreWriter, "describe", look)
    convert(file, tmp_path / "store", MarketDataConfig())
    assert seen == [False]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bars.csv", "store"]


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "zone"),
        ("--set", "zonk=1"),
        ("--report", "pdf=a"),
        ("--set", "price_scale=-1"),
        ("--set", "columns=a"),
    ],
)
def test_wrong_option_is_named(file, words):
    done = run("check", file, *words)
    assert isinstance(done.exception, UsageError)
    assert words[0] in str(done.exception)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("colums={}", "did you mean 'columns'?"), ("columns=foo", """'columns={"close": "Settle"}', found 'foo'""")],
)
def test_wrong_setting_is_told_with_what_was_meant(file, setting, expected):
    assert expected in str(run("check", file, "--set", setting).exception)


def test_rows_judged_in_parts_are_counted_as_those_judged_together(tmp_path, monkeypatch):
    lines = ["symbol,ts_event,price,size,id"]
    for at in range(1, 4_000):
        when = at * 10**9 + (10**13 if at > 2_100 else 0)
        lines.append(f"{'AB'[at % 2]},{when},{100 + at % 7},1,{at}")
        if at % 500 == 0:
            lines.append(lines[-1])  # at the seams, too
        if at % 333 == 0:
            lines.append(f"{'AB'[at % 2]},{when - 5 * 10**9},100,1,{at}x")
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    convert(path, tmp_path / "whole", MarketDataConfig())
    monkeypatch.setattr(blocks, "BLOCK", 2_000)
    monkeypatch.setattr(packing, "_UNPACKED", 2_000)
    monkeypatch.setattr(converting, "MOST_ROWS", 100)
    convert(path, tmp_path / "parts", MarketDataConfig())
    whole, parts = (LiveMarketDataSystem(MarketDataConfig(path=tmp_path / name)) for name in ("whole", "parts"))
    assert parts.get_data_quality(["A", "B"]) == whole.get_data_quality(["A", "B"])
    assert whole.get_data_quality(["A", "B"]).defects["duplicate"] == 7
    assert whole.get_data_quality(["A", "B"]).defects["disorder"] == 12
    assert parts.get_market_data(["A", "B"]).equals(whole.get_market_data(["A", "B"]))
    flags = [
        pl.read_parquet(tmp_path / name / "trade" / "A" / "*.parquet")["flags"].sum() for name in ("whole", "parts")
    ]
    assert flags[0] == flags[1] > 0


def test_store_of_bars_without_volume_is_as_good_as_their_file(tmp_path):
    (tmp_path / "nv.csv").write_text(
        "Date,Open,High,Low,Close\n2024-01-02,1,2,1,2\n2024-01-03,2,3,2,3\n2024-01-04,2,3,2,3\n"
    )
    assert "3 written" in run("convert", tmp_path / "nv.csv", "--out", tmp_path / "store").stdout
    assert "2 clean, 0 repaired, 0 rejected, 1 flagged" in run("check", tmp_path / "store").stdout
    assert "3 written" in run("convert", tmp_path / "store", "--out", tmp_path / "again").stdout
    tables = [pl.read_parquet(next((tmp_path / name).rglob("*.parquet"))) for name in ("store", "again")]
    assert tables[0].drop("row").equals(tables[1].drop("row"))


def test_every_cause_is_explained_as_in_the_reference():
    page = (Path(__file__).parents[3] / "docs" / "reference" / "market-data.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| (.*) \| (reject|repair|flag) \|$", page, re.MULTILINE)
    assert [name for name, _, _ in told] == list(Cause)
    expected = [word for name, text, default in told for word in (name, default, *text.replace("`", "").split())]
    shown = run("causes").stdout.partition("\n")[2].split()
    assert sorted(shown) == sorted(expected)
