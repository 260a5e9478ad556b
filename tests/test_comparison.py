"""What differs between two reports."""

import attrs
import pytest

from allause.comparison import compare
from allause.models.report import ComponentReport, Report, Result, Status, Summary


def report(plan="0", slug="slug", **statuses):
    results = tuple(Result(code=code, slug=slug, status=Status(status), message=f"{status} here")
                    for code, status in statuses.items())  # fmt: skip # one expression
    counts = dict.fromkeys((f.name for f in attrs.fields(Summary)), 0)
    return Report(
        schema_version="1.0", allause_version="0", contract_version="1.0", plan_digest=plan, seed=0, started_at="",
        duration_s=0.0, environment={}, workflows=(), summary=Summary(**counts), exit_code=0,
        components=(ComponentReport(id="a:b", kind="execution", distribution="a", version="1", results=results),),
    )  # fmt: skip # a record of nothing


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ("passed", "failed", "new"),
        (None, "failed", "new"),
        ("passed", "skipped", "unseen"),
        (None, "skipped", "unseen"),
        ("not_applicable", "skipped", "unseen"),
        ("failed", "skipped", "changed"),
        ("skipped", "failed", "changed"),
        ("skipped", "passed", None),
        ("skipped", "skipped", None),
        ("skipped", None, None),
        ("failed", "passed", "fixed"),
        ("failed", "blocked", "changed"),
        ("failed", None, "gone"),
        ("failed", "failed", None),
        ("passed", "passed", None),
        ("passed", None, None),
        (None, "passed", None),
    ],
)
def test_a_row_is_new_fixed_changed_gone_or_the_same(before, after, label):
    old = report(**({"CON001": before} if before else {}))
    new = report(**({"CON001": after} if after else {}))
    found = compare(old, new)
    groups = {name: getattr(found, name) for name in ("new", "fixed", "changed", "gone", "unseen")}
    assert [name for name, differences in groups.items() if differences] == ([label] if label else [])
    for differences in groups.values():
        for each in differences:
            assert (each.before, each.after) == (before and Status(before), after and Status(after))


def test_another_message_is_a_change():
    new = report(CON001="failed")
    old = attrs.evolve(new, components=(attrs.evolve(new.components[0], results=(
        attrs.evolve(new.components[0].results[0], message="other"),)),))  # fmt: skip # one expression
    assert len(compare(old, new).changed) == 1


def test_the_lines_end_with_the_counts_and_say_when_the_plans_differ():
    lines = list(compare(report(CON001="passed"), report(CON001="failed")).lines())
    assert lines[0].split() == ["new", "a:b", "CON001", "slug:", "failed,", "was", "passed"]
    assert lines[-1] == "1 new, 0 fixed, 0 changed, 0 gone"
    assert "did not plan the same" in list(compare(report(), report(plan="1")).lines())[-1]
    assert "did not plan the same" in list(compare(report(), report(plan="1", CON001="passed")).lines())[-1]


def test_checks_that_compare_are_planned_because_there_is_an_earlier_report_and_are_no_difference():
    later = report(plan="1", slug="regression", PRF010="passed")
    assert list(compare(report(), later).lines()) == ["0 new, 0 fixed, 0 changed, 0 gone"]


def test_what_is_blocked_by_a_difference_is_one_line():
    old = report(CON001="passed", TYP001="passed", TYP002="passed")
    lines = list(compare(old, report(CON001="failed", TYP001="blocked", TYP002="blocked")).lines())
    assert [line.split()[:3] for line in lines] == [["new", "a:b", "CON001"], ["new", "a:b:", "2"], ["3", "new,", "0"]]


def test_what_nobody_looked_at_this_time_is_one_line_and_counts_as_nothing_new():
    old = report(CON001="passed", TYP001="passed", TYP002="passed")
    lines = list(compare(old, report(CON001="passed", TYP001="skipped", TYP002="skipped")).lines())
    assert [" ".join(line.split()) for line in lines] == [
        "unseen 2 checks and steps were not examined this time",
        "0 new, 0 fixed, 0 changed, 0 gone",
    ]
