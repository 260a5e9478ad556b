"""Start-up: what is said at once is what the whole command line says, and little is imported for it."""

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from allause import __version__

ROOT = Path(__file__).parents[1]
ONE = "allause-analytics:analytics"
START = "from allause.__main__ import main\n"
# their import is what a slow start-up is made of; none is needed to list
HEAVY = ("rich", "pydantic", "typer", "click", "anyio", "arro3", "msgspec", "cattrs", "pluggy", "polars", "numpy")


def loaded(*words, here=None):
    code = (
        "import atexit, sys\nbefore = set(sys.modules)\n"
        "atexit.register(lambda: print('LOADED', *sorted(set(sys.modules) - before)))\n"
        f"sys.argv[1:] = {list(words)!r}\n{START}main()"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=here
    )
    return set(process.stdout.splitlines()[-1].split()[1:])


@pytest.fixture(scope="module")
def writer():
    spec = spec_from_file_location("reference_pages", ROOT / "docs" / "reference_pages.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_help_said_at_once_is_that_of_the_whole_command_line(writer):
    assert writer.HELP.read_text() == writer.help_text(), "run `python docs/reference_pages.py`"


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["-h"]])
def test_nothing_but_the_launcher_is_imported_for_version_and_help(words):
    console = {f"allause.console.{module}" for module in ("additions", "columns", "output")}
    ours = {"allause", "allause.__main__", "allause.console", *console}
    assert {name for name in loaded(*words) if not name.startswith(("encodings", "_"))} <= ours


@pytest.mark.parametrize("words", [["list"], ["list", "--format", "json"]])
def test_nothing_heavy_is_imported_for_list(words):
    names = {name.partition(".")[0] for name in loaded(*words)}
    assert names.isdisjoint(HEAVY), names & set(HEAVY)


def test_a_static_look_imports_no_parser_no_converter_no_table_and_nothing_that_runs_components(tmp_path):
    names = loaded("validate", "--fast", here=tmp_path)
    tops = {name.partition(".")[0] for name in names}
    assert tops.isdisjoint({*HEAVY, "asyncio", "concurrent"} - {"pluggy"}), tops & set(HEAVY)
    assert "allause.checks.security" in names
    assert names.isdisjoint({"importlib_metadata", "packaging.requirements", "allause.models.orders"})
    running = ("allause.isolation.host", "allause.evidence.gathering", "allause.evidence.probes.", "allause.workflows")
    assert [name for name in names if name.startswith(running)] == []


def test_a_static_look_that_imported_more_would_be_noticed(tmp_path):
    names = loaded("validate", "--fast", "--format=text", here=tmp_path)
    assert "typer" in names


@pytest.mark.long
@pytest.mark.parametrize("flags", [(), ("-q", ONE), ("--quiet", ONE), ("-v", ONE), ("--verbose", ONE)])
def test_what_is_asked_plainly_is_answered_as_by_the_whole_command_line(flags, tmp_path):
    said = [
        subprocess.run(
            [sys.executable, "-m", "allause", "validate", "--fast", *flags, *more],
            capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path,
        )
        for more in ((), ("--format", "text"))
    ]  # fmt: skip # one list
    # all but the times
    plain, whole = [
        ([word for word in each.stdout.split() if not re.fullmatch(r"\d+\.\d", word)], each.stderr) for each in said
    ]
    assert plain == whole
    assert "Verdict:" in plain[0]


def test_contradicting_flags_are_refused_without_the_parser_too(tmp_path):
    words = [sys.executable, "-m", "allause", "validate", "--fast", "-q", "-v"]
    process = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stderr == "allause: error: --quiet and --verbose exclude each other; leave one of them out\n"


def test_a_listing_that_imported_more_would_be_noticed():
    assert not {name.partition(".")[0] for name in loaded("list", "--format=text", "--help")}.isdisjoint(HEAVY)


def test_a_narrow_terminal_gets_help_laid_out_for_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    code = f"import sys; sys.argv[1:] = ['--help']\n{START}main()"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert max(map(len, process.stdout.splitlines())) <= 60
    assert "Commands:" in process.stdout


def test_the_version_is_said_by_the_console_script():
    process = subprocess.run(
        [sys.executable, "-m", "allause", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert process.stdout == f"allause {__version__}\n"


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["--version"], "allause.console.output"),
        (["list"], "allause.cli.program"),
        (["list"], "allause.discovery.installed"),
        (["validate", "--fast"], "allause.exceptions"),
        (["rule", "CON001"], "typer"),
    ],
)
def test_an_interrupt_while_something_is_imported_is_one_line(words, module):
    code = (
        "import os, signal, sys\n"
        "class Interrupter:\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        name == {module!r} and os.kill(os.getpid(), signal.SIGINT)\n"
        f"sys.meta_path.insert(0, Interrupter)\nsys.argv[1:] = {words!r}\n{START}main()"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (process.returncode, process.stdout, process.stderr) == (130, "", "allause: error: interrupted\n")
