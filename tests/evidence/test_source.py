import sys

import pytest

from allause.evidence import locate, read_source

SOURCE = """
import os
from elsewhere import Something as Other
VALUE = 1
first, second = 1, 2
try:
    import fast
except ImportError:
    fast = None

class Base:
    def inherited(self, a): ...

class Engine(Base):
    limit = 5
    made = property(lambda self: 1)
    def plain(self, a, b=1, *, c, d=2): ...
    def positional(self, a, /, b): ...
    async def coroutine(self): ...
    @property
    def prop(self): ...
    @prop.setter
    def prop(self, value): ...
    @overload
    def several(self, a): ...
    def several(self, a, b=1): ...
    @staticmethod
    def static(a): ...
    @hookimpl
    def marked(self): ...
    @decorated
    def unknown(self): ...
    def nest(self):
        def nested(): ...

def module_level(): ...

if __name__ == "__main__":
    def guarded(): ...
"""


@pytest.fixture
def source(tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "pkg" / "plugin.py").write_text(SOURCE)
    return read_source("pkg.plugin", "Engine", [str(tmp_path)])


def test_reading_runs_nothing_and_finds_the_file(source):
    assert source.file.name == "plugin.py"
    assert source.readable
    assert "pkg" not in sys.modules


def test_names_bound_at_the_top_level_are_seen(source):
    assert {"os", "Other", "VALUE", "first", "second", "fast", "Base", "Engine", "module_level"} <= source.names
    assert not {"guarded", "plain"} & source.names


def test_members_are_described_with_parameters_and_kind(source):
    members = source.members
    assert members["plain"].parameters == (
        ("a", "positional_or_keyword", False),
        ("b", "positional_or_keyword", True),
        ("c", "keyword_only", False),
        ("d", "keyword_only", True),
    )
    assert members["positional"].parameters[0] == ("a", "positional_only", False)
    assert members["static"].parameters == (("a", "positional_or_keyword", False),)
    found = {name: member.found_as for name, member in members.items()}
    assert found["prop"] == "property"
    assert found["limit"] == "value"
    assert found["made"] == "unknown"
    assert found["unknown"] == "unknown"
    assert found["inherited"] == "function"
    assert members["coroutine"].is_async
    assert (members["marked"].marked, members["plain"].marked, members["unknown"].marked) == (True, False, None)


def test_of_several_definitions_the_last_one_counts(source):
    assert len(source.members["several"].parameters) == 2
    assert SOURCE.splitlines()[source.members["several"].line - 1] == "    def several(self, a, b=1): ..."


def test_functions_outside_the_class_are_strays(source):
    assert {"module_level", "guarded", "nested"} == set(source.strays)


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("class Engine: ...", True),
        ("class Engine(Elsewhere): ...", False),
        ("@attrs.define\nclass Engine: ...", True),
        ("@magic\nclass Engine: ...", False),
        ("class Engine(metaclass=Meta): ...", False),
    ],
)
def test_a_class_that_may_have_more_is_not_complete(tmp_path, text, complete):
    (tmp_path / "one.py").write_text(text)
    assert read_source("one", "Engine", [str(tmp_path)]).complete is complete


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("class Engine: pass", "class"),
        ("class Engine: pass\nengine = Engine()\nEngine = engine", ""),
        ("class Maker: pass\nEngine = Maker()", "instance"),
        ("class Maker:\n  def __new__(cls): return int\nEngine = Maker()", ""),
        ("class Maker(type): pass\nEngine = Maker('Engine', (), {})", ""),
        ("def make(): pass\nEngine = make()", ""),
        ("import json as Engine", "module"),
        ("from json import Engine", ""),
        ("Engine = 3", "instance"),
        ("if later:\n  Engine = 3\nelse:\n  class Engine: pass", ""),
        ("Engine = 3\nglobals()['Engine'] = type", ""),
    ],
)
def test_the_target_is_told_only_where_the_source_leaves_no_doubt(tmp_path, text, target):
    (tmp_path / "acme.py").write_text(text)
    assert read_source("acme", "Engine", [str(tmp_path)]).target == target


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("class Engine:\n  def __init__(self, key): pass", True),
        ("class Engine:\n  pass", False),
        ("@attrs.define\nclass Engine:\n  def __init__(self, key): pass", False),
        ("class Engine(Other):\n  def __init__(self, key): pass", False),
        ("class Engine:\n  def __new__(cls, key=None): pass\n  def __init__(self, key): pass", False),
    ],
)
def test_the_constructor_is_told_only_where_nothing_else_decides_it(tmp_path, text, known):
    (tmp_path / "acme.py").write_text(text)
    assert (read_source("acme", "Engine", [str(tmp_path)]).constructor is not None) is known


@pytest.mark.parametrize("content", [b"def (", b"\xff\xfe\x00", b"(" * 100_000, b"x = 1\x00"])
def test_source_that_cannot_be_parsed_is_a_stated_problem(tmp_path, content):
    (tmp_path / "bad.py").write_bytes(content)
    source = read_source("bad", "Engine", [str(tmp_path)])
    assert not source.readable
    assert source.problem


def test_a_module_that_is_not_there_has_no_file(tmp_path):
    assert locate("no.such.module", [str(tmp_path)]) is None
    assert read_source("no.such.module", "Engine", [str(tmp_path)]).file is None


def test_an_extension_module_is_found_and_said_to_have_no_source(tmp_path):
    (tmp_path / "native.abi3.so").write_bytes(b"")
    source = read_source("native", "Engine", [str(tmp_path)])
    assert source.file.name == "native.abi3.so"
    assert not source.readable
