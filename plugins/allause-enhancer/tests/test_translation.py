import ast
import logging
from inspect import getsource

import pytest

from allause_enhancer.rows import compiling, kernel, translation

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
    return [record.getMessage().split(" the kernel in")[0] for record in caplog.records]


def test_what_was_translated_is_loaded_afterwards_and_each_is_told(folder, caplog):
    assert [translated()(1, 2), translated(more=7)(1, 2)] == [4, 4]  # the second is the first one's code
    assert first_words(caplog) == ["compiling and keeping", "loading"]
    assert str(folder) in caplog.text


def test_another_layout_is_translated_anew(folder, caplog):
    assert [translated(about="this")(1, 2), translated(more=7, about="that")(1, 2)] == [4, 10]
    assert first_words(caplog) == ["compiling and keeping"] * 2


def test_another_release_translates_anew(folder, caplog, monkeypatch):
    assert translated()(1, 2) == 4
    monkeypatch.setattr(translation, "_surroundings", lambda: ("another text of a module",))
    assert translated(more=7)(1, 2) == 10
    assert first_words(caplog) == ["compiling and keeping"] * 2


@pytest.mark.parametrize("damage", [b"", b"\x80\x04garbage"])
@pytest.mark.parametrize("which", ["*.nbi", "*.nbc"])
def test_damaged_file_is_told_removed_and_does_not_matter(folder, caplog, which, damage):
    translated()
    (path,) = folder.rglob(which)
    path.write_bytes(damage)
    assert translated(more=7)(1, 2) == 10
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] != []
    assert not [*folder.rglob("*.nb?")]
    assert translated()(1, 2) == 4
    assert first_words(caplog)[-1] == "compiling and keeping"


def test_without_a_folder_that_can_be_written_it_is_translated_each_time(folder, caplog, monkeypatch):
    from numba.core.caching import CacheImpl  # noqa: PLC0415 - an extra

    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert [translated()(1, 2), translated(more=7)(1, 2)] == [4, 10]
    assert all("as every process will" in record.getMessage() for record in caplog.records)


def test_code_depends_on_no_module_whose_text_is_not_looked_at():
    """Every function compiled, and what their modules and the types of numba import, is among the sources."""
    known = set(translation._SOURCES)
    assert {part.__module__ for part in kernel.PARTS} <= known
    for name in known:
        module = __import__(name, fromlist=["_"])
        imported = set()
        for node in ast.walk(ast.parse(getsource(module))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allause_enhancer"):
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                imported |= inner if node.module == "allause_enhancer.rows" else {node.module}
        assert imported <= known
