"""What cannot be read is unknown: never good, and no accusation."""

import pytest

from allause.models.report import Status
from mutants.mutant import Mutant


@pytest.fixture
def beside_an_unreadable(tmp_path, examine_mutant):
    """Examine a component beside a distribution whose RECORD cannot be opened."""
    info = tmp_path / "now" / "closed-1.0.dist-info"  # where the fixture writes the component
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: closed\nVersion: 1.0\n")
    (info / "RECORD").symlink_to(info / "RECORD")
    return examine_mutant


def test_a_collision_with_an_unreadable_neighbour_is_inconclusive(beside_an_unreadable):
    results = beside_an_unreadable(Mutant("", "good"))
    assert {code for code, r in results.items() if r.status is not Status.PASSED} == {"PKG005"}
    assert results["PKG005"].status is Status.INCONCLUSIVE
    assert "closed" in results["PKG005"].message


def test_an_import_that_an_unreadable_one_may_ship_is_inconclusive(beside_an_unreadable, tmp_path):
    (tmp_path / "now" / "strange.py").write_text("")
    imports = (("from math import", "import strange\nfrom math import"),)
    result = beside_an_unreadable(Mutant("", "imports", edits=imports))["PKG003"]
    assert result.status is Status.INCONCLUSIVE
    assert "imports strange" in result.message
