"""What ``--watch`` looks at when a component is named by its path."""

import pytest

from allause.cli.watching import stamps
from allause.configuration import Place
from allause.validation import Request


@pytest.fixture
def stamped(tmp_path):
    def of(name):
        return stamps(Request(components=(str(name),)), Place(file=tmp_path / "allause.toml", text="", table={}))

    return of


def test_a_checkout_is_watched_by_its_source_and_its_project_file(tmp_path, stamped):
    module = tmp_path / "part" / "src" / "part.py"
    module.parent.mkdir(parents=True)
    module.write_text("a = 1\n")
    (tmp_path / "part" / "pyproject.toml").write_text("[project]\n")
    before = stamped(tmp_path / "part")
    assert set(before) == {module, tmp_path / "part" / "pyproject.toml"}
    module.write_text("a = 10\n")
    assert stamped(tmp_path / "part") != before


def test_a_wheel_is_watched_itself(tmp_path, stamped):
    wheel = tmp_path / "part-1.0-py3-none-any.whl"
    wheel.touch()
    assert set(stamped(wheel)) == {wheel}
