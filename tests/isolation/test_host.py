import os
import select
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from allause.exceptions import ValidatorError
from allause.isolation import Helper, Limits, Outcome, host
from allause.isolation.launch import HelperProcess
from allause.isolation.tree import bearing, descendants


def loaded(statement):
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


@pytest.mark.parametrize("module", ["allause.isolation", "allause.isolation.helper"])
def test_isolation_imports_nothing_heavy_and_no_plugin(module):
    top = {name.partition(".")[0] for name in loaded(f"import {module}")}
    assert not top & {"typer", "rich", "pydantic", "anyio", "numpy", "pandas", "polars", "pyarrow", "griffe"}
    assert {name for name in top if name.startswith("allause")} == {"allause"}


def test_the_host_side_needs_no_arrow_library():
    assert "arro3" not in {name.partition(".")[0] for name in loaded("import allause.isolation")}


LIVELY = """
import sqlite3, threading, time

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()

class Part:
    def live(self):
        return threading.active_count()
"""
LOOKING = "import sys\ndef loaded():\n    return sorted(sys.modules)\n"


def test_the_helper_imports_no_component_and_has_one_thread_whatever_components_did(tmp_path):
    (tmp_path / "lively.py").write_text(LIVELY)
    (tmp_path / "looking.py").write_text(LOOKING)
    with Helper(extra_sys_path=[tmp_path]) as helper:
        with helper.session() as session:
            before = session.run("looking:loaded").value
        with helper.session() as session:
            session.request("import", module="lively", attribute="Part")
            session.request("construct")
            assert session.request("call", method="live").value == 2
            assert {"lively", "sqlite3"} <= set(session.run("looking:loaded").value)
            root, pid = helper._process.root, helper._process._process.pid
            assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
        with helper.session() as session:  # a child has the modules of the helper and its own
            assert session.run("looking:loaded").value == before
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
        assert "sqlite3" not in Path(f"/proc/{pid}/maps").read_text()
    assert not root.exists()
    assert bearing(str(root)) == []


def test_the_helper_ends_with_a_host_that_was_killed(tmp_path):
    code = """
        import sys, time
        from allause.isolation import Helper
        helper = Helper()
        session = helper.session()
        print(helper._process.root, flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True) as other:
        root = other.stdout.readline().strip()
        born = bearing(root)
        waiting = [os.pidfd_open(process.pid) for process in born]
        other.kill()
    assert len(born) == 2
    for pidfd in waiting:
        assert select.select([pidfd], [], [], 20)[0], "a process outlived its host"
        os.close(pidfd)
    assert bearing(root) == []
    shutil.rmtree(root)


def test_a_helper_killed_between_sessions_is_replaced():
    with Helper() as helper:
        helper.session().close()
        os.kill(helper._process._process.pid, signal.SIGKILL)
        with helper.session() as session:
            assert session.request("threads").outcome is Outcome.RETURNED


def test_a_helper_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    with Helper() as helper, pytest.raises(ValidatorError, match="No module named"):
        helper.session()


def test_a_child_that_cannot_be_confined_says_why(monkeypatch):
    monkeypatch.setattr(host, "environment", lambda _: {"HOME": 1})
    with Helper() as helper, pytest.raises(ValidatorError, match=r"did not start[^$]*str expected, not int"):
        helper.session()


def test_another_system_is_refused_with_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with Helper() as helper, pytest.raises(ValidatorError, match="needs Linux, this is darwin"):
        helper.session()


def test_limits_must_be_positive():
    with pytest.raises(ValueError, match="memory_bytes"):
        Limits(memory_bytes=0)


def test_the_description_says_what_is_in_force():
    with Helper() as helper:
        in_force = helper.describe()
    assert in_force["child_subreaper"]
    assert in_force["mode"] == "hardened"


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_descriptor_and_no_process_is_left_behind():
    with Helper() as helper:
        helper.session().close()
        before = open_descriptors()
        for _ in range(5):
            helper.session().close()
        assert open_descriptors() == before
        assert descendants(helper._process._process.pid) == []


def test_a_lost_helper_takes_its_mark_with_it():
    process = HelperProcess()
    os.kill(process._process.pid, signal.SIGKILL)
    assert process.bury() == 0
    assert not process.root.exists()
