"""The mode for debuggers: the caller's environment, input and output, no limits and no deadline."""

import subprocess
import sys
import textwrap

import pytest

from allause.isolation import Helper, Isolation, Limits, Outcome

LOOSE = """
    import os
    from pathlib import Path
    from allause.isolation import Helper, Isolation, Limits
    with Helper(Isolation.NONE) as helper, helper.session(Limits(wall_s=0.2), extra_sys_path=[os.getcwd()]) as session:
        print(session.run("loose:go").value, session.describe()["mode"], flush=True)
"""
MODULE = """
    import os, resource, time
    def go():
        time.sleep(0.5)
        print("printed by the component", flush=True)
        return input(), os.environ["MINE"], resource.getrlimit(resource.RLIMIT_CPU)[0]
"""


@pytest.fixture
def loose(tmp_path, monkeypatch):
    (tmp_path / "loose.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.setenv("MINE", "seen")
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOOSE)],
        check=False,
        cwd=tmp_path,
        input="typed\n",
        capture_output=True,
        text=True,
    )


def test_without_isolation_a_component_has_the_terminal_the_environment_and_no_limits(loose):
    assert loose.stdout == "('typed', 'seen', -1) none\n", loose.stderr


def test_without_isolation_prints_go_to_standard_error(loose):
    assert "printed by the component" in loose.stderr


def test_without_isolation_nothing_is_claimed():
    with Helper(Isolation.NONE) as helper:
        in_force = helper.describe()
    assert in_force["environment"] == "inherited"
    assert in_force["weaker"] == ["nothing is isolated: what was seen proves nothing"]


def test_without_isolation_a_crash_is_still_seen(tmp_path):
    (tmp_path / "crash.py").write_text("import os\ndef go(): os._exit(3)\n")
    with Helper(Isolation.NONE) as helper, helper.session(Limits(), extra_sys_path=[tmp_path]) as session:
        answer = session.run("crash:go")
    assert (answer.outcome, answer.exit_code) == (Outcome.DIED, 3)


def test_the_strongest_mode_is_the_default():
    assert Helper().mode is Isolation.HARDENED
