"""Projects are whole, and clean by the standards they come with."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import allause
from allause.exceptions import UsageError
from allause.kinds import KINDS
from allause.scaffold import Names, Project, write

LONG = "acme-part-whose-name-is-as-long-as-it-ge"


@pytest.mark.parametrize("kind", KINDS)
def test_the_entry_point_leads_to_the_class(kind, project):
    folder = project(kind)
    declared = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
    assert declared == {f"allause.{kind}": {"acme-part": "acme_part.plugin:AcmePart"}}
    assert "class AcmePart:" in (folder / "src" / "acme_part" / "plugin.py").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_project_has_what_a_distribution_needs(kind, project):
    folder = project(kind)
    wanted = ["pyproject.toml", "README.md", "tox.ini", ".gitignore", ".github/workflows/test.yml",
              "src/acme_part/py.typed", "tests/test_conformance.py", "tests/test_plugin.py"]  # fmt: skip
    assert [path for path in wanted if not (folder / path).is_file()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_placeholder_is_left(kind):
    pages = Project(names=Names.of("acme-part"), kind=kind).files()
    left = {str(path): re.findall(r"\$(?!\{\{)\{?\w+", text) for path, text in pages.items()}
    assert {path: found for path, found in left.items() if found} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_says_what_to_replace_in_files_that_are_there(kind, project):
    folder = project(kind)
    readme = (folder / "README.md").read_text()
    steps = readme.partition("## What to replace")[2]
    assert re.search(r"^1\. ", steps, flags=re.MULTILINE)
    named = re.findall(r"`((?:src|tests)/[\w./-]+)`", readme)
    assert [name for name in named if not (folder / name).exists()] == []


def test_the_core_of_this_series_is_required(project):
    (required,) = [r for r in tomllib.loads((project("optimizer") / "pyproject.toml").read_text())["project"]
                   ["dependencies"] if r.startswith("allause")]  # fmt: skip
    major, minor, _ = allause.__version__.split(".")
    assert required == f"allause>={major}.{minor},<{major}.{int(minor) + 1}"


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match=r"expected one of market_data, .*found 'exectuion'"):
        Project(names=Names.of("acme-part"), kind="exectuion")


@pytest.mark.parametrize("there", ["folder", "file", "dangling link"])
def test_nothing_is_overwritten(there, tmp_path):
    place = tmp_path / "acme-part"
    {
        "folder": place.mkdir,
        "file": lambda: place.write_text("mine"),
        "dangling link": lambda: place.symlink_to(tmp_path / "nowhere"),
    }[there]()
    with pytest.raises(UsageError, match="already there"):
        write(Project(names=Names.of("acme-part"), kind="analytics"), tmp_path)
    assert list(tmp_path.iterdir()) == [place]
    assert not place.is_dir() or list(place.iterdir()) == []


def test_a_write_that_fails_halfway_leaves_nothing(tmp_path, monkeypatch):
    write_text = Path.write_text

    def full(path, *arguments, **options):
        if path.name == "tox.ini":
            raise OSError(28, "No space left on device")
        return write_text(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write(Project(names=Names.of("acme-part"), kind="analytics"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(UsageError, match="its folder does not exist; create it first"):
        write(Project(names=Names.of("acme-part"), kind="analytics"), tmp_path / "new" / "place")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_it_is_refused(tmp_path):
    (tmp_path / "file").touch()
    project = Project(names=Names.of("acme-part"), kind="analytics")
    with pytest.raises(UsageError, match="cannot be written: its folder is a file; name a folder"):
        write(project, tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be written: its folder does not exist"):
        write(project, tmp_path / ("x" * 300))


def test_there_is_a_template_for_each_kind_and_none_else():
    home = Path(allause.__file__).parent / "scaffold" / "templates"
    assert {path.name for path in home.iterdir()} == {"common", *KINDS}


@pytest.mark.parametrize("prefix", ["x", LONG[:39]], ids=["shortest name", "longest name"])
def test_ruff_finds_nothing(prefix, tmp_path):
    if importlib.util.find_spec("ruff") is None:
        pytest.skip("needs ruff, as the environment `types` of tox has it")
    for number, kind in enumerate(KINDS):
        write(Project(names=Names.of(f"{prefix}{number}"), kind=kind), tmp_path)
    assert said(tmp_path, "ruff", "check", ".") == "All checks passed!"
    assert re.fullmatch(r"\d+ files already formatted", said(tmp_path, "ruff", "format", "--check", "."))


def test_mypy_finds_nothing(tmp_path):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("needs mypy, as the environment `types` of tox has it")
    sources = [
        write(Project(names=Names.of(f"acme{number}"), kind=kind), tmp_path) / "src"
        for number, kind in enumerate(KINDS)
    ]
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    core = Path(allause.__file__).parents[1]
    path = os.pathsep.join(map(str, sources if core.name == "site-packages" else (*sources, core)))
    assert said(tmp_path, "mypy", *map(str, sources), MYPYPATH=path).startswith("Success: no issues found")


def said(folder, module, *words, **variables):
    """Run a module and return the last line it wrote; all of it when it failed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip().splitlines()[-1] if not done.returncode else done.stdout + done.stderr
