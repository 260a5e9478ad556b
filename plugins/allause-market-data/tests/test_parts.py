"""A check that is judged part by part finds what one that judges everything together does."""

import gzip
import json

import pytest

from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.converting import convert
from allause_market_data.gate import Gate
from allause_market_data.quality import RENDERERS, check
from allause_market_data.reading import blocks, packing

MINUTE = 60 * 10**9


def lines(begin, end, symbol="A"):
    for at in range(begin, end):
        close = "nan" if at % 97 == 5 else 10 + 0.01 * (at % 7)
        late = 9 * MINUTE if at % 211 == 3 else 0
        yield f"{symbol},{at * MINUTE},{at * MINUTE + late},{close},1"
        if at % 173 == 7:
            yield f"{symbol},{at * MINUTE},{at * MINUTE + late},{close},1"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 2_000)
    monkeypatch.setattr(packing, "_UNPACKED", 2_000)
    for number in range(3):
        rows = [*lines(number * 400, number * 400 + 400), *lines(number * 400, number * 400 + 400, "B")]
        (tmp_path / f"{number}.csv").write_text("symbol,ts_event,ts_init,price,size\n" + "\n".join(rows) + "\n")
    return tmp_path


def judged(monkeypatch):
    seen, judge = [], Gate.judge

    def noted(self, batch):
        seen.append(batch.frame.height)
        return judge(self, batch)

    monkeypatch.setattr(Gate, "judge", noted)
    return seen


@pytest.mark.parametrize("part_rows", [150, 700, 1_500])
def test_parts_are_judged_as_the_whole_is(folder, monkeypatch, part_rows):
    whole = check(folder, MarketDataConfig(), Gate())
    seen = judged(monkeypatch)
    parts = check(folder, MarketDataConfig(), Gate(), part_rows=part_rows)
    (one,), (other,) = parts.tables, whole.tables
    assert (one.counts, one.outcomes, one.first_causes) == (other.counts, other.outcomes, other.first_causes)
    assert (one.files, one.symbols, one.rows) == (other.files, other.symbols, other.rows)
    key = ["cause", "file", "row"]
    assert one.findings.sort(key).equals(other.findings.sort(key))
    assert one.drawn.sort("symbol", "ts_event").equals(other.drawn.sort("symbol", "ts_event"))
    assert sum(one.outcomes.values()) == one.rows
    assert len(seen) > 1
    # no more than a part, the block that filled it, and the rows known of both instruments
    assert max(seen) <= part_rows + 100 + 2 * 250


def test_what_no_picture_needs_is_not_kept(folder):
    report = check(folder, MarketDataConfig(), Gate(), drawn=False)
    assert report.tables[0].drawn.is_empty()
    assert RENDERERS["text"](report) == RENDERERS["text"](check(folder, MarketDataConfig(), Gate()))
    assert RENDERERS["json"](report) == RENDERERS["json"](check(folder, MarketDataConfig(), Gate()))


def test_rows_of_a_file_that_is_refused_count_only_where_a_part_was_judged(folder):
    data = gzip.compress((folder / "0.csv").read_bytes())[:-9]
    (folder / "3.csv.gz").write_bytes(data)
    whole = check(folder, MarketDataConfig(), Gate())
    assert list(whole.refused) == [str(folder / "3.csv.gz")]
    assert len(whole.tables[0].files) == 3
    parts = check(folder, MarketDataConfig(), Gate(), part_rows=200)
    assert list(parts.refused) == [str(folder / "3.csv.gz")]
    assert str(folder / "3.csv.gz") in parts.tables[0].files
    assert sum(parts.tables[0].outcomes.values()) == parts.tables[0].rows


def parted(tmp_path, *parts):
    """Return what a check finds in files that are judged one by one, and in all of them together."""
    for number, lines in enumerate(parts):
        (tmp_path / f"{number}.csv").write_text("symbol,ts_event,price,size\n" + "\n".join(lines) + "\n")
    counts = [check(tmp_path, MarketDataConfig(), Gate(), part_rows=rows).tables[0].counts for rows in (1, 1_000_000)]
    return [{cause.value: count for cause, count in each.items() if count} for each in counts]


