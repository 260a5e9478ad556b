"""The seven distributions are wired in everywhere, and all alike."""

import ast
import configparser
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

from allause.groups import COMMANDS_GROUP

ROOT = Path(__file__).parents[1]
#: Benchmarks against a framework that is installed for them alone, in an environment of that name.
PEERS = ("nautilus", "nautilus_events")
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())
KIND_AND_NAME = {
    "allause-market-data": ("market_data", "market-data"),
    "allause-enhancer": ("market_data_enhancer", "enhancer"),
    "allause-execution": ("execution", "execution"),
    "allause-optimizer": ("optimizer", "optimizer"),
    "allause-monitoring": ("monitoring", "monitoring"),
    "allause-analytics": ("analytics", "analytics"),
}
LEFT_BY_TOOLS = re.compile(
    r"(^|/)(build|dist|\.tox|\.venv|__pycache__|\.\w+_cache|[^/]*\.egg-info|allause-run|orders\.journal)/"
    r"|\.(pyc|sqlite3(-wal|-shm)?)$|(^|/)(\.coverage|allause-report\.\w+)$"
)


def pyproject(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def tox(section, option):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini", encoding="utf-8")
    return [line for line in parser[section][option].splitlines() if line]


def not_alike(projects):
    """Name each project whose version differs from the core's."""
    return {name: p["version"] for name, p in projects.items() if p["version"] != projects["allause"]["version"]}


PROJECTS = {"allause": pyproject(ROOT)["project"]} | {
    name: pyproject(ROOT / "plugins" / name)["project"] for name in PLUGINS
}


def test_the_seven_versions_are_equal():
    assert len(PROJECTS) == 7
    assert not_alike(PROJECTS) == {}


def test_a_version_that_drifted_is_named():
    drifted = PROJECTS | {"allause-enhancer": PROJECTS["allause-enhancer"] | {"version": "0.2.0"}}
    assert not_alike(drifted) == {"allause-enhancer": "0.2.0"}


def test_the_core_says_its_own_version():
    source = (ROOT / "core" / "allause" / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{PROJECTS["allause"]["version"]}"' in source


def test_every_plugin_is_known_here_with_its_kind():
    assert sorted(KIND_AND_NAME) == PLUGINS


@pytest.mark.parametrize("name", PROJECTS)
def test_all_distributions_declare_the_same_things(name):
    project, core = PROJECTS[name], PROJECTS["allause"]
    assert project["name"] == name
    assert project["license"] == core["license"] == "Apache-2.0"
    assert project["requires-python"] == core["requires-python"] == ">=3.11"
    pythons = [c for c in project["classifiers"] if c.startswith("Programming Language :: Python :: 3.")]
    assert pythons == [f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)]
    assert "Typing :: Typed" in project["classifiers"]


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_offers_one_component_of_its_kind(name):
    kind, component = KIND_AND_NAME[name]
    groups = {group: names for group, names in PROJECTS[name]["entry-points"].items() if group != COMMANDS_GROUP}
    (group,) = groups.items()
    package = name.replace("-", "_")
    assert group[0] == f"allause.{kind}"
    assert list(group[1]) == [component]
    assert group[1][component].startswith(f"{package}.plugin:")


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_requires_the_core_of_this_series_only(name):
    major, minor, _ = PROJECTS["allause"]["version"].split(".")
    wanted = f"allause>={major}.{minor},<{major}.{int(minor) + 1}"
    ours = [r for r in PROJECTS[name]["dependencies"] if r.startswith("allause")]
    assert ours == [wanted], f"{name} may require the core and no other component"


def test_the_core_requires_no_component():
    assert [r for r in PROJECTS["allause"]["dependencies"] if r.startswith("allause")] == []


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_has_the_files_of_every_plugin(name):
    folder = ROOT / "plugins" / name
    package = folder / "src" / name.replace("-", "_")
    wanted = (folder / "README.md", folder / "tests", package / "__init__.py", package / "plugin.py")
    assert [str(path.relative_to(ROOT)) for path in (*wanted, package / "py.typed") if not path.exists()] == []
    assert [path.name for path in (folder / "src").iterdir() if path.is_dir()] == [package.name]


def test_the_core_is_typed():
    assert (ROOT / "core" / "allause" / "py.typed").is_file()


def test_no_folder_of_tests_is_a_package():
    packages = [path for name in ("tests", "plugins", "docs") for path in (ROOT / name).rglob("tests/**/__init__.py")]
    assert [p for p in packages if "mutants" not in p.parts] == []


@pytest.mark.parametrize("name", PLUGINS)
def test_tox_tests_a_plugin_together_with_the_others_and_alone(name):
    assert f"!allause: -e ./plugins/{name}" in tox("testenv", "deps")
    assert name in tox("tox", "env_list")


def test_tox_names_no_plugin_that_is_not_there():
    installed = [line.rpartition("/")[2] for line in tox("testenv", "deps") if "./plugins/" in line]
    alone = [line for line in tox("tox", "env_list") if line.startswith("allause-")]
    assert sorted(installed) == sorted(alone) == PLUGINS


def test_tox_asks_no_package_index_for_our_names():
    assert tox("tox", "no_package") == ["true"]
    assert "!allause: -e ." in tox("testenv", "deps")
    named = [line for line in tox("testenv", "deps") if re.search(r"(^|\s)allause[-\w]*\s*([<>=~!]|$)", line)]
    assert named == []


def test_tox_uses_every_python_from_3_11():
    assert {"core", "py3{12,13,14}"} <= set(tox("tox", "env_list"))
    assert tox("testenv", "base_python") == ["core: {env:OLDEST_PYTHON}", "allause: {env:NEWEST_PYTHON}"]
    (looked_for,) = re.findall(r"^PYTHONS = (.+)$", (ROOT / "toxfile.py").read_text("utf-8"), re.MULTILINE)
    classifiers = "\n".join(PROJECTS["allause"]["classifiers"])
    assert list(ast.literal_eval(looked_for)) == re.findall(r"Python :: (3\.\d+)", classifiers)
    assert tox("tox", "skip_missing_interpreters") == ["true"]


def test_whichever_python_is_there_alone_runs_every_test_of_the_core():
    core, _ = [line for line in tox("testenv", "commands") if line.startswith("core:")]
    assert core.endswith(' -m "not exam" tests {posargs}')


def test_what_a_plugin_does_with_things_of_others_is_tested_beside_them():
    named = re.findall(r"plugins/\S+[.]py", " ".join(tox("tox", "together")))
    own = "numpy|scipy|databento_dbn|exchange_calendars|websockets"  # dependencies and extras: there alone, too
    needs = re.compile(rf"importorskip\((?!.({own}).)|allause-[\w-]+ is not installed")
    files = sorted(path for path in (ROOT / "plugins").glob("*/tests/test_*.py"))
    assert [path for path in files if needs.search(path.read_text()) and str(path.relative_to(ROOT)) not in named] == []
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_tox_runs_each_benchmark_on_request():
    scripts = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py") if path.stem not in PEERS)
    assert tox("testenv:bench", "commands") == [f"python benchmarks/{name} {{posargs}}" for name in scripts]
    for peer in PEERS:
        assert tox(f"testenv:{peer}", "commands") == [f"python -W ignore benchmarks/{peer}.py {{posargs}}"]
    assert "bench" not in tox("tox", "env_list")


def test_mypy_sees_the_source_of_every_plugin():
    path = pyproject(ROOT)["tool"]["mypy"]["mypy_path"]
    assert [name for name in PLUGINS if f"plugins/{name}/src" not in path] == []
    assert [entry for entry in path if not (ROOT / entry).is_dir()] == []


@pytest.mark.parametrize("name", PLUGINS)
def test_the_layers_of_every_plugin_are_enforced(name):
    settings, package = pyproject(ROOT)["tool"]["importlinter"], name.replace("-", "_")
    layers = [c for c in settings["contracts"] if c.get("containers") == [package]]
    assert [c["exhaustive"] for c in layers] == [True]
    apart, unknown = ([c for c in settings["contracts"] if c["type"] == kind] for kind in ("independence", "forbidden"))
    assert package in settings["root_packages"]
    assert [package in c["modules"] for c in apart] == [package in c["forbidden_modules"] for c in unknown] == [True]
    assert f"{{tox_root}}/plugins/{name}/src" in tox("testenv:lint", "set_env")[-1]


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_installed_is_what_the_folders_say(name):
    installed = distribution(name)
    assert installed.version == PROJECTS[name]["version"]
    offered = {(e.group, e.name, e.value) for e in installed.entry_points if e.group.startswith(("allause.", "pytest"))}
    declared = {(g, n, v) for g, items in PROJECTS[name].get("entry-points", {}).items() for n, v in items.items()}
    assert offered == declared


def test_the_licence_is_the_one_declared():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


@pytest.mark.parametrize(
    "left", ["build/lib/x.py", "a/b.egg-info/PKG-INFO", "x/__pycache__/y.pyc", "orders.sqlite3", "allause-report.json"]
)
def test_a_stray_file_is_recognised(left):
    assert LEFT_BY_TOOLS.search(left)


def git(*arguments):
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout: this is an exported tree")
    answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if "dubious ownership" in answer.stderr:
        pytest.skip("git refuses to read a checkout of another owner")
    return answer


def test_git_tracks_nothing_that_a_tool_left():
    tracked = git("ls-files").stdout.splitlines()
    assert tracked, "git lists no file"
    assert [path for path in tracked if LEFT_BY_TOOLS.search(path)] == []


@pytest.mark.parametrize(
    "left",
    [".venv/x", ".tox/x", "build/x", "plugins/allause-enhancer/dist/x", "core/allause/__pycache__/x.pyc", ".coverage",
     ".mypy_cache/x", ".ruff_cache/x", ".pytest_cache/x", ".hypothesis/x", ".import_linter_cache/x", "docs/_build/x",
     "core/allause.egg-info/x", "allause-report.json", "allause-run/run.json", "orders.sqlite3", "orders.sqlite3-wal"],
)  # fmt: skip
def test_git_ignores_what_tools_and_runs_leave(left):
    assert git("check-ignore", "--no-index", "--quiet", left).returncode == 0
