"""Hostile components, shuffled between honest ones and examined together: each is reported, and nobody is harmed."""

import random
import subprocess
from pathlib import Path

import pytest

import allause
from allause import evidence
from allause.isolation import Isolation
from allause.models.report import Status
from allause.rendering import render
from gauntlet.hostile import ANY, HOSTILE, REACHING, at_import

pytestmark = pytest.mark.exam


SEED = 20_261_122
PARTS = 2
GOOD = ("good-one", "good-two")
DEADLINE_S = 2.0


class Outcome:
    """Hold what one examination of hostile and honest components brought."""

    def __init__(self, field, hostile, alone, printed):
        self.field = field
        self.hostile = hostile
        ids = {each.name: field.place(each.name, each.edits) for each in hostile}
        ids |= {name: field.place(name) for name in GOOD}
        order = list(ids)
        random.Random(SEED).shuffle(order)
        self.alone = alone
        self.asked = [ids[name] for name in order]
        self.report = allause.validate(self.asked, workflows=False, deadline_s=DEADLINE_S)
        self.of = {report.id.partition(":")[2]: report for report in self.report.components}
        self.strays = field.strays()
        self.printed = printed()


def rows(report):
    return [(result.code, result.status, result.message) for result in report.results]


@pytest.fixture(scope="module")
def alone(make_field):
    identity = make_field().place("good-alone")
    return rows(allause.validate([identity], workflows=False, deadline_s=DEADLINE_S).components[0])


@pytest.fixture(scope="module", params=range(PARTS))
def outcome(request, make_field, alone):
    order = random.Random(SEED).sample(HOSTILE, len(HOSTILE))
    capture = request.config.pluginmanager.getplugin("capturemanager")
    return Outcome(make_field(), order[request.param :: PARTS], alone, lambda: "".join(capture.read_global_capture()))


def test_there_are_at_least_forty_hostile_components():
    assert len({each.name for each in HOSTILE}) == len(HOSTILE) >= 40


def test_of_each_it_is_said_which_check_has_to_fail_and_what_it_has_to_say():
    assert [each.name for each in HOSTILE if not each.code or not each.word] == []


@pytest.mark.parametrize(
    "place",
    [lambda field: field.temporary / "made", lambda field: field.home / "made", lambda field: f"/dev/shm/{field.mark}"],
    ids=["temporary", "home", "memory"],
)
def test_a_change_outside_would_be_seen(field, place):
    path = Path(place(field))
    path.touch()
    try:
        assert field.touched() == [str(path)]
    finally:
        path.unlink()


def test_every_row_of_every_component_is_there(outcome):
    assert [report.id for report in outcome.report.components] == outcome.asked
    assert {len(report.results) for report in outcome.report.components} == {len(outcome.alone)}
    assert outcome.report.summary.planned == len(outcome.asked) * len(outcome.alone)


def test_each_is_reported_with_its_cause(outcome):
    missing = []
    for each in outcome.hostile:
        failed = {r.code: r.message for r in outcome.of[each.name].results if r.status is Status.FAILED}
        if not any(each.word in message for code, message in failed.items() if each.code in {code, ANY}):
            missing.append((each.name, each.code, each.word, failed))
    assert missing == []


def test_no_check_of_ours_breaks(outcome):
    assert outcome.report.summary.errored == 0
    assert outcome.report.exit_code == 1


def test_the_rows_of_good_components_are_unchanged(outcome):
    assert {status for _, status, _ in outcome.alone} == {Status.PASSED}
    assert [rows(outcome.of[name]) for name in GOOD] == [outcome.alone] * len(GOOD)


def test_no_process_is_left(outcome):
    assert outcome.strays == []


def test_nothing_outside_is_touched(outcome):
    assert outcome.field.touched() == []


def test_no_token_leaks(outcome):
    assert outcome.field.token not in render("json", outcome.report) + outcome.printed


def test_a_process_that_is_left_would_be_seen(field):
    with subprocess.Popen(["sleep", "60"]) as stray:
        seen = next(found for _ in range(1_000_000) if (found := field.strays()))  # until it has become sleep
        assert seen == [b"sleep\x0060\x00"]
        stray.kill()
    assert field.strays() == []


def test_a_weaker_mode_is_harmed(field):
    attack = next(each for each in REACHING if each.name == "writes-outside")
    identity = field.place(attack.name, attack.edits)
    report = allause.validate([identity], workflows=False, isolation=Isolation.PROCESS)
    assert field.touched() == [str(field.outside / "made")]
    assert report.environment["isolation"]["mode"] == "process"


def test_a_token_that_leaks_would_be_seen(field):
    identity = field.place(
        "tells", at_import("", "import os\nraise ValueError(os.environ['BROKER_TOKEN'])", "", "").edits
    )
    report = allause.validate([identity], workflows=False, isolation=Isolation.NONE)
    assert field.token in render("json", report)


def test_a_failure_of_ours_costs_one_component_its_rows_and_no_other(field, monkeypatch):
    honest, unlucky = field.place("good-one"), field.place("unlucky")
    begin = evidence.begin

    def fail(record, *arguments, **options):
        if record.id == unlucky:
            raise RuntimeError("ours")
        return begin(record, *arguments, **options)

    monkeypatch.setattr(evidence, "begin", fail)
    report = allause.validate([honest, unlucky], workflows=False)
    statuses = [{result.status for result in each.results} for each in report.components]
    assert statuses == [{Status.PASSED}, {Status.ERRORED}]
    assert report.exit_code == 3
