"""What validate is asked to do, and what it says of it."""

from contextlib import contextmanager

import pytest

import allause
from allause.exceptions import UsageError
from allause.installation import Offer
from allause.models.report import Status, Summary
from allause.validation.accounting import exit_code
from allause.validation.request import FailOn


def codes(report):
    return {result.code for result in report.components[0].results}


def test_fast_looks_without_running_anything(component, validate, site):
    name = component(("from math import", f"open({str(site / 'ran')!r}, 'w').close()\nfrom math import"))
    report = validate(name, fast=True)
    assert not (site / "ran").exists()
    assert report.exit_code == 0
    assert report.summary.skipped > report.summary.passed > 0
    assert report.partial == ("only metadata and source were looked at, no component ran",
                              "workflows were left out on request")  # fmt: skip # one value
    assert report.environment["isolation"]["mode"] == "nothing of a component ran"


def test_fast_finds_what_stands_in_the_source(component, validate):
    report = validate(component(("def get_performance_stats", "def get_perfomance_stats")), fast=True)
    assert [r.code for r in report.components[0].results if r.status is Status.FAILED] == ["CON001"]
    assert report.exit_code == 1


def test_a_selection_is_reported_alone_and_is_partial(component, validate):
    name = component()
    whole, part = validate(name, fast=True), validate(name, fast=True, select=["PKG001", "missing-method"])
    assert codes(part) == {"PKG001", "CON001"}
    assert any("PKG001, missing-method were selected" in why for why in part.partial)
    assert any("partial" in notice for notice in part.notices)
    assert part.plan_digest != whole.plan_digest


def test_what_is_ignored_is_left_out_and_said(component, validate):
    report = validate(component(), fast=True, ignore=["DOC"])
    assert not any(code.startswith("DOC") for code in codes(report))
    assert any("DOC were ignored" in why for why in report.partial)


def test_the_report_knows_what_was_to_fail(component, validate):
    assert validate(component(), fast=True, select=["PKG001"], fail_on="waived").fail_on == "waived"


def test_a_selected_check_is_blocked_by_one_that_was_not_selected(component, validate):
    report = validate(component(entry="engine = mutant_analytics:Nothing"), fast=True, select=["CON003"])
    (result,) = report.components[0].results
    assert result.status is Status.BLOCKED
    assert "DSC004" in result.message


def test_a_selection_of_nothing_is_refused(component, validate):
    with pytest.raises(UsageError, match="no check has"):
        validate(component(), select=["NOTHING"])


def test_selecting_and_ignoring_the_same_checks_nothing_and_says_so(component, validate):
    assert validate(component(), fast=True, select=["CON001"], ignore=["CON001"]).exit_code == 3


def test_several_components_at_once_are_reported_in_the_order_of_the_plan():
    names = ["allause-monitoring:monitoring", "allause-analytics:analytics"]
    report = allause.validate(names, workflows=False, select=["DSC", "TYP001"])
    assert [each.id for each in report.components] == names
    assert report.exit_code == 0, report.components


def summary(**counts):
    names = ("passed", "failed", "errored", "blocked", "skipped", "inconclusive", "waived")
    fields = {name: counts.get(name, 0) for name in names}
    return Summary(planned=9, functionality=None, integration=None, **fields)


@pytest.mark.parametrize(
    ("outcome", "codes_by_level"),
    [
        ("failed", (1, 1, 1, 1)),
        ("blocked", (1, 1, 1, 1)),
        ("errored", (1, 1, 1, 1)),
        ("inconclusive", (0, 4, 4, 4)),
        ("skipped", (0, 0, 1, 1)),
        ("waived", (0, 0, 0, 1)),
        ("passed", (0, 0, 0, 0)),
    ],
)
def test_each_level_includes_those_before_it(outcome, codes_by_level):
    assert tuple(exit_code(summary(**{outcome: 1}), (), (), level) for level in FailOn) == codes_by_level


def test_the_seconds_of_a_report_count_what_was_built_for_it(monkeypatch):
    class Clock:
        now = 0

        def monotonic_ns(self):
            return self.now

    clock = Clock()

    @contextmanager
    def built(names, announce, *, certify):
        clock.now += 5 * 10**9
        yield Offer(names=names)

    monkeypatch.setattr("allause.validation.session._clock", clock)
    monkeypatch.setattr("allause.installation.installed", built)
    assert allause.validate(["allause-analytics:analytics"], fast=True).duration_s == 5.0


def test_a_def_that_returned_an_awaitable_is_told_to_await_it_too(component, validate):
    answer = "return self._analyze(returns or [], periods_per_year or 252.0)"
    later = f"async def later():\n            {answer}\n\n        return later()"
    (result,) = validate(component((answer, later)), select=["ASY001"]).components[0].results
    assert result.status is Status.FAILED
    assert result.fix == "return the value itself; or declare it async def and await what it returned"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"components": "odd-slots"}, "components: expected a list of names, found 'odd-slots'; write ['odd-slots']"),
        ({"components": [3]}, "components: expected a list of names, found 3"),
        ({"components": 3}, "components: expected a list of names, found 3"),
        ({"select": "CON001"}, "select: expected a list of codes, slugs or families, found 'CON001'; write ['CON001']"),
        ({"ignore": [None]}, "ignore: expected a list of codes, slugs or families, found None"),
        ({"waivers": [3]}, "waivers: expected a list of Waiver records, found 3"),
        ({"isolation": "x"}, "isolation: expected one of hardened, process, none, found 'x'"),
        ({"fail_on": "x"}, "fail_on: expected one of failed, inconclusive, skipped, waived, found 'x'"),
        ({"deadline_s": 0}, "deadline_s: expected seconds above 0, found 0"),
        ({"deadline_s": "1"}, "deadline_s: expected seconds above 0, found '1'"),
        ({"workflows": "no"}, "workflows: expected True or False, found 'no'"),
        ({"certify": 1}, "certify: expected True or False, found 1"),
        ({"fast": None}, "fast: expected True or False, found None"),
        ({"plugin_checks": []}, "plugin_checks: expected True or False, found []"),
        ({"deadline_s": True}, "deadline_s: expected seconds above 0, found True"),
        ({"seed": "1"}, "seed: expected a whole number from 0 to 4294967295, found '1'"),
        ({"seed": -1}, "seed: expected a whole number from 0 to 4294967295, found -1"),
        ({"against": "old.json"}, "against: expected a Report, found 'old.json'"),
    ],
)
def test_what_a_caller_gets_wrong_is_one_clear_error(asked, expected):
    with pytest.raises(UsageError) as refused:
        allause.validate(**{"fast": True, **asked})
    assert str(refused.value) == expected
