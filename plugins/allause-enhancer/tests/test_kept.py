import os
from stat import S_IMODE

import pytest

from allause_enhancer.rows import kept
from allause_enhancer.rows.kept import Kept, require_own

NAME = "_of_a_table_0123456789abcdef01234567"
OTHER = "_bar_76543210fedcba9876543210"
DAYS = 86_400


def written(folder, name):
    files = [folder / f"compiling.{name}-133.py311{end}" for end in (".nbi", ".1.nbc", ".1.nbc.tmp.0123456789abcdef")]
    for file in files:
        file.write_bytes(file.name.encode())
    return files


def aged(files, days):
    for file in files:
        time = file.stat().st_mtime - days * DAYS
        os.utime(file, (time, time))


def test_files_are_whole_when_they_are_as_they_were_sealed(tmp_path):
    found = Kept(tmp_path, NAME)
    assert (found.exists, found.is_whole) == (False, False)
    written(tmp_path, OTHER)
    index, code, _ = written(tmp_path, NAME)
    assert (found.exists, found.is_whole) == (True, False)
    found.seal()
    assert found.is_whole
    written(tmp_path, OTHER)[0].write_text("another function's")
    assert found.is_whole
    code.write_bytes(code.read_bytes() + b"x")
    assert not found.is_whole
    found.seal()
    index.unlink()
    assert not found.is_whole
    found.remove()
    assert not found.exists
    assert [*tmp_path.glob(f"*{OTHER}*.nbi")]


def test_what_was_not_used_for_a_month_is_removed_and_nothing_else(tmp_path):
    mine, others = written(tmp_path, NAME)[:2], written(tmp_path, OTHER)
    Kept(tmp_path, NAME).seal()
    strangers = [tmp_path / name for name in ("compiling.cpython-311.pyc", "theirs.f-7.py311.1.nbc", "notes.sum")]
    for stranger in strangers:
        stranger.touch()
    aged([*mine, *others, *strangers], 29)
    Kept(tmp_path, NAME).use()
    assert all(file.exists() for file in (*mine, *others, *strangers))
    aged([*others, *strangers], 2)
    Kept(tmp_path, NAME).use()
    assert not any(file.exists() for file in others)
    assert all(file.exists() for file in (*mine, *strangers))


def test_one_who_compiles_and_never_ends_is_not_waited_for_forever(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_PATIENCE", 0.1)
    entered = []
    with Kept(tmp_path, NAME).alone(), Kept(tmp_path, NAME).alone():
        entered.append(True)
    assert entered


def test_child_that_was_forked_meanwhile_keeps_nobody_waiting(tmp_path, monkeypatch):
    end, other_end = os.pipe()
    with Kept(tmp_path, NAME).alone():
        child = os.fork()
        if child == 0:
            os.close(other_end)
            os.read(end, 1)  # until the parent closes
            os._exit(0)
    waited = []
    monkeypatch.setattr(kept, "sleep", waited.append)
    monkeypatch.setattr(kept, "_PATIENCE", 0.1)
    with Kept(tmp_path, NAME).alone():
        os.close(other_end)
    os.waitpid(child, 0)
    os.close(end)
    assert waited == []


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o775])
def test_folder_of_this_user_is_trusted(tmp_path, mode):
    tmp_path.chmod(mode)
    require_own(tmp_path, tmp_path)
    assert S_IMODE(tmp_path.stat().st_mode) == mode


def test_folder_that_all_may_write_in_or_exchange_is_not(tmp_path):
    inner = tmp_path / "above" / "inner"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o1777)  # as /tmp is
    require_own(inner, inner)
    for place, mode in ((inner, 0o777), (inner, 0o1777), (inner.parent, 0o777)):
        before = S_IMODE(place.stat().st_mode)
        place.chmod(mode)
        with pytest.raises(PermissionError, match=f"found that all may write in {place}$"):
            require_own(inner, inner)
        place.chmod(before)
    require_own(inner, inner)
    link = tmp_path / "link"
    link.symlink_to(inner)
    inner.parent.chmod(0o777)
    with pytest.raises(PermissionError, match="all may write in"):
        require_own(link, link)


def test_folder_of_another_user_is_not_trusted_unless_the_package_is_theirs_too(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "geteuid", lambda: os.geteuid() + 1)
    if os.geteuid() == 0:
        monkeypatch.setattr(kept, "_ROOT", -1)
    module = tmp_path / "module.py"
    module.touch()
    require_own(tmp_path, module)

    class Theirs:
        def stat(self):
            return os.stat_result((0o100644, 0, 0, 1, os.geteuid() + 2, 0, 0, 0, 0, 0))

    with pytest.raises(PermissionError, match=f"expected a folder of this user, found {tmp_path} of user"):
        require_own(tmp_path, Theirs())


def test_link_that_all_may_exchange_is_not_followed(tmp_path):
    inner, shared = tmp_path / "inner", tmp_path / "shared"
    inner.mkdir()
    shared.mkdir()
    link = shared / "link"
    link.symlink_to(inner)
    require_own(link, inner)
    shared.chmod(0o777)
    with pytest.raises(PermissionError, match=f"found that all may write in {shared}$"):
        require_own(link, inner)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
def test_folder_below_that_of_another_user_is_not_trusted(tmp_path):
    inner = tmp_path / "above" / "inner"
    inner.mkdir(parents=True)
    require_own(inner, inner)
    for mode in (0o755, 0o1777):
        os.chown(inner.parent, 1001, -1)
        inner.parent.chmod(mode)
        with pytest.raises(PermissionError, match=f"found {inner.parent} of user 1001"):
            require_own(inner, inner)