def test_an_instrument_that_a_part_lacks_is_not_forgotten(tmp_path):
    a, b = f"A,{MINUTE},10,1", f"B,{MINUTE},20,1"
    assert parted(tmp_path, [a, b], [f"A,{2 * MINUTE},10,1"], [b]) == [{"duplicate": 1}] * 2


def test_rows_before_a_part_of_one_row_are_not_forgotten(tmp_path):
    rows = [f"A,{at * MINUTE},10,1" for at in range(3)]
    assert parted(tmp_path, rows[:2], rows[2:], rows[:1]) == [{"disorder": 1, "duplicate": 1}] * 2


def test_a_store_knows_an_instrument_that_a_part_lacked(tmp_path, monkeypatch):
    monkeypatch.setattr("allause_market_data.converting.MOST_ROWS", 1)
    (tmp_path / "data").mkdir()
    for number, line in enumerate((f"B,{MINUTE},20,1", f"A,{MINUTE},10,1", f"B,{MINUTE},20,1")):
        (tmp_path / "data" / f"{number}.csv").write_text(f"symbol,ts_event,price,size\n{line}\n")
    done = convert(tmp_path / "data", tmp_path / "store", MarketDataConfig())
    assert (done.rows, done.served) == (3, 2)


BARS = "symbol,ts_event,open,high,low,close{more}\n"


@pytest.fixture
def lacking(tmp_path):
    """A folder of days, of which one file has no volume and one neither volume nor currency, and one a hole."""
    full = [f"A,{at * MINUTE},10,10,10,10,5,USD" for at in range(300)]
    (tmp_path / "1.csv").write_text(BARS.format(more=",volume,currency") + "\n".join(full) + "\n")
    bare = [f"A,{at * MINUTE},10,10,10,10,USD" for at in range(300, 600)]
    (tmp_path / "2.csv").write_text(BARS.format(more=",currency") + "\n".join(bare) + "\n")
    none = [f"B,{at * MINUTE},10,10,10,10" for at in range(300)]
    (tmp_path / "3.csv").write_text(BARS.format(more="") + "\n".join(none) + "\n")
    hole = [f"B,{at * MINUTE},10,10,10,10,{'' if at == 310 else 7},USD" for at in range(300, 400)]
    (tmp_path / "4.csv").write_text(BARS.format(more=",volume,currency") + "\n".join(hole) + "\n")
    return tmp_path


@pytest.mark.parametrize("part_rows", [150, 299, 10_000])
def test_column_that_one_file_lacks_is_told_once_and_not_in_each_of_its_rows(lacking, part_rows):
    report = check(lacking, MarketDataConfig(), Gate(), part_rows=part_rows)
    (table,) = report.tables
    file = {number: str(lacking / f"{number}.csv") for number in (1, 2, 3, 4)}
    assert table.lacking == {file[2]: ("volume",), file[3]: ("volume", "unit")}
    found = table.findings.filter(table.findings["cause"] != "frozen")
    assert found.select("cause", "file", "row").rows() == [("non_finite", file[4], 11)]
    assert "  2.csv has no volume, which other files have\n" in RENDERERS["text"](report)
    assert "  3.csv has no volume and no unit, which other files have\n" in RENDERERS["text"](report)
    assert json.loads(RENDERERS["json"](report))["tables"][0]["lacking"][file[3]] == ["volume", "unit"]
    assert f"<p>{file[3]} has no volume and no unit, which other files have.</p>" in RENDERERS["html"](report)


def test_rows_of_a_file_without_a_column_are_converted_and_served_without(lacking, tmp_path_factory):
    store = tmp_path_factory.mktemp("out") / "store"
    done = convert(lacking, store, MarketDataConfig())
    assert (done.rows, done.left_out) == (1_000, {"non_finite": 1})
    for path in (lacking, store):
        rows = LiveMarketDataSystem(MarketDataConfig(path=path)).get_market_data(["A", "B"])
        assert (rows.height, rows["volume"].is_nan().sum()) == (999, 600)
