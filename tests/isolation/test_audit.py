import sys

import pytest

from allause.isolation import Helper


@pytest.fixture(scope="module")
def plain_helper():
    with Helper() as helper:
        yield helper


@pytest.fixture
def audited(plain_helper, tmp_path):
    """Import a module under the audit hook and return what was noted."""

    def run(source):
        (tmp_path / "part.py").write_text(source)
        with plain_helper.session(extra_sys_path=[tmp_path]) as session:
            assert session.request("audit").data == {"events": [], "path": [], "rewritten": []}
            session.request("import", module="part", names=[])
            return session.request("audit").data

    return run


@pytest.mark.parametrize(
    ("line", "matter"),
    [
        ("open('new', 'w').close()", "file"),
        ("import os; os.open('new', os.O_CREAT | os.O_WRONLY)", "file"),
        ("import os; os.mkdir('new')", "file"),
        ("import sqlite3; sqlite3.connect('new').close()", "file"),
        ("import socket; socket.getaddrinfo('127.0.0.1', 80)", "network"),
        ("import subprocess; subprocess.run(['no-such-program'])", "process"),
        ("import os; os.system('true')", "process"),
    ],
)
def test_what_a_module_asks_of_the_system_is_noted_with_its_place(audited, tmp_path, line, matter):
    events = audited(f"\n{line}\n")["events"]
    assert (matter, str(tmp_path / "part.py"), 2) in {(e["matter"], e["file"], e["line"]) for e in events}


@pytest.mark.parametrize(
    "line",
    [
        "open(__file__).close()",
        "import os; open(os.devnull, 'w').close()",
        "import tempfile; tempfile.gettempdir()",
        "import sqlite3; sqlite3.connect(':memory:').close()",
        "import asyncio; asyncio.new_event_loop().close()",
    ],
)
def test_reading_and_what_leaves_no_trace_is_not_noted(audited, line):
    assert audited(line)["events"] == []


def test_a_thread_is_noted_with_the_module_that_started_it(audited, tmp_path):
    source = (
        "import threading, time\ndef poll():\n    time.sleep(60)\nthreading.Thread(target=poll, daemon=True).start()\n"
    )
    (event,) = audited(source)["events"]
    line = 4 if sys.version_info >= (3, 12) else 2
    assert (event["matter"], event["file"], event["line"]) == ("thread", str(tmp_path / "part.py"), line)


def test_what_another_module_does_in_its_own_import_is_noted_as_its_own(audited, tmp_path):
    (tmp_path / "inner.py").write_text("open('new', 'w').close()")
    (event,) = audited("import inner")["events"]
    assert event["file"] == str(tmp_path / "inner.py")


def test_a_change_of_the_import_path_is_noted(audited):
    assert audited("import sys; sys.path.insert(0, '/vendored')")["path"] == ["+/vendored"]


def test_no_object_of_a_component_is_asked_to_show_itself(audited):
    source = (
        "class Path:\n    def __fspath__(self): return 'new'\n    def __repr__(self): raise SystemExit\n"
        "open(Path(), 'w').close()\n"
    )
    assert audited(source)["events"][0]["matter"] == "file"
