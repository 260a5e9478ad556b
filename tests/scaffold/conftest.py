import pytest

from allause.scaffold import Names, Project, write


@pytest.fixture
def project(tmp_path):
    """Write the project of a kind and return its folder."""

    def make(kind, name="acme-part"):
        return write(Project(names=Names.of(name), kind=kind), tmp_path)

    return make
