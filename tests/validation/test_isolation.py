"""The isolation of a validation: what is asked for, what is reported, and what it may not be used for."""

import pytest

import allause
from allause.exceptions import UsageError
from allause.validation import Request

pytestmark = pytest.mark.long

ONE = ("allause-analytics:analytics",)


@pytest.mark.parametrize("mode", ["hardened", "process"])
def test_the_report_says_which_mode_was_in_force(mode, component, validate):
    report = validate(component(), select=["DSC006"], isolation=mode)
    assert report.environment["isolation"]["mode"] == mode


def test_without_isolation_the_report_is_partial_and_says_why(component, validate):
    report = validate(component(), select=["DSC006"], isolation="none")
    assert report.environment["isolation"]["mode"] == "none"
    assert any("without isolation" in reason for reason in report.partial)


def test_without_isolation_nothing_can_be_certified():
    with pytest.raises(UsageError, match="with 'none' nothing is proved"):
        allause.validate(ONE, isolation="none", certify=True)


def test_an_unknown_mode_is_refused():
    with pytest.raises(UsageError, match="isolation: expected one of hardened, process, none, found 'bubble'"):
        allause.validate(ONE, isolation="bubble")


def test_the_deadline_is_positive_and_the_strongest_mode_the_default():
    assert Request().isolation == "hardened"
    with pytest.raises(UsageError, match="deadline_s: expected seconds above 0, found 0"):
        Request(deadline_s=0)
