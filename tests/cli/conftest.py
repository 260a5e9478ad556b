"""The command line as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from allause.cli import main

QUIET = ("NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "ALLAUSE_TRACEBACK", "TERM")


@pytest.fixture
def environment():
    return {name: value for name, value in os.environ.items() if name not in QUIET}


@pytest.fixture(scope="session")
def warm():
    """Return a process that has imported the command line, and is forked for each call of it."""
    words = [sys.executable, str(Path(__file__).parent / "warm.py")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def allause(tmp_path, tmp_path_factory, environment, warm):
    """Run ``allause`` with some words in an empty current directory and return the finished process.

    It is a fork of a warm process, unless it is said how ``python`` is to be started.
    """
    here = tmp_path / "cwd"
    here.mkdir()

    def call(*words, python=None, **variables):
        given = {**environment, **variables}
        return forked(words, given) if python is None else started([sys.executable, *python, *words], given)

    def started(command, environment):
        captured = {"capture_output": True, "text": True, "encoding": "utf-8"}
        return subprocess.run(command, cwd=here, env=environment, timeout=120, check=False, **captured)

    def forked(words, environment):
        folder = tmp_path_factory.mktemp("said")
        said = [folder / name for name in ("stdout", "stderr")]
        for file in said:
            file.write_text("")
        streams = {file.name: str(file) for file in said}
        asked = {"here": str(here), "environment": environment, "words": words, **streams}
        warm.stdin.write(f"{json.dumps(asked)}\n")
        warm.stdin.flush()
        code = int(warm.stdout.readline())
        return subprocess.CompletedProcess(words, code, *(file.read_text("utf-8") for file in said))

    call.here = here
    return call


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run ``allause`` in this process, where no process of its own is needed; the same shape of answer."""
    here = tmp_path / "cwd"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in QUIET:
        monkeypatch.delenv(name, raising=False)
    path, modules = list(sys.path), set(sys.modules)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main(words)
        captured = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=captured.out, stderr=captured.err)

    call.here = here
    yield call
    sys.path[:] = path
    for number, handler in handlers.items():
        signal.signal(number, handler)
    for name in set(sys.modules) - modules:
        if str(here) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def site(tmp_path):
    """Write throw-away distributions into a folder; give it to a process as PYTHONPATH."""
    folder = tmp_path / "site"

    def install(kind, source, name="throw-away"):
        info = folder / f"acme_{kind}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"acme_{kind}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{kind}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[allause.{kind}]\n{name} = acme_{kind}:Part\n", encoding="utf-8")
        return str(folder)

    return install
