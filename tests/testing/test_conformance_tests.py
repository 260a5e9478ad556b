"""One test a check, in an author's own run of pytest."""

import re

import pytest

from allause.checks import planned
from allause.discovery import discover, select
from allause.exceptions import ValidatorError
from allause.testing import examinations
from allause.testing.examinations import Examinations

CONFORMANCE = 'from allause.testing import conformance\ntest_component = conformance("{}")\n'


def test_there_is_one_test_for_each_planned_check_with_its_code_and_slug(author):
    output = author(CONFORMANCE.format("mutant-analytics:engine"), "--collect-only", "-q")
    found = re.findall(r"^test_it\.py::test_component\[(.*)\]$", output, flags=re.MULTILINE)
    assert found == [f"{check.code}[{check.slug}]" for check in planned("analytics")]
    assert "CON001[missing-method]" in found


@pytest.fixture(scope="module")
def said(author):
    """Return what pytest says of a component that lacks a method."""
    return author(CONFORMANCE.format("mutant-analytics:engine"), "-q", "-ra", mutant="method-misspelt")


def test_a_finding_fails_its_test_in_its_own_words_and_without_a_traceback(said):
    assert re.findall(r"^FAILED (\S+)", said, flags=re.MULTILINE) == [
        "test_it.py::test_component[CON001[missing-method]]"
    ]
    assert "get_performance_stats" in said
    assert "fix: " in said
    assert "more: allause rule CON001" in said
    assert "Traceback" not in said
    assert "pytest.fail" not in said
    assert "conformance_tests.py:" not in re.sub(r"^SKIPPED .*$", "", said, flags=re.MULTILINE)


def test_a_blocked_check_is_skipped_with_the_reason(said):
    assert re.search(r"^SKIPPED .*blocked: blocked by CON001 missing-method", said, flags=re.MULTILINE), said


def test_checks_that_passed_are_tests_that_passed(said):
    assert re.search(r"^1 failed, \d+ passed, \d+ skipped in ", said, flags=re.MULTILINE), said


def test_a_component_that_is_not_installed_is_one_sentence(author):
    output = author(CONFORMANCE.format("mutant-analytics:engin"), "-q")
    assert "no component 'mutant-analytics:engin' is installed; did you mean mutant-analytics:engine?" in output
    assert "Traceback" not in output
    assert "conformance_tests.py" not in output


def test_asserts_of_the_author_are_still_explained(author):
    output = author("def test_sum():\n    assert sum([1, 1]) == 3\n")
    assert "assert 2 == 3" in output
    assert "PytestAssertRewriteWarning" not in output


def test_evidence_is_gathered_once_for_all_checks(monkeypatch):
    (record,) = select(discover(), ["allause-analytics:analytics"])
    validate, calls = examinations.validate, []

    def counted(*arguments, **options):
        calls.append(arguments)
        return validate(*arguments, **options, fast=True)  # how much is gathered is all the same here

    monkeypatch.setattr(examinations, "validate", counted)
    results = Examinations()
    assert [results.result(record, code).code for code in ("DSC001", "CON001", "PRF002")] == [
        "DSC001",
        "CON001",
        "PRF002",
    ]
    assert len(calls) == 1


def test_a_validator_that_fails_is_a_failure_each_time_and_tried_once(monkeypatch):
    calls = []

    def broken(*arguments, **options):
        calls.append(arguments)
        raise ValidatorError("no child can be started")

    monkeypatch.setattr(examinations, "validate", broken)
    (record,) = select(discover(), ["allause-analytics:analytics"])
    results = Examinations()
    for _ in range(2):
        with pytest.raises(pytest.fail.Exception, match="could not be examined: no child can be started"):
            results.result(record, "CON001")
    assert len(calls) == 1
