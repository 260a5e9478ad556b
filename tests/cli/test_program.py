"""The process: streams, exit codes, one line for each error."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from functools import partial

import pytest

import allause as package
from allause.isolation.tree import bearing

_MAIN = "import sys; from allause.cli import application, main\n"


@pytest.fixture
def allause(allause):
    """Start Python anew for every call, since that is what is looked at here."""

    def call(*words, python=("-m", "allause"), **variables):
        return allause(*words, python=python, **variables)

    call.here = allause.here
    return call


@pytest.fixture
def shell(environment, tmp_path):
    """Run ``allause`` with words that a shell reads, redirections among them."""

    def call(words):
        command = ["bash", "-c", f"{sys.executable} -m allause {words}"]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    call.here = tmp_path
    return call


def _one_line(process):
    lines = process.stderr.splitlines()
    assert len(lines) == 1, process.stderr
    assert lines[0].startswith("allause: error: ")
    return lines[0]


def test_the_version_is_that_of_the_package(allause):
    process = allause("--version")
    assert (process.returncode, process.stdout, process.stderr) == (0, f"allause {package.__version__}\n", "")


def test_help_lists_every_command(allause):
    process = allause("--help")
    assert process.returncode == 0
    for command in ("list", "info", "validate", "run", "rule"):
        assert f"\n  {command} " in process.stdout


@pytest.mark.parametrize("words", [("--help",), ("validate", "--help"), ("list",), ("info", "execution")])
def test_nothing_of_a_component_is_imported_for_help_list_and_info(words, allause):
    code = (
        "import sys, atexit; from allause.cli import main\n"
        "names = ('allause_', 'polars', 'numpy', 'psutil', 'sqlite3')\n"
        "atexit.register(lambda: print('LOADED', [m for m in sys.modules if m.startswith(names)]))\n"
        "main()"
    )
    assert allause(*words, python=("-c", code)).stdout.splitlines()[-1] == "LOADED []"


def test_without_a_command_help_goes_to_stderr_and_nothing_ran(allause):
    process = allause()
    assert process.returncode == 2
    assert process.stdout == ""
    assert "Commands:" in process.stderr
    assert re.search(r"^  journal +from allause-execution$", process.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        (),
        *((name,) for name in ("list", "info", "validate", "report", "run", "rule", "new", "doctor", "waiver")),
        *((name,) for name in ("journal", "data")),
        *(("waiver", name) for name in ("add", "list")),
    ],
)
def test_help_shows_no_word_of_the_language_and_cuts_no_sentence(words, command):
    text = command(*words, "--help").stdout
    assert re.findall(r"<[a-z\[\]]+>|\.\.\.(?=\n)", text.partition("Options:")[2]) == []


def test_an_unknown_command_is_one_line_with_what_was_meant(command):
    process = command("lst")
    assert process.returncode == 2
    assert process.stdout == ""
    assert "'list'" in _one_line(process)


def test_an_unknown_option_is_one_line_with_what_was_meant(command):
    process = command("list", "--frmt", "json")
    assert process.returncode == 2
    assert "--format" in _one_line(process)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("list", "--frmt"), "list"),
        (("info",), "info"),
        (("run", "--sead", "1"), "run"),
        (("rule", "a", "b"), "rule"),
        (("run", "--data"), "run"),
        (("new", "x", "--kind"), "new"),
        (("validate", "--fast=yes"), "validate"),
        (("waiver", "add", "--until"), "waiver add"),
        (("waiver", "ad"), "waiver"),
        (("data", "convert", "x", "--out"), "data convert"),
        (("journal", "export", "x", "--out"), "journal export"),
    ],
)
def test_wrong_words_are_a_usage_error_that_names_the_help_of_the_command(words, place, command):
    process = command(*words)
    assert process.returncode == 2
    assert f"'allause {place} --help'" in _one_line(process)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("list", "--format", "xml"), "--format: expected one of text, json, found 'xml'"),
        (("doctor", "--format", "jso"), "--format: expected one of text, json, found 'jso'; did you mean 'json'?"),
        (("report", "x", "--format", "sarf"), "found 'sarf'; did you mean 'sarif'?"),
        (("validate", "--format", "\x1b[31m"), "html, found '\\\\x1b[31m'"),
        (("validate", "--isolation", "x"), "--isolation: expected one of hardened, process, none, found 'x'"),
        (("validate", "--fail-on", "x"), "--fail-on: expected one of failed, inconclusive, skipped, waived, found 'x'"),
        (("certify",), "there is no command 'certify'; write 'allause validate --certify'"),
        (("new", "x", "--kind", "fish"), "--kind: expected one of market_data"),
        (("validate", "--report", "xml=x"), "--report: expected one of text, json"),
        (("new", "acme-part", "--kind", "x"), "kind: expected one of market_data,"),
        (("validate", "--seed", "x"), "--seed: expected a whole number from 0 to 4294967295, found 'x'"),
        (("run", "--seed", "-1"), "--seed: expected a whole number from 0 to 4294967295, found '-1'"),
        (("run", "--seed", str(2**32)), "--seed: expected a whole number from 0 to 4294967295, found '4294967296'"),
        (("run", "--data", ""), "--data: expected a path, found an empty text"),
        (("waiver",), "allause: error: Missing command; "),
        (("data",), "allause: error: Missing command; "),
        (("journal",), "allause: error: Missing command; "),
        (("validate", "~nobody-at-all/x"), "there is nothing at ~nobody-at-all/x; expected a source checkout or a"),
    ],
)
def test_a_value_that_is_none_of_those_possible_is_one_line_of_ours(words, shown, command):
    process = command(*words)
    assert process.returncode == 2
    assert shown in _one_line(process)


@pytest.mark.parametrize(
    ("raised", "code", "shown"),
    [
        ("exceptions.UsageError('wrong')", 2, "allause: error: wrong"),
        ("exceptions.ConfigurationError('wrong')", 2, "allause: error: wrong"),
        ("exceptions.ValidatorError('broke')", 3, "allause: error: broke"),
        ("exceptions.DataError('bad\\nfile\\x1b[31m')", 1, "allause: error: bad file\\x1b[31m"),
        ("KeyboardInterrupt()", 130, "allause: error: interrupted"),
        (
            "OSError(24, 'Too many open files')",
            3,
            "allause: error: this process may open no more files; raise its limit",
        ),
        ("KeyError('x')", 3, "allause: error: unexpected KeyError: 'x' (a defect of allause; "),
    ],
)
def test_each_error_is_one_line_and_its_exit_code(raised, code, shown, allause):
    source = (
        "from allause import cli, exceptions\nfrom allause.cli import application\n"
        f"def fail(words): raise {raised}\napplication.invoke = fail\ncli.main()"
    )
    process = allause("rule", python=("-c", source))
    assert process.returncode == code
    assert _one_line(process).startswith(shown)


def test_too_few_open_files_are_the_hosts_trouble_and_no_component_is_blamed(allause):
    source = (
        "import resource\nfrom allause import cli\nresource.setrlimit(resource.RLIMIT_NOFILE, (63, 63))\ncli.main()"
    )
    process = allause("validate", "allause-analytics", "--no-workflows", python=("-c", source))
    assert process.returncode == 3
    assert process.stderr.splitlines()[-1].startswith("allause: error: expected to be allowed 64 open files or more")
    assert process.stdout == ""


def test_the_traceback_is_shown_when_asked_for(allause):
    process = allause("info", "nope", ALLAUSE_TRACEBACK="1")
    assert process.stderr.startswith("Traceback")
    assert process.stderr.splitlines()[-1].startswith("allause: error: ")
    assert process.returncode == 2


def test_hostile_words_reach_no_terminal(allause):
    process = allause("info", "\x1b[31m\r\nallause: all is well")
    assert "\x1b" not in process.stderr
    assert "\\x1b" in _one_line(process)


def test_a_reader_that_goes_away_is_no_error(environment):
    command = f"{sys.executable} -m allause list --format json; echo code=$? >&2"
    process = subprocess.run(
        ["bash", "-c", f"({command}) | true"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert process.stderr == "code=0\n"


FAST = "validate allause-analytics:analytics --fast -q"


@pytest.mark.parametrize("words", ["list", "--version", "--help", "list --help", "rule DSC001", "doctor", FAST])
@pytest.mark.parametrize(
    ("stdout", "reason"), [("/dev/full", "No space left on device"), ("&-", "standard output is closed")]
)
def test_what_cannot_be_written_is_an_error_and_no_verdict(words, stdout, reason, shell):
    process = shell(f"{words} >{stdout}")
    assert process.returncode == 3
    assert (
        process.stderr == f"allause: error: the output cannot be written: {reason}; make room, or write it elsewhere\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "last"),
    [
        ("list", 0, "Found means"),
        ("--version", 0, "allause "),
        (FAST, 0, "Verdict: "),
        ("validate nobody", 2, ""),
        ("nothing", 2, ""),
    ],
)
def test_what_is_told_to_nobody_changes_no_result(words, code, last, shell):
    process = shell(f"{words} 2>&- <&-")
    assert process.returncode == code
    assert (process.stdout.splitlines() or [""])[-1].startswith(last)


class Full(io.StringIO):
    def write(self, _):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_note_that_cannot_be_written_changes_no_result(command, monkeypatch):
    words = ("--component", "acme:nobody", "--reason", "soon", "--until", "2999-01-31")
    monkeypatch.setattr(sys, "stderr", Full())
    process = command("waiver", "add", "PKG001", *words)
    assert process.returncode == 0
    assert "PKG001 is waived for acme:nobody" in process.stdout


def test_a_help_text_whose_reader_has_gone_is_no_error(command, monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        process = command("info", "--help")
        assert (process.returncode, process.stderr) == (0, "")


def test_a_pipe_of_ours_that_breaks_is_told(command, monkeypatch):
    def breaks(_):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("allause.cli.catalogue.one_check", breaks)
    process = command("rule", "CON001")
    assert process.returncode == 3
    assert "unexpected BrokenPipeError" in _one_line(process)


@pytest.mark.parametrize("words", [("waiver", "list"), ("validate", "--fast")])
def test_a_current_folder_that_has_been_removed_is_told_as_that(words, command):
    command.here.rmdir()
    process = command(*words)
    assert process.returncode == 2
    assert _one_line(process) == "allause: error: the current folder is there no more; change to one that is"


def test_no_file_is_taken_for_a_stream_that_is_closed(shell):
    assert shell(f"{FAST} --report json=out.json <&- >&- 2>&-").returncode == 3
    assert json.loads((shell.here / "out.json").read_text())["summary"]["failed"] == 0


STOPS = """
import itertools, time
bars = itertools.count()
def stops(event, portfolio):
    if next(bars) > 1_000:
        time.sleep(600)  # a run that went on could be over before it is interrupted
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_says_so_and_leaves_nothing(number, tmp_path, environment):
    here = tmp_path / "cwd"
    here.mkdir()
    (tmp_path / "plans.py").write_text(STOPS)
    process = subprocess.Popen(
        [sys.executable, "-m", "allause", "run", "--strategy", "plans:stops"],
        cwd=here,
        env={**environment, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "orders" in line:
            break
    process.send_signal(number)
    rest = process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "allause: error: interrupted"
    assert list(here.iterdir()) == []


BACKEND = """
import os, pathlib, subprocess, sys, tempfile, time
def build_wheel(folder, *_):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path(tempfile.mkdtemp(), "part").touch()
    pathlib.Path(os.environ["BEGUN"]).touch()
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_validation_that_ends_while_it_builds_leaves_nothing(number, tmp_path, environment):
    checkout, thrown, begun = (tmp_path / name for name in ("checkout", "thrown", "begun"))
    checkout.mkdir()
    thrown.mkdir()
    os.mkfifo(begun)
    (checkout / "backend.py").write_text(BACKEND.replace(".touch()\n    time", ".write_text('x')\n    time"))
    (checkout / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "acme-part"\nversion = "1"\n'
    )
    environment |= {"TMPDIR": str(thrown), "BEGUN": str(begun)}
    words = [sys.executable, "-m", "allause", "validate", str(checkout)]
    # under nohup a hangup is ignored, and whoever is started then goes on ignoring it
    heeding = partial(signal.signal, number, signal.SIG_DFL)
    with subprocess.Popen(
        words,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding,  # noqa: PLW1509 # no thread here holds a lock
    ) as process:
        assert begun.read_text() == "x"
        process.send_signal(number)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.splitlines()[-1] == "allause: error: interrupted"
    assert list(thrown.iterdir()) == []
    assert bearing(str(begun)) == []


def test_what_ignores_a_hangup_goes_on_ignoring_it(environment):
    code = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); from allause.cli import main\n"
        "import atexit; atexit.register(lambda: print(signal.getsignal(signal.SIGHUP).name))\n"
        "main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "SIG_IGN"


def test_a_stream_without_the_letters_gets_their_codes(allause, site):
    where = site("analytics", "class Part: pass", name="caf\u00e9")
    process = allause("list", PYTHONPATH=where, PYTHONIOENCODING="ascii")
    assert process.returncode == 0
    assert "caf\\xe9" in process.stdout


def test_help_shows_arguments_and_defaults_alike_everywhere(command):
    assert command("new", "--help").stdout.startswith("Usage: allause new [OPTIONS] NAME\n")
    assert command("report", "--help").stdout.startswith("Usage: allause report [OPTIONS] PATH\n")
    for name in ("validate", "run"):
        assert "The same seed gives the same orders. [default: 0]" in " ".join(command(name, "--help").stdout.split())
