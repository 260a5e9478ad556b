"""A file is replaced whole or not at all."""

import shutil
from pathlib import Path

import pytest

from allause.replacement import replace


def test_the_new_file_has_the_permissions_of_the_old_one(tmp_path):
    path = tmp_path / "it"
    path.write_text("old")
    path.chmod(0o640)
    replace(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)


def test_whoever_may_not_read_the_old_file_may_not_read_the_draft_either(tmp_path, monkeypatch):
    seen, moved = [], shutil.copymode
    monkeypatch.setattr(shutil, "copymode", lambda old, draft: (seen.append(draft.read_bytes()), moved(old, draft)))
    path = tmp_path / "it"
    path.write_text("old")
    path.chmod(0o600)
    replace(path, b"x" * 1_000_000)
    assert seen == [b""]


def test_a_file_that_was_not_there_has_the_permissions_of_any_new_one(tmp_path):
    replace(tmp_path / "it", b"new")
    (tmp_path / "plain").touch()
    assert (tmp_path / "it").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_stays_one_and_leads_to_the_new_content(tmp_path):
    path, link = tmp_path / "it", tmp_path / "link"
    path.write_text("old")
    link.symlink_to("it")
    replace(link, b"new")
    assert (link.is_symlink(), path.read_bytes()) == (True, b"new")


@pytest.mark.parametrize("step", ["replace", "exists"])
def test_when_a_step_fails_the_old_file_stays_and_nothing_is_left_beside_it(tmp_path, monkeypatch, step):
    def fails(*_):
        raise KeyboardInterrupt

    path = tmp_path / "it"
    path.write_text("old")
    with monkeypatch.context() as broken:
        broken.setattr(Path, step, fails)
        with pytest.raises(KeyboardInterrupt):
            replace(path, b"new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["it"]


def test_an_interruption_after_the_last_step_is_told_and_no_error_of_its_own(tmp_path, monkeypatch):
    moved = Path.replace

    def late(draft, path):
        moved(draft, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", late)
    with pytest.raises(KeyboardInterrupt):
        replace(tmp_path / "it", b"new")
    assert (tmp_path / "it").read_bytes() == b"new"


def test_what_is_there_under_the_name_of_the_draft_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("os.urandom", bytes)
    other = tmp_path / ".it.00000000"
    other.write_text("kept")
    with pytest.raises(FileExistsError):
        replace(tmp_path / "it", b"new")
    assert other.read_text() == "kept"
