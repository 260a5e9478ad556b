"""The tutorial from nothing to a wheel that passes: its commands run as written, and what it says comes true."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial" / "new-component.md"
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
ENVIRONMENT, CORE, NEW, VALIDATE, INSTALL, TESTS, WHEEL, EXAMINE = COMMANDS[:8]
#: Of the last part, which installs Pythons' worth of environments; the project's own tox file is read elsewhere.
LEFT_OUT = ("tox", "--wheel-dir wheels")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Return the function that runs a command of the page in a copy of the checkout.

    Nothing is fetched: what pip would bring is lent by the environment of these tests.
    """
    folder = tmp_path_factory.mktemp("tutorial") / "checkout"
    left_out = shutil.ignore_patterns("__pycache__", "mutants")
    shutil.copytree(ROOT / "core", folder / "core", ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_CONFIG_FILE": os.devnull}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**inherited, **offline, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def run(command):
        return subprocess.run(
            ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    done = run(f"{ENVIRONMENT} --without-pip")
    assert done.returncode == 0, done.stderr
    (site,) = folder.glob(".venv/lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name in ("pip", "pytest"):
        script = folder / ".venv" / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{folder}/.venv/bin/python" -m {name} "$@"\n')
        script.chmod(0o755)
    done = run(CORE)
    assert done.returncode == 0, done.stdout + done.stderr
    run.folder = folder
    return run


def test_every_other_command_of_the_page_is_one_of_the_last_part():
    assert [command for command in COMMANDS[8:] if not any(word in command for word in LEFT_OUT)] == []
    assert ENVIRONMENT.endswith("venv .venv")


def test_the_page_leads_to_a_wheel_that_passes(shell):
    for command in (NEW, VALIDATE):
        done = shell(command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "everything planned passed" in done.stdout.rpartition("Verdict:")[2]
    _break_and_mend(shell)
    for command in (INSTALL, TESTS, WHEEL, EXAMINE):
        done = shell(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert "SHA-256" in done.stdout
    assert (shell.folder / "allause-report.json").is_file()


def _break_and_mend(shell):
    source = shell.folder / "acme-returns" / "src" / "acme_returns" / "figures.py"
    sound = source.read_text()
    start = sound.index("def total_return")
    source.write_text(sound[:start] + sound[start:].replace("- 1", "- 2", 1))
    broken = shell(VALIDATE)
    assert broken.returncode == 1
    assert set(re.findall(r"([A-Z]{3}\d{3}) [a-z-]+: failed", broken.stdout)) == {"BEH004"}
    assert "blocked by BEH004" in broken.stdout
    source.write_text(sound)
