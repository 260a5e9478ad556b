import ast
import subprocess
import sys
from inspect import getsource
from types import ModuleType

import pytest

from allause_enhancer.rows import compiling, identity, kernel

NEED_NUMBA = pytest.mark.skipif(not compiling.available(), reason="numba is not installed")
TEXT = """
LIMIT = 5
PARTS = ({{1, 2, 3}}, "a")

class Shape:
    side: int = 2
    def area(self, scale=3, *, unit=7):
        return self.side * LIMIT * scale

def inner(value):
    return (lambda: value in {{"one", "two", "three"}})

TABLE = (inner, Shape)
{more}
"""


def module_of(text, **names):
    module = ModuleType("example")
    module.__dict__.update(names)
    exec(text, module.__dict__)
    return module


def identity_of(text=TEXT, more="", **names):
    return repr([*identity.contents(module_of(text.format(more=more), **names))])


def test_what_changes_what_is_compiled_changes_the_identity():
    changes = [
        ("LIMIT = 5", "LIMIT = 6"), ("1, 2, 3", "1, 2, 4"), ("* scale", "+ scale"), ("scale=3", "scale=4"),
        ("unit=7", "unit=8"), ("side: int = 2", "side: int = 4"), ('"two"', '"six"'),
        ("(inner, Shape)", "(Shape, inner)"),
    ]  # fmt: skip
    found = [identity_of(), identity_of(more="def more(): return 1"), *(identity_of(TEXT.replace(*c)) for c in changes)]
    assert len({*found}) == len(found)


def test_what_changes_nothing_does_not():
    """Lines, comments, and values that only say where something is."""
    assert identity_of("# a comment\n" + TEXT, lock=object()) == identity_of(lock=object())


@NEED_NUMBA
def test_text_that_is_replaced_while_a_process_runs_is_not_what_it_compiles(tmp_path, monkeypatch):
    path = tmp_path / "replaced.py"
    path.write_text("def factor(): return 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(identity, "SOURCES", ("replaced",))
    before = identity.surroundings.__wrapped__()
    path.write_text("def factor(): return 3\n")
    assert identity.surroundings.__wrapped__() == before
    sys.modules["replaced"].factor = lambda: 3
    assert identity.surroundings.__wrapped__() != before


SURROUNDINGS = "from allause_enhancer.rows.identity import surroundings; print(repr(surroundings()))"


@NEED_NUMBA
def test_identity_is_the_same_in_every_process_and_another_with_other_settings_of_numba(monkeypatch):
    def asked():
        command = [sys.executable, "-c", SURROUNDINGS]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    found = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        found.append(asked())
    assert found[0] == found[1]
    assert " at 0x" not in found[0]
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert asked() != found[0]


def test_code_depends_on_no_module_that_is_not_looked_at():
    """Every function compiled, and what their modules and the types of numba import, is among the sources."""
    known = set(identity.SOURCES)
    assert {part.__module__ for part in kernel.PARTS} <= known
    for name in known:
        if name.endswith("described") and not compiling.available():
            continue
        module = __import__(name, fromlist=["_"])
        imported = set()
        for node in ast.walk(ast.parse(getsource(module))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allause_enhancer"):
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                imported |= inner if node.module == "allause_enhancer.rows" else {node.module}
        assert imported <= known
