"""What metadata and source alone tell: never a false alarm, and never the word of a check that was not seen through."""

import shutil

import pytest

from allause.checks import CHECKS, examine
from allause.discovery import discover
from allause.evidence import Exchange, gather_static
from allause.isolation import Outcome
from allause.models.report import Status
from mutants.catalogue import LOOK_ALIKES, MUTANTS
from mutants.mutant import Mutant, write


def static(mutant, folder):
    write(mutant, folder)
    record = discover([str(folder)])[0]
    evidence = gather_static(record, core_version="0.1.0", extra_sys_path=[str(folder)])
    return {result.code: result for result in examine(CHECKS, evidence, static=True)}


@pytest.mark.parametrize("mutant", [*MUTANTS, *LOOK_ALIKES], ids=lambda mutant: mutant.label)
def test_nothing_fails_but_what_is_broken(mutant, tmp_path):
    results = static(mutant, tmp_path)
    failed = {code: result.message for code, result in results.items() if result.status is Status.FAILED}
    assert set(failed) <= {mutant.code}, failed
    assert [r.message for r in results.values() if r.status is Status.ERRORED] == []


#: Mutants of checks that look at the source, whose defect does not stand in it.
ONLY_RUNNING = {
    "raises-at-import",
    "coroutine-from-def",
    "looks-for-its-caller",
    "looks-down-the-stack",
    "reads-its-command-line",
    "reads-the-command-line-that-python-keeps",
    "asks-by-another-name-how-python-was-started",
    "misses-what-an-ordinary-interpreter-has",
    "looks-at-its-descriptors",
    "partial-of-it",
    "instance-of-it",
    "bound-without-the-mark",
}


@pytest.mark.parametrize(
    "mutant",
    [m for m in MUTANTS if any("A" in check.how and check.code == m.code for check in CHECKS)],
    ids=lambda mutant: mutant.label,
)
def test_a_check_whose_evidence_is_the_source_finds_its_mutant_there(mutant, tmp_path):
    found = static(mutant, tmp_path)[mutant.code].status is Status.FAILED
    assert found is (mutant.name not in ONLY_RUNNING)


def test_every_check_whose_evidence_is_the_source_has_a_mutant_that_it_finds_there():
    readable = {mutant.code for mutant in MUTANTS if mutant.name not in ONLY_RUNNING}
    assert {check.code for check in CHECKS if "A" in check.how} <= readable


def test_what_only_running_shows_is_skipped_and_never_passed(tmp_path):
    results = static(LOOK_ALIKES[0], tmp_path)
    for check in CHECKS:
        assert ("X" in check.how) == (results[check.code].status is Status.SKIPPED), check.code


def test_what_lies_in_an_archive_is_one_finding_that_says_so(tmp_path):
    folder = write(LOOK_ALIKES[1], tmp_path / "folder")
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    (record,) = discover([archive])
    evidence = gather_static(record, core_version="0.1.0", extra_sys_path=[archive])
    failed = [each for each in examine(CHECKS, evidence, static=True) if each.status is Status.FAILED]
    assert [each.code for each in failed] == ["DSC003"]
    assert failed[0].message == f"the distribution lies in the archive {archive}; what is not unpacked is not examined"


def test_a_missing_method_is_found_in_the_source(tmp_path):
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "method-misspelt")
    assert static(mutant, tmp_path)["CON001"].status is Status.FAILED


def test_a_class_of_another_name_is_located_where_that_class_stands(tmp_path):
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "class-misnamed")
    (line,) = [n for n, text in enumerate(mutant.source.splitlines(), 1) if text.startswith("class Eng")]
    assert static(mutant, tmp_path)["DSC004"].location == f"mutant_analytics (__init__.py:{line})"


@pytest.mark.parametrize(
    ("frames", "location"),
    [
        ([("mutant_analytics/figures.py", 7)], "mutant_analytics.figures (figures.py:7)"),
        ([("mutant_analytics/__init__.py", 7), ("/elsewhere/polars/frame.py", 9)], "mutant_analytics (__init__.py:7)"),
        ([("/elsewhere/polars/frame.py", 9)], "mutant_analytics:Engine.close (__init__.py:{})"),
        ([("other.py", 9)], "mutant_analytics:Engine.close (__init__.py:{})"),
        ([], "mutant_analytics:Engine.close (__init__.py:{})"),
    ],
)
def test_what_was_raised_is_located_in_the_distributions_own_code(frames, location, tmp_path):
    write(LOOK_ALIKES[0], tmp_path)
    record = discover([str(tmp_path)])[0]
    evidence = gather_static(record, core_version="0.1.0", extra_sys_path=[str(tmp_path)])
    calls = tuple((str(tmp_path / name), line) for name, line in frames)
    raised = Exchange(call="close()", method="close", outcome=Outcome.RAISED, frames=calls)
    assert evidence.raised_at(raised, "close") == location.format(evidence.member("close").line)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ((("class Engine:", "class Engine"),), "mutant_analytics is no Python: SyntaxError: expected ':'"),
        (
            (("from math import", "from mutant_analytics.figures import ratio\nfrom math import"),),
            "mutant_analytics.figures, which import mutant_analytics imports, is no Python: SyntaxError: ",
        ),
    ],
)
def test_what_is_no_python_is_told_alike_with_and_without_an_import(edits, expected, tmp_path, examine_mutant):
    files = (("mutant_analytics/figures.py", "def ratio(:\n"),)
    mutant = Mutant("DSC006", "no-python", edits=edits, files=files)
    read, ran = static(mutant, tmp_path / "read")["DSC006"], examine_mutant(mutant)["DSC006"]
    assert ran.message.startswith(expected)
    assert (ran.message, ran.location, ran.fix) == (read.message, read.location, read.fix)
    assert ran.fix == "mend what stands on that line"
