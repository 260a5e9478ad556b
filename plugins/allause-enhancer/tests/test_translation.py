import logging
import subprocess
import sys
from errno import ENOSPC
from pathlib import Path

import pytest

from allause_enhancer.rows import compiling, translation

pytestmark = pytest.mark.skipif(not compiling.available(), reason="numba is not installed")


def total(a, b):
    return a + b + more  # noqa: F821 - given as a name


def translated(more=1, about="this"):
    return translation.translated("ii", total, {"more": more}, about)


@pytest.fixture
def folder(tmp_path, monkeypatch, caplog):
    """The folder where numba keeps code."""
    import numba  # noqa: PLC0415 - an extra

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    caplog.set_level(logging.INFO, translation.__name__)
    return tmp_path


def first_words(caplog):
    words = (record.getMessage().split(" the kernel in")[0] for record in caplog.records)
    return [each for each in words if each != "expected"]


def test_what_was_translated_is_loaded_afterwards_and_each_is_told(folder, caplog):
    assert [translated()(1, 2), translated(more=7)(1, 2)] == [4, 4]  # the second is the first one's code
    assert first_words(caplog) == ["compiling and keeping", "loading"]
    assert str(folder) in caplog.text


def test_another_layout_is_translated_anew(folder, caplog):
    assert [translated(about="this")(1, 2), translated(more=7, about="that")(1, 2)] == [4, 10]
    assert first_words(caplog) == ["compiling and keeping"] * 2


def test_another_release_translates_anew(folder, caplog, monkeypatch):
    assert translated()(1, 2) == 4
    monkeypatch.setattr(translation, "surroundings", lambda: ("another text of a module",))
    assert translated(more=7)(1, 2) == 10
    assert first_words(caplog) == ["compiling and keeping"] * 2


def changed(content):
    """Return content in which one byte in the middle, where the machine's instructions are, is another one."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


@pytest.mark.parametrize("damage", [lambda _: b"", lambda _: b"\x80\x04garbage", lambda content: content[:-9], changed])
@pytest.mark.parametrize("which", ["*.nbi", "*.nbc", "*.sum"])
def test_damaged_file_is_told_and_made_anew(folder, caplog, which, damage):
    translated()
    (path,) = folder.rglob(which)
    path.write_bytes(damage(path.read_bytes()))
    assert translated(more=7)(1, 2) == 10
    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 1
    assert translated()(1, 2) == 10
    assert first_words(caplog) == ["compiling and keeping"] * 2 + ["loading"]


def test_what_numba_itself_cannot_read_is_told_and_removed(folder, caplog):
    """Sealed as it is: a newer numba that gives no other number, say."""
    translated()
    (path,) = folder.rglob("*.nbc")
    path.write_bytes(b"garbage")
    kept_at(path).seal()
    assert translated(more=7)(1, 2) == 10
    assert caplog.records[-1].levelno == logging.WARNING
    assert not [*folder.rglob("*.nb?")]


def kept_at(path):
    return translation.Kept(path.parent, path.name.partition("-")[0].partition(".")[2])


def test_full_disk_costs_no_second_compilation(folder, caplog, monkeypatch):
    from numba.core.caching import IndexDataCacheFile  # noqa: PLC0415 - an extra

    def save(self, name, data):
        raise OSError(ENOSPC, "No space left on device")

    begun = []
    only_form = translation._only_form
    monkeypatch.setattr(IndexDataCacheFile, "_save_data", save)
    monkeypatch.setattr(translation, "_only_form", lambda *given: (begun.append(given[0]), only_form(*given))[1])
    assert translated()(1, 2) == 4
    assert "No space left on device" in caplog.text
    assert len({*map(id, begun)}) == 1
    assert not [*folder.rglob("*.nb?")]


@pytest.mark.parametrize("whose", ["folder", "above"])
def test_folder_where_others_may_write_is_not_used(folder, caplog, whose):
    """What numba finds there it unpickles, which runs whatever it says."""
    translated()
    (path,) = folder.rglob("*.nbi")
    (path.parent if whose == "folder" else folder).chmod(0o777)
    before = path.read_bytes()
    path.write_bytes(b"hostile")
    assert translated(more=7)(1, 2) == 10
    assert first_words(caplog)[1].startswith("compiling the kernel, as every process will: expected a folder for this")
    assert path.read_bytes() == b"hostile" != before


ONE_OF_MANY = """
import logging, sys
logging.basicConfig(level=logging.INFO)
from test_translation import translated
assert translated()(1, 2) == 4
"""


def test_of_processes_that_come_at_once_one_compiles(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    command = [sys.executable, "-c", ONE_OF_MANY]
    many = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in many]
    assert [process.returncode for process in many] == [0] * 2
    assert sorted("compiling" in each for each in said) == [False, True]


def test_without_a_folder_that_can_be_written_it_is_translated_each_time(folder, caplog, monkeypatch):
    from numba.core.caching import CacheImpl  # noqa: PLC0415 - an extra

    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert [translated()(1, 2), translated(more=7)(1, 2)] == [4, 10]
    assert all("as every process will" in record.getMessage() for record in caplog.records)
