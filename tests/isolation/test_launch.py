"""The environment in which a helper is started."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from pathlib import Path
from allause.isolation import Helper
from allause.isolation.launch import environment
print(environment(Path("/")).get("LD_LIBRARY_PATH"))
sys.executable = sys.argv[1]
with Helper() as helper:
    print(sorted(helper.describe()["limits"]))
"""


@pytest.fixture
def library(tmp_path):
    """Return a folder with a copy of a library that the interpreter loads."""
    maps = Path("/proc/self/maps").read_text().split()
    found = next((Path(word) for word in maps if Path(word).name.startswith("libm.so")), None)
    if found is None:
        pytest.skip("this interpreter loads no libm")
    (tmp_path / "libraries").mkdir()
    shutil.copy(found, tmp_path / "libraries")
    return tmp_path / "libraries"


def started(path, interpreter=sys.executable):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(interpreter)],
        env={**os.environ, "LD_LIBRARY_PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines(), done.stderr


def test_an_interpreter_that_needs_a_library_path_starts_a_helper_with_it(library, tmp_path):
    particular = tmp_path / "python"
    particular.write_text(f'#!/bin/sh\n[ -n "$LD_LIBRARY_PATH" ] || exit 127\nexec {sys.executable} "$@"\n')
    particular.chmod(0o755)
    shown, told = started(f"{tmp_path}/nowhere:{library}", particular)
    assert len(shown) == 2, told
    assert shown[0] == str(library)


def test_a_library_path_that_serves_others_is_no_business_of_the_helper(tmp_path):
    (tmp_path / "libother.so").touch()
    shown, told = started(str(tmp_path))
    assert shown[:1] == ["None"], told
