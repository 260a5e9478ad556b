"""`.ci/run` ends with what pytest said, and its exit status is the run's."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "run"
PASSED = "\x1b[32m====== \x1b[1m3 passed\x1b[0m, 1 skipped in 63.20s (0:01:03) ======\x1b[0m"
FAILED = "=== 1 failed, 2 passed in 0.52s ==="
EMPTY = "=== no tests ran in 0.01s ==="


@pytest.fixture
def run(tmp_path):
    """Run the script in a tree of its own, where `python3` makes an environment whose tox says what it is told."""
    if not Path("/bin/bash").exists():
        pytest.skip("needs /bin/bash")
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes(SCRIPT.read_bytes())
    (tmp_path / ".tox").mkdir()
    (tmp_path / ".tox" / "left").touch()
    programs = tmp_path / "programs"
    programs.mkdir()

    def execute(output, status, pip_status=0):
        python = programs / "python3"
        python.write_text(
            "#!/bin/sh\n"
            '[ "$*" = "-m venv .venv" ] && [ ! -e .tox ] && [ ! -e .venv ] || exit 90\n'
            "mkdir -p .venv/bin\n"
            f'printf \'#!/bin/sh\\n[ "$*" = "install tox" ] || exit 91\\nexit {pip_status}\\n\' > .venv/bin/pip\n'
            "cat > .venv/bin/tox <<'END'\n"
            f"#!/bin/sh\ncat <<'SAID'\n{output}\nSAID\nexit {status}\n"
            "END\n"
            "chmod +x .venv/bin/pip .venv/bin/tox\n"
        )
        python.chmod(0o755)
        environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        command = ["/bin/bash", ".ci/run"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return execute


def test_it_passes_when_tox_passes_and_ends_with_the_summary(run):
    answer = run(f"py311: noise\n{PASSED}\n  congratulations", 0)
    assert answer.returncode == 0, answer
    assert answer.stdout.splitlines()[-1] == "====== 3 passed, 1 skipped in 63.20s (0:01:03) ======"


def test_it_shows_what_was_printed_on_the_way(run):
    assert "py311: noise" in run(f"py311: noise\n{PASSED}", 0).stdout


def test_it_fails_as_tox_fails(run):
    answer = run(f"{PASSED}\n{FAILED}", 7)
    assert answer.returncode == 7
    assert answer.stdout.splitlines()[-1] == FAILED


def test_it_fails_when_no_environment_ran_pytest(run):
    answer = run("  congratulations", 0)
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (1, "no test ran")


def test_it_fails_when_an_environment_collected_nothing(run):
    answer = run(f"{PASSED}\n{EMPTY}", 5)
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (5, EMPTY)


def test_it_fails_when_tox_cannot_be_installed(run):
    assert run(PASSED, 0, pip_status=3).returncode != 0


def test_it_starts_from_nothing(run):
    assert run(PASSED, 0).returncode == 0
    assert run(PASSED, 0).returncode == 0, "the environment of the run before was in the way"
