"""Recall and false positives of the checks: each mutant fails exactly its check, each look-alike passes all."""

import sys

import pytest

from allause.checks import CHECKS
from allause.models.report import Status
from mutants.catalogue import LOOK_ALIKES, MUTANTS
from mutants.mutant import write_project

#: Checks that never fail: they say that nothing can be said.
INCONCLUSIVE = {"PRF009"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.label)
def test_a_mutant_fails_exactly_its_check(mutant, examine_mutant):
    if sys.version_info < mutant.since:
        pytest.skip(f"Python {sys.version_info.major}.{sys.version_info.minor} cannot make this mutant")
    results = examine_mutant(mutant)
    told = {Status.FAILED, Status.INCONCLUSIVE}
    failed = {code: result.message for code, result in results.items() if result.status in told}
    assert list(failed) == [mutant.code], failed
    assert results[mutant.code].message
    assert results[mutant.code].location
    assert results[mutant.code].fix
    assert not [result for result in results.values() if result.status is Status.ERRORED]
    assert (results[mutant.code].status is Status.INCONCLUSIVE) == (mutant.code in INCONCLUSIVE)


@pytest.mark.parametrize("look_alike", LOOK_ALIKES, ids=lambda mutant: mutant.label)
def test_a_look_alike_passes_every_check(look_alike, examine_mutant):
    results = examine_mutant(look_alike)
    assert {c: r.message for c, r in results.items() if r.status is not Status.PASSED} == {}


def test_every_check_of_components_has_a_mutant():
    assert {check.code for check in CHECKS} == {mutant.code for mutant in MUTANTS}


def test_a_mutant_project_can_be_written_for_pip(tmp_path):
    write_project(MUTANTS[0], tmp_path / "project")
    assert "entry-points" in (tmp_path / "project" / "pyproject.toml").read_text()
