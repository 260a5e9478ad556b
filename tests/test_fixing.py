"""Safe fixes: only in a source checkout, each shown, nothing else changed."""

import ast
import json
import shlex
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import attrs
import pytest

import allause
from allause import controls
from allause.configuration import add_waiver, find_place, read_waivers
from allause.discovery import discover
from allause.exceptions import ConfigurationError
from allause.fixing import Fix, checkout, fixes, marked
from allause.models.report import ComponentReport, Result, Status
from allause.models.waiver import Waiver
from mutants.mutant import Mutant, write

UNMARKED = (("    @hookimpl\n    def close", "    def close"),)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Write a component as an editable checkout, or as an installed wheel, and return the folder of its source."""
    folder = tmp_path / "checkout"

    def make(*edits, editable=True, **fields):
        write(Mutant("", "one", edits=edits, **fields), folder)
        if editable:
            (info,) = folder.glob("*.dist-info")
            origin = {"url": folder.as_uri(), "dir_info": {"editable": True}}
            (info / "direct_url.json").write_text(json.dumps(origin))
        monkeypatch.syspath_prepend(folder)
        monkeypatch.chdir(folder)
        (folder / ".git").mkdir()
        return folder

    return make


def found(folder, **options):
    records = discover([str(folder)])
    place = find_place(folder)
    report = allause.validate([records[0].id], fast=True, waivers=read_waivers(place), **options)
    return fixes(report, records, place, read_waivers(place))


def test_a_missing_marker_is_put_above_its_method(installed):
    folder = installed(*UNMARKED)
    (fix,) = found(folder)
    assert "+    @hookimpl" in fix.diff()
    before = fix.path.read_text()
    fix.apply()
    after = fix.path.read_text()
    assert after == before.replace("    def close", "    @hookimpl\n    def close")
    assert found(folder) == ()


def test_what_is_no_checkout_is_left_alone(installed):
    folder = installed(*UNMARKED, editable=False)
    assert checkout(discover([str(folder)])[0]) is None
    assert found(folder) == ()


def test_source_that_does_not_belong_to_the_checkout_is_left_alone(installed, tmp_path):
    folder = installed(*UNMARKED)
    (info,) = folder.glob("*.dist-info")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (info / "direct_url.json").write_text(json.dumps({"url": elsewhere.as_uri(), "dir_info": {"editable": True}}))
    assert found(folder) == ()


def test_a_near_miss_of_a_group_is_renamed_in_the_project_file(installed):
    folder = installed(group="allause.analytic")
    project = folder / "pyproject.toml"
    project.write_text('[project]\nname = "x"\n\n[project.entry-points."allause.analytic"] # ours\nengine = "a:B"\n')
    (fix,) = found(folder)
    assert fix.then.startswith("install it again")
    fix.apply()
    assert project.read_text() == (
        '[project]\nname = "x"\n\n[project.entry-points."allause.analytics"] # ours\nengine = "a:B"\n'
    )


def test_a_group_that_is_there_already_is_not_made_twice(installed):
    folder = installed(group="allause.analytic")
    (folder / "pyproject.toml").write_text(
        '[project.entry-points."allause.analytic"]\na = "a:B"\n[project.entry-points."allause.analytics"]\nb = "a:B"\n'
    )
    assert found(folder) == ()


def test_a_stale_waiver_is_taken_out(installed):
    folder = installed()
    place = find_place(folder)
    stale = Waiver(code="PKG001", component="mutant-analytics:engine", reason="r", until=date(2999, 1, 1))
    place.file.write_text(add_waiver(place, stale))
    (fix,) = found(folder)
    fix.apply()
    assert read_waivers(find_place(folder)) == ()


def test_a_typed_package_gets_its_marker(installed):
    folder = installed(typed=False)
    records = discover([str(folder)])
    report = allause.validate([records[0].id], certify=True, select=["PKG009"])
    fix = next(fix for fix in fixes(report, records, find_place(folder), ()) if fix.path.name == "py.typed")
    assert "(empty)" in fix.diff()
    fix.apply()
    assert fix.path.read_bytes() == b""


PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-figures"
version = "1.0"

[project.entry-points."allause.analytics"]
Acme_Figures = "acme_figures:Engine"

[tool.hatch.build.targets.wheel]
packages = ["src/acme_figures"]
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Write a checkout that is not installed, without one marker and without ``py.typed``, and return its folder."""
    folder = tmp_path / "acme figures"
    package = folder / "src" / "acme_figures"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    text = controls.source(controls.SOUND, "acme-figures")
    (package / "__init__.py").write_text(text.replace(*UNMARKED[0]))
    (folder / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return folder


def named(path, *codes):
    """Return what can be mended of a component that was named by ``path`` and failed the checks ``codes``."""
    results = tuple(Result(code=code, slug="", status=Status.FAILED) for code in codes)
    component = ComponentReport(
        id="acme-figures:acme-figures",
        kind="analytics",
        distribution="acme-figures",
        version="1.0",
        results=results,
        path=shlex.quote(str(path)),
    )
    return fixes(attrs.evolve(any_report(), components=(component,)), (), find_place(Path.cwd()), ())


@cache
def any_report():
    return allause.validate(fast=True, select=["DSC001"])


def test_a_checkout_that_was_named_by_its_path_is_mended(source):
    package = source / "src" / "acme_figures"
    marker, typed = sorted(named(source, "CON003", "PKG009"), key=lambda fix: fix.path.name)
    assert (marker.path, typed.path) == (package / "__init__.py", package / "py.typed")
    assert not marker.then
    before = marker.path.read_text()
    marker.path.chmod(0o640)
    for fix in (marker, typed):
        fix.apply()
    assert marker.path.read_text() == before.replace("    def close", "    @hookimpl\n    def close")
    assert marker.path.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in package.iterdir()) == ["__init__.py", "py.typed"]
    assert named(source, "CON003", "PKG009") == ()


