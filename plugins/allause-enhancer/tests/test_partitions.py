import json
import signal
import subprocess
import sys
from time import sleep

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer import EnhancerConfig, MarketDataEnhancer, partitions
from allause_enhancer.partitions import enhance_partitions


@pytest.fixture
def folder(tmp_path, bars):
    source = tmp_path / "raw"
    for day in range(3):
        path = source / f"day={day}" / "bars.parquet"
        path.parent.mkdir(parents=True)
        bars(*(("A", 10 * day + step, 100.0 + step) for step in range(5))).write_parquet(path)
    return source


NAMES = tuple(f"day={day}/bars.parquet" for day in range(3))


def test_all_partitions_are_computed_first_and_none_again(folder, tmp_path):
    first = enhance_partitions(folder, tmp_path / "rich")
    again = enhance_partitions(folder, tmp_path / "rich")
    assert (first.computed, first.kept, first.rows) == (NAMES, (), 15)
    assert (again.computed, again.kept, again.rows) == ((), NAMES, 0)
    expected = MarketDataEnhancer().enhance_market_data(pl.read_parquet(folder / NAMES[1]))
    assert pl.read_parquet(tmp_path / "rich" / NAMES[1]).equals(expected)


def test_only_new_and_changed_partitions_are_computed_again(folder, tmp_path, bars):
    target = tmp_path / "rich"
    enhance_partitions(folder, target)
    bars(("A", 1, 5.0)).write_parquet(folder / NAMES[1])
    (folder / "day=9").mkdir()
    bars(("B", 1, 5.0)).write_parquet(folder / "day=9" / "bars.parquet")
    (folder / NAMES[0]).unlink()
    done = enhance_partitions(folder, target)
    assert done.computed == (NAMES[1], "day=9/bars.parquet")
    assert (done.kept, done.removed) == ((NAMES[2],), (NAMES[0],))
    assert pl.read_parquet(target / NAMES[1])["close"].to_list() == [5.0]
    assert not (target / NAMES[0]).exists()


def test_touched_partition_with_the_same_bytes_is_kept(folder, tmp_path):
    enhance_partitions(folder, tmp_path / "rich")
    (folder / NAMES[0]).touch()
    assert enhance_partitions(folder, tmp_path / "rich").computed == ()


def test_other_configuration_damage_or_a_lost_answer_is_computed_again(folder, tmp_path):
    target = tmp_path / "rich"
    enhance_partitions(folder, target)
    assert enhance_partitions(folder, target, EnhancerConfig(window=3)).computed == NAMES
    (target / NAMES[2]).unlink()
    assert enhance_partitions(folder, target, EnhancerConfig(window=3)).computed == (NAMES[2],)
    for damage in ("{", "[]", json.dumps({"meaning": 1})):
        (target / "_enhanced.json").write_text(damage)
        assert enhance_partitions(folder, target, EnhancerConfig(window=3)).computed == NAMES


def test_ledger_tells_a_person_what_was_computed_and_what_was_kept(folder, tmp_path, bars):
    target = tmp_path / "rich"
    enhance_partitions(folder, target)
    first = json.loads((target / "_enhanced.json").read_text())
    assert first["last"]["computed"] == list(NAMES)
    assert first["partitions"][NAMES[0]]["rows"] == 5
    assert first["partitions"][NAMES[0]]["computed"] >= first["last"]["begun"]
    assert first["last"]["begun"].endswith(" UTC")
    bars(("A", 1, 5.0)).write_parquet(folder / NAMES[1])
    (folder / NAMES[2]).touch()
    (folder / NAMES[0]).unlink()
    enhance_partitions(folder, target)
    again = json.loads((target / "_enhanced.json").read_text())
    told = {word: again["last"][word] for word in ("computed", "kept", "removed")}
    assert told == {"computed": [NAMES[1]], "kept": [NAMES[2]], "removed": [NAMES[0]]}
    assert again["partitions"][NAMES[1]]["rows"] == 1
    assert again["partitions"][NAMES[2]]["computed"] == first["partitions"][NAMES[2]]["computed"]
    enhance_partitions(folder, target)
    assert json.loads((target / "_enhanced.json").read_text())["last"]["kept"] == list(NAMES[1:])


def test_target_that_cannot_be_written_is_one_clear_error(folder, tmp_path):
    (tmp_path / "taken").write_text("")
    (tmp_path / "rich" / "_enhanced.json").mkdir(parents=True)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "day=1").write_text("")
    message = r"^target: expected a folder to write to, found .*: [A-Z].*; choose another"
    for target in (tmp_path / "taken", tmp_path / "rich", tmp_path / "half", "/proc/nowhere"):
        with pytest.raises(DataError, match=message):
            enhance_partitions(folder, target)


