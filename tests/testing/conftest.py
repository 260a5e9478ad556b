import os
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from mutants.catalogue import MUTANTS
from mutants.mutant import Mutant, write


@pytest.fixture(scope="module")
def author(tmp_path_factory):
    """Run the tests of an author, beside the mutant of some name or the good component, and return what pytest said."""

    def run(test, *words, mutant=""):
        tmp_path = tmp_path_factory.mktemp("author")
        chosen = next(m for m in MUTANTS if m.name == mutant) if mutant else Mutant("", "good")
        site = write(chosen, tmp_path / "site")
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        (project / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\nfilterwarnings = error\n")
        (project / "test_it.py").write_text(test)
        if not any(entry.value == "allause.testing.plugin" for entry in entry_points(group="pytest11")):
            words = ("-p", "allause.testing.plugin", *words)  # an installation from before the entry point
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(site), "COLUMNS": "120", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    return run