def test_a_wheel_that_was_named_by_its_path_is_left_alone(source, tmp_path):
    wheel = tmp_path / "acme_figures-1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    assert named(wheel, "CON003", "PKG009") == ()


def test_a_file_that_a_link_names_outside_of_the_checkout_is_left_alone(source, tmp_path):
    package = source / "src" / "acme_figures"
    (package / "__init__.py").rename(tmp_path / "shared.py")
    (package / "__init__.py").symlink_to(tmp_path / "shared.py")
    assert named(source, "CON003", "PKG009") == ()


def test_a_change_that_cannot_be_written_leaves_the_old_file(source, monkeypatch):
    (fix,) = named(source, "CON003")
    before = fix.path.read_text()

    def fails(*_):
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(ConfigurationError, match="cannot be fixed: no room; leave --fix out"):
        fix.apply()
    assert fix.path.read_text() == before
    assert [path.name for path in fix.path.parent.iterdir()] == ["__init__.py"]


@pytest.mark.long
def test_the_command_line_mends_a_checkout_by_its_path_and_examines_it_again(source):
    words = [sys.executable, "-m", "allause", "validate", str(source), "--fast", "--fix", "--select", "CON003"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "+    @hookimpl" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything planned passed" in done.stdout.rpartition("+    @hookimpl")[2]
    assert "    @hookimpl\n    def close" in (source / "src" / "acme_figures" / "__init__.py").read_text()
    assert not list(source.glob("**/*.dist-info"))


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("mine now")
    with pytest.raises(ConfigurationError, match="has changed"):
        Fix(path=path, before="as read", after="x", reason="r").apply()
    assert path.read_text() == "mine now"


@pytest.mark.parametrize(
    "text",
    [
        '"""Doc."""\nfrom __future__ import annotations\n\n\nclass A:\n    def f(self): ...\n',
        "class A:\n    @property\n    def f(self): ...\n",
        '"""Doc."""\nclass A:\n  async def f(self): ...\n',
        "import os\r\n\r\nclass A:\r\n    def f(self): ...\r\n",
        "from allause import hookimpl\nclass A:\n    def f(self): ...\n",
        "\ufeffimport os\nclass A:\n    x = 1  # \x0c\n\n    y = '\u2028'\n    def f(self): ...\n",
    ],
)
def test_only_lines_are_added_and_the_marker_is_imported_once(text):
    result = marked(text, "A", {"f"})
    ast.parse(result.encode())
    added = [line for line in result.splitlines() if line not in text.splitlines()]
    assert [line.strip() for line in added if "@" in line] == ["@hookimpl"]
    assert result.count("import hookimpl") == 1
    kept = [line for line in result.splitlines(keepends=True) if line.strip() not in {a.strip() for a in added}]
    assert "".join(kept) == text


def test_an_unusual_layout_is_left_alone():
    text = "class A: f = 1; g = lambda self: 2\n"
    assert marked(text, "A", {"g"}) == text


def test_diffs_of_hostile_source_reach_no_terminal():
    fix = Fix(path=Path("a.py"), before="x = '\x1b[31m'\n", after="y = '\x9b'\n", reason="r")
    assert not {"\x1b", "\x9b"} & set(fix.diff())
