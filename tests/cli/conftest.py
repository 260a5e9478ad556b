"""The command line as a process of its own."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from allause.cli import main

QUIET = ("NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "ALLAUSE_TRACEBACK", "TERM")


@pytest.fixture
def environment():
    return {name: value for name, value in os.environ.items() if name not in QUIET}


@pytest.fixture
def allause(tmp_path, environment):
    """Run ``allause`` with some words in an empty current directory and return the finished process."""
    here = tmp_path / "cwd"
    here.mkdir()

    def call(*words, python=("-m", "allause"), **variables):
        return subprocess.run(
            [sys.executable, *python, *words],
            cwd=here,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

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
