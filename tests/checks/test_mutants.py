"""Recall and false positives of the checks: each mutant fails exactly its check, each look-alike passes all."""

import sys
from dataclasses import replace

import pytest

from allause.checks import CHECKS
from allause.models.report import Status
from mutants.catalogue import LOOK_ALIKES, MUTANTS
from mutants.mutant import write_project
from mutants.trading import UNFED

#: Checks that never fail: they say that nothing can be said.
INCONCLUSIVE = {"PRF009"}
#: Checks that wait for PRF009.
TIMED = {"PRF003", "PRF004", "PRF005", "PRF006"}


#: Families whose verdict depends on no timing. One mutant of each of their checks runs in the environment of what
#: takes long, and every other mutant and look-alike in that of the exam; a few run on every Python.
_PLAIN = (
    "DSC",
    "PKG",
    "CON",
    "TYP",
    "DOC",
    "ASY001",
    "ASY003",
    "ASY004",
    "BEH001",
    "BEH004",
    "RES006",
    "PRF002",
    "PRF007",
    "SEC004",
)
#: Of these families, but timed.
_SLOW = {"DSC009"}
_FIRST = {m.code: m.name for m in reversed(MUTANTS) if m.code.startswith(_PLAIN) and m.code not in _SLOW}
_EVERYWHERE = {"the-good-one", "class-misnamed", "method-misspelt", "wrong-parameters", "question-is-async"}


def _rows(mutants):
    once = {True: pytest.mark.long, False: pytest.mark.exam}
    marks = [() if m.name in _EVERYWHERE else once[_FIRST.get(m.code) == m.name] for m in mutants]
    return [pytest.param(m, id=m.label, marks=mark) for m, mark in zip(mutants, marks, strict=True)]


@pytest.mark.parametrize("mutant", _rows(MUTANTS))
def test_a_mutant_fails_exactly_its_check(mutant, examine_mutant):
    if sys.version_info < mutant.since:
        pytest.skip(f"Python {sys.version_info.major}.{sys.version_info.minor} cannot make this mutant")
    results = examine_mutant(mutant)
    failed = {c: r.message for c, r in results.items() if r.status is Status.FAILED or _noted(c, r, mutant)}
    assert set(failed) - (TIMED if mutant.code in INCONCLUSIVE else set()) == {mutant.code}, failed
    assert results[mutant.code].message
    assert results[mutant.code].location
    assert results[mutant.code].fix
    assert not [result for result in results.values() if result.status is Status.ERRORED]
    assert (results[mutant.code].status is Status.INCONCLUSIVE) == (mutant.code in INCONCLUSIVE)


def _noted(code, result, mutant):
    """Tell whether an inconclusive result counts: those of timing on a noisy machine say nothing of the mutant."""
    timed = code.startswith("PRF") and mutant.code not in INCONCLUSIVE
    return result.status is Status.INCONCLUSIVE and not timed


@pytest.mark.parametrize("look_alike", _rows(LOOK_ALIKES))
def test_a_look_alike_passes_every_check(look_alike, examine_mutant):
    results = examine_mutant(look_alike)
    left_out = {code: r.message for code, r in results.items() if r.status is Status.NOT_APPLICABLE}
    assert "".join(left_out) == look_alike.not_offered
    assert all(left_out.values())
    told = {c: r.message for c, r in results.items() if r.status is not Status.PASSED and c not in left_out}
    assert {c: m for c, m in told.items() if _noted(c, results[c], look_alike)} == {}
    assert {c: m for c, m in told.items() if results[c].status is not Status.INCONCLUSIVE} == {}


@pytest.mark.exam
@pytest.mark.parametrize("unfed", UNFED, ids=lambda unfed: unfed.name)
def test_what_cannot_be_fed_is_not_examined_and_everything_else_is(unfed, examine_mutant):
    results = examine_mutant(unfed)
    told = {c: r for c, r in results.items() if r.status is not Status.PASSED}
    open_ = {c for c, r in told.items() if not c.startswith("PRF") or r.status is not Status.INCONCLUSIVE}
    assert open_ == {"TRD005", "TRD006"}
    for code in open_:
        assert told[code].status is Status.INCONCLUSIVE
        assert "was fed no recording: Engine(config=<path='bars.csv'>)" in told[code].message
        assert "`path`" in told[code].fix


@pytest.mark.exam
def test_what_cannot_be_fed_still_fails_by_the_rows_of_its_own(examine_mutant):
    bad = next(mutant for mutant in MUTANTS if mutant.name == "a-high-below-the-low")
    results = examine_mutant(replace(bad, edits=(*bad.edits, *UNFED[0].edits)))
    assert results["TRD005"].status is Status.INCONCLUSIVE
    assert results["TRD006"].status is Status.FAILED
    assert "served {'symbol': 'AAA'" in results["TRD006"].message


def test_every_check_of_components_has_a_mutant():
    assert {check.code for check in CHECKS} == {mutant.code for mutant in MUTANTS}


def test_a_mutant_project_can_be_written_for_pip(tmp_path):
    write_project(MUTANTS[0], tmp_path / "project")
    assert "entry-points" in (tmp_path / "project" / "pyproject.toml").read_text()
