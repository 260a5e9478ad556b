import os
import py_compile

import pytest

from allause.evidence.compiled import is_compiled


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "acme.py"
    path.write_text("answer = 42\n")
    py_compile.compile(str(path), doraise=True)
    return path


def test_a_file_is_compiled_as_it_stands(file):
    assert is_compiled(file)


def test_a_file_that_was_changed_since_is_not(file):
    file.write_text("answer = 42 +\n")
    assert not is_compiled(file)


def test_a_file_of_the_same_size_and_another_time_is_not(file):
    os.utime(file, (1, 1))
    assert not is_compiled(file)


def test_a_file_that_was_never_compiled_is_not(tmp_path):
    (tmp_path / "new.py").write_text("")
    assert not is_compiled(tmp_path / "new.py")
    assert not is_compiled(tmp_path / "gone.py")
