"""A new project passes its own tests, unchanged: those of its author and every check that validate makes."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from allause.checks import planned
from allause.installation import installed
from allause.kinds import KINDS


@pytest.fixture
def tests_of():
    """Install a project for a moment, run its tests as its author would, and return what pytest said."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling, with which the project is built")

    def run(folder, *words):
        with installed([str(folder)], lambda text: None) as offer:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(offer.extra_sys_path)},
                capture_output=True,
                text=True,
                check=False,
            )
        return done.stdout + done.stderr

    return run


@pytest.mark.exam
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_project_passes_every_check_and_its_own_tests(kind, project, tests_of):
    output = tests_of(project(kind))
    last = output.splitlines()[-1]
    assert re.fullmatch(r"\d+ passed(, \d+ skipped)? in [\d.]+s.*", last), output
    skipped = [line for line in output.splitlines() if line.startswith("SKIPPED")]
    assert all(": not_applicable: brackets are not offered: " in line for line in skipped), output
    assert int(last.split()[0]) + len(skipped) > len(planned(kind))


def test_a_new_project_of_orders_outlives_being_killed(project, tests_of):
    wanted = ("TRD002", "TRD008", "after_a_kill", "halt_outlives", "cannot_be_written_down", "torn")
    output = tests_of(project("execution"), "-k", " or ".join(wanted), "-rp")
    assert re.fullmatch(r"\d+ passed, \d+ deselected in [\d.]+s.*", output.splitlines()[-1]), output
    passed = [line for line in output.splitlines() if line.startswith("PASSED")]
    assert [word for word in wanted if not any(word in line for line in passed)] == [], output


@pytest.mark.exam
def test_a_project_whose_method_was_renamed_fails_its_own_tests(project, tests_of):
    folder = project("analytics")
    plugin = folder / "src" / "acme_part" / "plugin.py"
    plugin.write_text(plugin.read_text().replace("def get_optimization_metrics", "def optimization_metrics"))
    output = tests_of(folder, "-k", "CON001")
    assert "1 failed" in output
    assert "CON001 missing-method: failed" in output
