import json

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer import EnhancerConfig, MarketDataEnhancer
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
        (target / "enhanced.json").write_text(damage)
        assert enhance_partitions(folder, target, EnhancerConfig(window=3)).computed == NAMES


def test_ledger_tells_a_person_what_was_computed_and_what_was_kept(folder, tmp_path, bars):
    target = tmp_path / "rich"
    enhance_partitions(folder, target)
    first = json.loads((target / "enhanced.json").read_text())
    assert first["last"]["computed"] == list(NAMES)
    assert first["partitions"][NAMES[0]]["rows"] == 5
    assert first["partitions"][NAMES[0]]["computed"] >= first["last"]["begun"]
    assert first["last"]["begun"].endswith(" UTC")
    bars(("A", 1, 5.0)).write_parquet(folder / NAMES[1])
    (folder / NAMES[2]).touch()
    (folder / NAMES[0]).unlink()
    enhance_partitions(folder, target)
    again = json.loads((target / "enhanced.json").read_text())
    told = {word: again["last"][word] for word in ("computed", "kept", "removed")}
    assert told == {"computed": [NAMES[1]], "kept": [NAMES[2]], "removed": [NAMES[0]]}
    assert again["partitions"][NAMES[1]]["rows"] == 1
    assert again["partitions"][NAMES[2]]["computed"] == first["partitions"][NAMES[2]]["computed"]
    enhance_partitions(folder, target)
    assert json.loads((target / "enhanced.json").read_text())["last"]["kept"] == list(NAMES[1:])


def test_target_that_cannot_be_written_is_one_clear_error(folder, tmp_path):
    (tmp_path / "taken").write_text("")
    (tmp_path / "rich" / "enhanced.json").mkdir(parents=True)
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
    assert left - {NAMES[2]} == {NAMES[0], "enhanced.json"}
    (folder / NAMES[1]).unlink()
    assert enhance_partitions(folder, target).kept == (NAMES[0],)


def test_folders_that_overlap_or_are_none_are_refused(folder, tmp_path):
    with pytest.raises(DataError, match="target: expected a folder apart"):
        enhance_partitions(folder, folder / "rich")
    with pytest.raises(DataError, match="source: expected a folder of Parquet files"):
        enhance_partitions(tmp_path / "nothing", tmp_path / "rich")