def test_partition_that_cannot_be_enhanced_is_named_and_leaves_no_half_answer(folder, tmp_path):
    (folder / NAMES[1]).write_bytes((folder / NAMES[1]).read_bytes()[:200])
    with pytest.raises(DataError, match=r"day=1/bars.parquet: expected a Parquet file that can be enhanced"):
        enhance_partitions(folder, tmp_path / "rich")
    target = tmp_path / "rich"
    left = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    # the next one may have been computed meanwhile
    assert left - {NAMES[2]} == {NAMES[0], "_enhanced.json"}
    (folder / NAMES[1]).unlink()
    assert enhance_partitions(folder, target).kept == (NAMES[0],)


def test_folders_that_overlap_or_are_none_are_refused(folder, tmp_path):
    with pytest.raises(DataError, match="target: expected a folder apart"):
        enhance_partitions(folder, folder / "rich")
    with pytest.raises(DataError, match="source: expected a folder of Parquet files"):
        enhance_partitions(tmp_path / "nothing", tmp_path / "rich")


def test_file_is_itself_whatever_signs_of_a_pattern_its_name_has(tmp_path, bars):
    source = tmp_path / "raw [2]"
    source.mkdir()
    bars(("A", 1, 1.0)).write_parquet(source / "a1.parquet")
    bars(("A", 1, 100.0)).write_parquet(source / "a[1].parquet")
    assert enhance_partitions(source, tmp_path / "rich").rows == 2
    assert pl.read_parquet(tmp_path / "rich" / "a[1].parquet", glob=False)["close"].to_list() == [100.0]


@pytest.mark.parametrize("elsewhere", ["../victim.parquet", "{tmp}/victim.parquet", "_enhanced.json"])
def test_ledger_that_names_a_file_elsewhere_removes_nothing(folder, tmp_path, elsewhere):
    victim, target = tmp_path / "victim.parquet", tmp_path / "rich"
    victim.touch()
    enhance_partitions(folder, target)
    ledger = json.loads((target / "_enhanced.json").read_text())
    ledger["partitions"][elsewhere.format(tmp=tmp_path)] = {}
    (target / "_enhanced.json").write_text(json.dumps(ledger))
    done = enhance_partitions(folder, target)
    assert (done.computed, done.removed) == (NAMES, ())
    assert victim.exists()


def test_ledger_nested_beyond_reason_is_damage(folder, tmp_path):
    enhance_partitions(folder, tmp_path / "rich")
    (tmp_path / "rich" / "_enhanced.json").write_text("[" * 100_000)
    assert enhance_partitions(folder, tmp_path / "rich").computed == NAMES


def test_answer_of_another_configuration_goes_with_its_partition(folder, tmp_path):
    enhance_partitions(folder, tmp_path / "rich")
    (folder / NAMES[1]).unlink()
    done = enhance_partitions(folder, tmp_path / "rich", EnhancerConfig(window=3))
    assert done.removed == (NAMES[1],)
    assert not (tmp_path / "rich" / NAMES[1]).exists()


def test_answer_that_belongs_to_no_partition_is_refused_and_stays(folder, tmp_path):
    target = tmp_path / "rich"
    enhance_partitions(folder, target)
    (folder / NAMES[1]).unlink()
    (target / "_enhanced.json").write_text("{")
    with pytest.raises(DataError, match=r"found .*day=1/bars.parquet, which is none; remove it or choose another"):
        enhance_partitions(folder, target)
    assert (target / NAMES[1]).exists()


def test_answer_that_was_cut_is_computed_again(folder, tmp_path):
    answer = tmp_path / "rich" / NAMES[1]
    enhance_partitions(folder, tmp_path / "rich")
    whole = answer.read_bytes()
    answer.write_bytes(whole[:100])
    assert enhance_partitions(folder, tmp_path / "rich").computed == (NAMES[1],)
    assert answer.read_bytes() == whole


def test_hidden_files_and_folders_named_like_files_are_left_out(folder, tmp_path):
    for name in (".tmp-x.parquet", "_old/x.parquet"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"half")
    (folder / "spark.parquet").mkdir()
    (folder / NAMES[0]).rename(folder / "spark.parquet" / "part-0.parquet")
    assert enhance_partitions(folder, tmp_path / "rich").computed == (*NAMES[1:], "spark.parquet/part-0.parquet")


def run_of(folder, target, patch):
    """Start a run in a process of its own, with a statement that changes the module first."""
    source = (
        "import os, signal, sys, pathlib\nfrom allause_enhancer import partitions\n"
        f"{patch}\npartitions.enhance_partitions(*map(pathlib.Path, sys.argv[1:]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", source, folder, target], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def test_second_run_at_once_is_told_so_and_the_first_one_ends_well(folder, tmp_path):
    target = tmp_path / "rich"
    wait = "go = partitions._bring_up\npartitions._bring_up = lambda *all: [print(flush=True), input(), go(*all)]"
    with run_of(folder, target, wait) as first:
        first.stdout.readline()
        with pytest.raises(DataError, match="found that another run writes into"):
            enhance_partitions(folder, target)
        first.communicate("\n")
    assert first.returncode == 0
    assert enhance_partitions(folder, target).kept == NAMES


