"""Commands that other distributions add."""

import tomllib
from pathlib import Path

import pytest

from allause.cli import application
from allause.console.additions import additions

pytestmark = pytest.mark.long

TYPER = """
import typer
from allause.exceptions import DataError
app = typer.Typer()

@app.command()
def hello(name: str = "you"):
    print("hello", name)

@app.command()
def fail(how: str):
    if how == "ours":
        raise DataError("no such file")
    if how == "exit":
        raise SystemExit("bye\\x1b[31m")
    raise ValueError("bad\\x1b[31m")
"""
FUNCTION = "def add(one: int, two: int = 1) -> None:\n    print(one + two)\n"


@pytest.fixture
def adds(tmp_path):
    """Write a distribution that adds a command; return the folder for PYTHONPATH."""
    folder = tmp_path / "site"

    def install(name, source, target="app", owner="acme"):
        info = folder / f"{owner}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{owner}_commands.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {owner}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[allause.commands]\n{name} = {owner}_commands:{target}\n")
        return str(folder)

    return install


def test_a_typer_application_is_a_group_of_commands(allause, adds):
    process = allause("greet", "hello", "--name", "acme", PYTHONPATH=adds("greet", TYPER))
    assert (process.returncode, process.stdout, process.stderr) == (0, "hello acme\n", "")


def test_a_function_is_a_command(allause, adds):
    process = allause("add", "2", PYTHONPATH=adds("add", FUNCTION, "add"))
    assert (process.returncode, process.stdout, process.stderr) == (0, "3\n", "")


def test_help_names_command_and_owner_and_imports_nothing(allause, adds):
    where = adds("greet", "raise SystemExit(9)")
    for words, columns in ((["--help"], "80"), (["-h"], "80"), (["--help"], "60")):
        process = allause(*words, PYTHONPATH=where, COLUMNS=columns)
        assert process.returncode == 0
        assert ["greet", "from", "acme"] in [line.split() for line in process.stdout.splitlines()]


def test_its_own_help_is_shown(allause, adds):
    process = allause("greet", "--help", PYTHONPATH=adds("greet", TYPER))
    assert process.returncode == 0
    assert "Usage: allause greet" in process.stdout


def own_commands_cannot_be_replaced(allause, where):
    process = allause("rule", "CON001", PYTHONPATH=where)
    assert process.returncode == 0
    assert process.stdout.startswith("CON001 missing-method")


def test_a_command_of_ours_cannot_be_replaced(allause, adds):
    own_commands_cannot_be_replaced(allause, adds("rule", "raise SystemExit(9)"))


def test_every_command_of_ours_is_known_as_such():
    app = application.application()
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert names == application._OWN


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("raise RuntimeError('no\\x1b[31m')", "app", "RuntimeError: no\\x1b[31m"),
        ("raise SystemExit(9)", "app", "SystemExit: 9"),
        ("app = 3", "app", "expected a typer.Typer or a function, found int"),
        ("", "app", "has no attribute 'app'"),
        ("def app(x: 'Nowhere'): pass", "app", "NameError: "),
    ],
)
def test_a_broken_one_is_one_line_that_names_it(allause, adds, source, target, told):
    process = allause("greet", PYTHONPATH=adds("greet", source, target))
    assert process.returncode == 1
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    assert line.startswith("allause: error: the command 'greet' of acme:greet cannot be loaded: ")
    assert told in line


def test_an_error_within_it_is_one_line_that_names_it(allause, adds):
    process = allause("greet", "fail", "x", PYTHONPATH=adds("greet", TYPER))
    assert process.returncode == 1
    (line,) = process.stderr.splitlines()
    assert "the command 'greet' of acme:greet failed: ValueError: bad\\x1b[31m" in line


def test_an_end_of_file_within_it_is_no_interrupt(allause, adds):
    process = allause("greet", PYTHONPATH=adds("greet", "def app(): raise EOFError('cut short')"))
    assert process.returncode == 1
    told = process.stderr.strip().splitlines()
    assert told[-1].startswith("allause: error: the command 'greet' of acme:greet failed: EOFError: cut short"), told


def test_a_text_to_exit_with_reaches_no_terminal(allause, adds):
    process = allause("greet", "fail", "exit", PYTHONPATH=adds("greet", TYPER))
    assert process.returncode == 1
    assert "the command 'greet' of acme:greet failed: SystemExit: bye\\x1b[31m" in process.stderr


def test_an_error_of_ours_within_it_is_told_as_such(allause, adds):
    process = allause("greet", "fail", "ours", PYTHONPATH=adds("greet", TYPER))
    assert (process.returncode, process.stderr) == (1, "allause: error: no such file\n")


def test_wrong_words_are_a_usage_error(allause, adds):
    process = allause("greet", "hello", "--nme", "x", PYTHONPATH=adds("greet", TYPER))
    assert process.returncode == 2
    assert "'allause greet hello --help'" in process.stderr


def test_two_distributions_with_the_same_command_are_named(allause, adds):
    adds("greet", TYPER)
    process = allause("greet", "hello", PYTHONPATH=adds("greet", TYPER, owner="rival"))
    assert process.returncode == 1
    assert "is added by acme and rival" in process.stderr


def test_adding_a_command_is_no_defect_of_a_distribution(allause, adds):
    process = allause("list", PYTHONPATH=adds("greet", TYPER))
    assert "acme" not in process.stdout


def test_names_that_a_terminal_would_act_on_are_not_listed(tmp_path):
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[allause.commands]\nfine = a:b\nbad\x1b[31m = a:b\n", encoding="utf-8")
    (tmp_path / "binary-1.0.dist-info").mkdir()
    (tmp_path / "binary-1.0.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[allause.commands]")
    (tmp_path / "folder-1.0.dist-info" / "entry_points.txt").mkdir(parents=True)
    told = additions([str(tmp_path), str(tmp_path / "nowhere")])
    assert told.splitlines()[2:] == ["  fine  from acme"]


def test_nothing_is_added_to_the_help_where_nobody_adds_a_command(tmp_path):
    assert additions([str(tmp_path)]) == ""


PLUGINS = Path(__file__).parents[2] / "plugins"


def test_what_comes_with_a_distribution_of_ours_is_named_where_it_is_not_installed(command, monkeypatch):
    monkeypatch.setattr(application, "contribution", lambda _: None)
    for word, owner in application._OFFERED.items():
        done = command(word, "show")
        assert done.returncode == 2
        assert f"'pip install {owner}'" in done.stderr
        (folder,) = [word for word in done.stderr.replace("'", " ").split() if word.startswith("./")]
        assert (PLUGINS.parent / folder / "pyproject.toml").is_file()
        assert len(done.stderr.splitlines()) == 1


def test_every_command_of_a_distribution_of_ours_is_known_to_be_offered():
    offered = {}
    for file in PLUGINS.glob("*/pyproject.toml"):
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        for name in project["entry-points"].get("allause.commands", {}):
            offered[name] = project["name"]
    assert offered == dict(application._OFFERED)
