import textwrap

import pytest

from allause.discovery import ComponentRecord, ComponentState
from allause.evidence.artefact import Artefact
from allause.evidence.package import read_package

FILES = {
    "pkg/__init__.py": "from pkg.plugin import Engine\n",
    "pkg/plugin.py": """
        from __future__ import annotations
        import os, json as j
        from typing import TYPE_CHECKING
        from . import parts
        from .parts import Foundation as F
        if TYPE_CHECKING:
            import typed_only
            from pkg import late
        try:
            import fast
        except ImportError:
            fast = None
        try:
            import needed
        except ValueError:
            raise
        class Engine(F):
            def own(self): ...
            def both(self): ...
            def later(self):
                import lazy
                from .late import x
    """,
    "pkg/parts.py": """
        class Foundation:
            def both(self): ...
            def inherited(self): ...
        def make(): ...
    """,
    "pkg/late.py": "x = 1\n",
    "pkg/unused.py": "import elsewhere\n",
    "pkg/broken.py": "def (\n",
    "pkg/tests/test_x.py": "import pytest\n",
}


@pytest.fixture
def read(tmp_path):
    """Write files and read them as the package of an entry point."""

    def run(files=FILES, target="pkg:Engine", artefact=None):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(textwrap.dedent(text))
        module, _, attribute = target.partition(":")
        place = tmp_path.joinpath(*module.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        record = ComponentRecord(
            id="pkg:engine", kind="analytics", name="engine", distribution="pkg", version="1", module=module,
            attribute=attribute, state=ComponentState.FOUND,
        )  # fmt: skip
        return read_package(record, artefact or Artefact(info=None), file)

    return run


def test_every_module_is_there_and_unused_tests_are_not(read):
    assert set(read().modules) == {"pkg", "pkg.plugin", "pkg.parts", "pkg.late", "pkg.unused", "pkg.broken"}


def test_a_module_that_cannot_be_parsed_says_nothing(read):
    broken = read().modules["pkg.broken"]
    assert (broken.tree.body, broken.imports, list(broken.calls())) == ([], (), [])


def test_tests_that_the_component_imports_are_there(read):
    files = {**FILES, "pkg/late.py": "import pkg.tests.test_x\n", "pkg/tests/__init__.py": ""}
    assert "pkg.tests.test_x" in read(files).modules


def test_what_an_import_of_the_component_imports_leaves_out_functions(read):
    package = read()
    assert {m.name for m in package.imported(lazily=False)} == {"pkg", "pkg.plugin", "pkg.parts"}
    assert {m.name for m in package.imported(lazily=True)} == {"pkg", "pkg.plugin", "pkg.parts", "pkg.late"}


def test_imports_say_whether_they_are_guarded_or_lazy(read):
    imports = {each.module: (each.guarded, each.lazy) for each in read().modules["pkg.plugin"].imports}
    assert imports["os"] == imports["json"] == imports["needed"] == (False, False)
    assert imports["typed_only"] == imports["fast"] == (True, False)
    assert imports["lazy"] == imports["pkg.late"] == (False, True)


def test_a_class_is_followed_through_imports_and_bases(read):
    methods = read().methods()
    assert {name: definition.owner for name, definition in methods.items()} == {
        "own": "Engine", "both": "Engine", "later": "Engine", "inherited": "Foundation",
    }  # fmt: skip
    assert methods["inherited"].place == "pkg.parts:Foundation.inherited (parts.py:4)"


def test_a_factory_is_found_and_has_no_methods(read):
    package = read(target="pkg.parts:make")
    assert package.factory().node.name == "make"
    assert package.methods() == {}


def test_classes_and_imports_that_lead_in_a_circle_end(read):
    files = {
        "a.py": "from b import Engine\n",
        "b.py": "from a import Engine\n",
        "c.py": "class Engine(Engine): ...\n",
    }
    assert read(files, "a:Engine").chain() == ()
    assert len(read(files, "c:Engine").chain()) == 1


def test_a_single_module_is_read_without_its_neighbours(read):
    assert set(read({"one.py": "class Engine: ...\n", "other.py": ""}, "one:Engine").modules) == {"one"}


def test_a_record_decides_which_files_belong(read):
    record = dict.fromkeys(("one.py", "two.py", "../outside.py", "/etc/x.py", "gone.py", "data.csv"), "")
    files = {"one.py": "class Engine: ...\n", "two.py": "", "three.py": ""}
    assert set(read(files, "one:Engine", Artefact(info=None, record=record)).modules) == {"one", "two"}


def test_a_namespace_package_is_read_from_the_first_package_in_it(read):
    files = {"vendor/engine/__init__.py": "class Engine: ...\n", "vendor/engine/x.py": "", "vendor/other/y.py": ""}
    assert set(read(files, "vendor.engine:Engine").modules) == {"vendor.engine", "vendor.engine.x"}