@pytest.mark.parametrize("step", ["write_parquet", "fsync", "replace"])
def test_killed_run_goes_on_where_it_was(folder, tmp_path, step):
    target = tmp_path / "rich"
    owner = {"write_parquet": "partitions.pl.DataFrame", "fsync": "os", "replace": "pathlib.Path"}[step]
    kill = f"""
step, left = {owner}.{step}, [3]
def dying(*all, **named):
    left[0] -= 1
    left[0] or os.kill(os.getpid(), signal.SIGKILL)
    return step(*all, **named)
{owner}.{step} = dying"""
    with run_of(folder, target, kill) as run:
        run.communicate()
    assert run.returncode == -signal.SIGKILL
    done = enhance_partitions(folder, target)
    assert sorted(done.computed + done.kept) == list(NAMES)
    for name in NAMES:
        expected = MarketDataEnhancer().enhance_market_data(pl.read_parquet(folder / name))
        assert pl.read_parquet(target / name).equals(expected)
    assert not list(target.rglob("*.part"))


def stored(tmp_path, bars, *symbols):
    """A store of two months of a bar each, of each symbol."""
    market_data = pytest.importorskip("allause_market_data", reason="allause-market-data is not installed")
    converting = pytest.importorskip("allause_market_data.converting")
    month = 31 * 86_400 * 10**9
    rows = [(symbol, at * 2 * month + step, 100.0 + step) for symbol in symbols for at in (0, 1) for step in (1, 2)]
    bars(*rows).drop("volume", "adj_close").write_csv(tmp_path / "bars.csv")
    converting.convert(tmp_path / "bars.csv", tmp_path / "store", market_data.MarketDataConfig())
    return tmp_path / "store"


def served(path, *symbols):
    market_data = pytest.importorskip("allause_market_data")
    system = market_data.LiveMarketDataSystem(market_data.MarketDataConfig(path=path))
    return system.get_symbols(), system.get_market_data(symbols)


def test_answers_to_a_store_are_a_store_with_all_its_instruments(tmp_path, bars):
    store, target = stored(tmp_path, bars, "A", "_B"), tmp_path / "rich"
    assert len(enhance_partitions(store, target).computed) == 4
    symbols, rows = served(target, "A", "_B")
    assert symbols == ("A", "_B")
    assert rows.equals(served(store, "A", "_B")[1])
    rich = pl.read_parquet(target / "bar/A/1970-01.parquet", hive_partitioning=False)
    assert rich["log_return"].null_count() == 1
    again = enhance_partitions(store, target)
    assert (again.computed, len(again.kept)) == ((), 4)
    assert served(target, "A")[1].height == 4


def test_store_is_checked_and_its_answers_too(tmp_path, bars):
    store, target = stored(tmp_path, bars, "_B"), tmp_path / "rich"
    enhance_partitions(store, target)
    quality = pytest.importorskip("allause_market_data.quality")
    market_data, gate = pytest.importorskip("allause_market_data"), pytest.importorskip("allause_market_data.gate")
    for path in (store, target):
        table = quality.check(path, market_data.MarketDataConfig(), gate.Gate()).tables[0]
        # columns that the store's source had not are none of the store; between its months there is a gap
        assert (table.rows, set(table.findings["cause"])) == (4, {"gap"})


def test_folder_is_no_store_while_its_answers_change_or_when_columns_lack(tmp_path, bars, monkeypatch):
    store, target = stored(tmp_path, bars, "A"), tmp_path / "rich"
    enhance_partitions(store, target)
    description = target / "allause-store.json"
    assert description.exists()
    with monkeypatch.context() as broken:
        broken.setattr(partitions, "enhance_file", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            enhance_partitions(store, target, EnhancerConfig(window=3))
    assert description.exists()  # nothing was replaced
    enhance = partitions.enhance_file
    seen = []

    def slow(path, config):
        if path.name == "1970-03.parquet":
            while not seen and (target / "bar/A/1970-01.parquet").stat().st_ino == first:
                sleep(0.001)
            seen.append(description.exists())
        return enhance(path, config)

    first = (target / "bar/A/1970-01.parquet").stat().st_ino
    monkeypatch.setattr(partitions, "enhance_file", slow)
    enhance_partitions(store, target, EnhancerConfig(window=3))
    assert (seen, description.exists()) == ([False], True)
    enhance_partitions(store, target, EnhancerConfig(keep=("symbol", "ts_event")))
    assert not description.exists()


@pytest.mark.parametrize("damage", ["{", "[]", '{"files": ["../x.parquet"]}', '{"files": {"/x.parquet": 1}}'])
def test_damaged_description_of_a_store_is_one_clear_error(tmp_path, bars, damage):
    store = stored(tmp_path, bars, "A")
    (store / "allause-store.json").write_text(damage)
    with pytest.raises(DataError, match=r"allause-store.json: expected the description of a store, found damage"):
        enhance_partitions(store, tmp_path / "rich")


def test_answers_to_a_folder_are_read_as_one(folder, tmp_path):
    enhance_partitions(folder, tmp_path / "rich")
    symbols, rows = served(tmp_path / "rich", "A")
    assert (symbols, rows.height) == (("A",), 15)
