"""The checks of waivers, and what a waiver covers."""

from datetime import date

import pytest

from allause.checks import WAIVER_CHECKS, Waived, examine, waive
from allause.models.report import ComponentReport, Result, Status
from allause.models.waiver import Waiver

TODAY = date(2026, 6, 1)


def waiver(**changes):
    stated = {"code": "PKG001", "component": "acme:engine", "reason": "soon", "until": TODAY}
    return Waiver(**(stated | changes))


def waived(*waivers, status=Status.FAILED, everything=False):
    return Waived(
        waivers=waivers,
        waivable={"PKG001": True, "DSC006": False},
        statuses={("acme:engine", code): status for code in ("PKG001", "DSC006")},
        everything=everything,
        today=TODAY,
    )


def failing(subject):
    return [result.code for result in examine(WAIVER_CHECKS, subject) if result.status is Status.FAILED]


def covered(subject, code="PKG001", **fields):
    result = Result(code=code, slug="x", status=Status.FAILED, message="open above", **fields)
    report = ComponentReport(id="acme:engine", kind="execution", distribution="acme", version="1", results=(result,))
    return waive([report], subject)[0].results[0]


def test_a_sound_waiver_covers_its_finding_until_its_last_day():
    assert failing(waived(waiver())) == []
    result = covered(waived(waiver()))
    assert result.status is Status.WAIVED
    assert "soon" in result.message
    assert "open above" in result.message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "WVR001"),
        ({"code": "PKG01"}, "WVR002"),
        ({"until": date(2026, 5, 31)}, "WVR004"),
        ({"code": "DSC006"}, "WVR005"),
    ],
)
def test_an_unsound_waiver_fails_its_check_and_covers_nothing(changes, code):
    subject = waived(waiver(**changes))
    assert failing(subject) == [code]
    assert covered(subject, code=changes.get("code", "PKG001")).status is Status.FAILED


def test_a_waiver_of_a_check_that_passes_is_no_longer_needed():
    assert failing(waived(waiver(), status=Status.PASSED)) == ["WVR003"]
    assert failing(waived(waiver(), status=Status.SKIPPED)) == []


def test_a_component_that_is_not_installed_is_told_when_everything_was_examined_and_fails_nothing():
    gone = waiver(component="acme:gone")
    for everything, status in ((False, Status.PASSED), (True, Status.INCONCLUSIVE)):
        results = {r.code: r.status for r in examine(WAIVER_CHECKS, waived(gone, everything=everything))}
        assert results["WVR003"] is status


def test_another_component_and_another_status_are_not_covered():
    assert covered(waived(waiver(component="acme:other"))).status is Status.FAILED
    assert covered(waived(waiver()), origin="acme-rules").status is Status.FAILED
