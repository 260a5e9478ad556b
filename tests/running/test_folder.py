"""The run directory."""

import json
from pathlib import Path

import pytest

from allause.exceptions import UsageError
from allause.running.folder import TOOL, RunFolder


def _publish(out, **content):
    with RunFolder(out) as folder:
        (folder.path / "run.json").write_text(json.dumps({"tool": TOOL, **content}))
        folder.publish()


def test_nothing_stands_in_the_place_before_it_is_published(tmp_path):
    out = tmp_path / "out"
    with RunFolder(out) as folder:
        (folder.path / "run.json").write_text("half")
        assert not out.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_published_folder_is_all_that_is_left(tmp_path):
    _publish(tmp_path / "out", number=1)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_run_is_replaced_whole(tmp_path):
    _publish(tmp_path / "out", number=1)
    (tmp_path / "out" / "events.jsonl").write_text("old")
    _publish(tmp_path / "out", number=2)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["number"] == 2
    assert not (tmp_path / "out" / "events.jsonl").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_run_survives_one_that_fails(tmp_path):
    _publish(tmp_path / "out", number=1)
    with pytest.raises(RuntimeError), RunFolder(tmp_path / "out"):
        raise RuntimeError
    assert json.loads((tmp_path / "out" / "run.json").read_text())["number"] == 1


def test_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "out").mkdir()
    _publish(tmp_path / "out")
    assert (tmp_path / "out" / "run.json").exists()


def test_a_folder_with_other_things_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty and holds no earlier run"):
        RunFolder(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_earlier_run_with_a_file_of_the_user_is_refused(tmp_path):
    _publish(tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        RunFolder(tmp_path / "out")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tool": "another"}', "\xff"])
def test_a_run_json_of_somebody_else_is_no_earlier_run(text, tmp_path):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match="holds no earlier run"):
        RunFolder(tmp_path)


def test_a_file_in_the_place_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        RunFolder(tmp_path / "out")


def test_a_missing_parent_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(UsageError, match="create it first"):
        RunFolder(tmp_path / "missing" / "out")


def test_an_unwritable_place_is_refused():
    with pytest.raises(UsageError, match="--out /proc/out"):
        RunFolder(Path("/proc/out"))


def test_links_that_lead_to_themselves_are_refused(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match=r"--out .*loop cannot be read: Too many levels"):
        RunFolder(tmp_path / "loop")


def test_the_folder_that_somebody_stands_in_is_refused(tmp_path, monkeypatch):
    (tmp_path / "out" / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "out" / "in")
    for out in (Path(), Path(".."), tmp_path / "out"):
        with pytest.raises(UsageError, match="is the current folder or holds it"):
            RunFolder(out)


def test_an_earlier_run_survives_an_interruption_while_it_is_replaced(tmp_path, monkeypatch):
    out = tmp_path / "out"
    _publish(out, number=1)
    moved = Path.rename

    def interrupted(path, target):
        if target == out and path.name.startswith(".out.new"):
            raise KeyboardInterrupt
        return moved(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _publish(out, number=2)
    assert json.loads((out / "run.json").read_text())["number"] == 1
    assert list(tmp_path.iterdir()) == [out]


def test_the_root_is_refused():
    with pytest.raises(UsageError, match="root of the file system"):
        RunFolder(Path("/"))
