"""Reports as text."""

import re

import attrs
import pytest

from allause.kinds import KINDS, KINDS_USED
from allause.models.report import WITHOUT_WORKFLOWS, Status
from allause.rendering import RENDERERS
from allause.rendering.text import render as render_text
from allause.validation.accounting import _FUNCTIONAL

_ALL_THERE = {"components_installed": {kind: [f"first:{kind}"] for kind in KINDS}}
_NOT_PRINTABLE = re.compile(r"[^\n\x20-\x7e\xa0-\uffff]|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def verdict_in(text):
    """Return the verdict, which ends the text, as one line."""
    return " ".join(text[f"\n{text}".rindex("\nVerdict: ") :].split())


def test_one_line_a_component_with_what_passed_of_what_was_planned(make_report, make_result):
    text = render_text(make_report((make_result(), make_result("CON002", Status.FAILED)), exit_code=1), width=100)
    assert re.search(r"^acme:engine +execution +1\.2 +1/2 +failed$", text, re.MULTILINE)


def test_one_line_a_workflow_with_its_seconds(make_report, make_step):
    text = render_text(make_report(steps=(make_step(), make_step("stream"))), width=100)
    assert re.search(r"^market_data +2/2 +0\.50 +passed$", text, re.MULTILINE)


def test_a_finding_has_code_slug_location_message_fix_and_the_command_that_repeats_it(make_report, make_result):
    finding = make_result(
        status=Status.FAILED, message="close is missing", location="acme:engine:Engine (e.py:3)", fix="add close()"
    )
    text = render_text(make_report((finding,), exit_code=1), width=100)
    found = text[text.index("FINDINGS") :].splitlines()[:7]
    assert found == [
        "FINDINGS",
        "acme:engine",
        "  CON001 missing-method: failed",
        "    close is missing",
        "    at: acme:engine:Engine (e.py:3)",
        "    fix: add close()",
        "  repeat: allause validate acme:engine",
    ]


def test_checks_blocked_for_one_reason_are_counted_and_named_only_on_request(make_report, make_result):
    blocked = [make_result(f"CON00{n}", Status.BLOCKED, message="blocked by CON001 missing-method") for n in (2, 3)]
    report = make_report((make_result(status=Status.FAILED), *blocked), exit_code=1)
    assert "  2 not examined: blocked by CON001 missing-method\n" in render_text(report, width=120)
    assert (
        "  2 not examined: blocked by CON001 missing-method: CON002 missing-method, CON003 missing-method\n"
        in render_text(report, width=120, verbose=True)
    )


def test_what_waits_for_an_inconclusive_check_is_counted_and_the_verdict_names_that_check(make_report, make_result):
    waiting = make_result("PRF003", Status.INCONCLUSIVE, message="blocked by PRF009 unstable")
    noisy = make_result("PRF009", Status.INCONCLUSIVE, message="medians lie far apart")
    text = render_text(make_report((waiting, noisy), exit_code=4), width=120)
    assert "  1 not examined: blocked by PRF009 unstable\n" in text
    assert "PRF003" not in text
    assert "start with PRF009" in verdict_in(text)


def test_a_failed_step_names_its_workflow_component_and_reason(make_report, make_step):
    text = render_text(
        make_report(steps=(make_step(status=Status.ERRORED, message="it died"),), exit_code=1), width=100
    )
    assert "workflow market_data\n  read (acme:engine): errored\n    it died" in text


@pytest.mark.parametrize("status", list(Status))
def test_the_summary_line_has_every_status_with_its_count(status, make_report, make_result):
    text = render_text(make_report((make_result(status=status),) * 3, exit_code=1), width=160)
    line = next(line for line in text.splitlines() if line.startswith("3 planned: "))
    for each in Status:
        assert f"{3 if each is status else 0} {each.value}" in line


def test_the_last_line_of_a_success_says_passed_and_what_is_next(make_report, make_step):
    report = make_report(steps=(make_step(),), environment=_ALL_THERE)
    one = verdict_in(render_text(report, width=100))
    assert one.startswith("Verdict: everything planned passed; next, 'allause run --component acme:engine' trades")
    assert one.endswith(" with it.")
    every = tuple(attrs.evolve(report.components[0], id=f"acme:{kind}", kind=kind) for kind in KINDS)
    whole = verdict_in(render_text(attrs.evolve(report, components=every, environment={}), width=100))
    assert whole.endswith("next, 'allause run' trades recorded data with them.")
    rival = (*every, attrs.evolve(every[0], id="other:it"))
    named = verdict_in(render_text(attrs.evolve(report, components=rival), width=400))
    assert named.count("--component") == len(KINDS_USED)
    assert "--component other:it" in named


def test_a_run_is_advised_only_where_there_is_a_component_of_every_kind(make_report):
    report = make_report(partial=(WITHOUT_WORKFLOWS,))
    component = attrs.evolve(report.components[0], path="./my-engine")
    strange = {"components_installed": {"execution": [{}], "monitoring": [], "analytics": 1}}
    alone = attrs.evolve(report, components=(component,), environment=strange)
    assert verdict_in(render_text(alone, width=100)).endswith(
        "next, 'pip install ./my-engine'; 'allause run' also needs components of kind market_data, "
        "market_data_enhancer, monitoring and analytics."
    )
    others = {"components_installed": {k: ["a:b"] for k in KINDS if k not in ("execution", "monitoring")}}
    assert verdict_in(render_text(attrs.evolve(alone, environment=others), width=100)).endswith(
        "'allause run' also needs a component of kind monitoring."
    )


def test_the_run_that_is_advised_names_one_of_each_kind_that_several_offer(make_report):
    report = make_report(partial=(WITHOUT_WORKFLOWS,))
    component = attrs.evolve(report.components[0], path="./my-engine")
    several = {kind: [f"first:{kind}"] for kind in KINDS} | {
        "analytics": ["a:analytics", "b:analytics"],
        "execution": ["acme:engine", "first:execution"],
        "optimizer": ["b:optimizer", "a:optimizer"],
        "monitoring": ["first:monitoring", "x; rm:it", {}],
    }
    told = attrs.evolve(report, components=(component,), environment={"components_installed": several})
    assert verdict_in(render_text(told, width=300)).endswith(
        "'allause run --component acme:engine --component a:analytics' trades recorded data with it."
    )
    ids = {kind: "b:analytics" if kind == "analytics" else f"first:{kind}" for kind in KINDS}
    every = tuple(attrs.evolve(component, id=each, kind=kind) for kind, each in ids.items())
    named = verdict_in(render_text(attrs.evolve(told, components=every), width=400))
    assert "--component b:analytics" in named


def test_what_need_not_be_offered_hides_no_next_step(make_report, make_result):
    results = (make_result("CON001", Status.PASSED), make_result("TRD009", Status.NOT_APPLICABLE))
    report = make_report(results, partial=(WITHOUT_WORKFLOWS,), environment=_ALL_THERE)
    component = attrs.evolve(report.components[0], path="./my-engine")
    fresh = verdict_in(render_text(attrs.evolve(report, components=(component,)), width=300))
    assert fresh.startswith("Verdict: nothing failed, and 1 of 2 need not be offered and are not; next, after 'pip ")
    assert fresh.endswith("'allause run --component acme:engine' trades recorded data with it.")
    part = attrs.evolve(report, partial=("a selection",))
    assert verdict_in(render_text(part, width=300)).endswith("and are not; next, 'allause validate' examines the rest.")


def test_what_no_run_uses_is_not_advised_to_trade(make_report):
    report = make_report(partial=(WITHOUT_WORKFLOWS,), environment=_ALL_THERE)
    optimizer = attrs.evolve(report.components[0], kind="optimizer", path="./my-tuner")
    told = verdict_in(render_text(attrs.evolve(report, components=(optimizer,)), width=100))
    assert told == "Verdict: everything planned passed; next, 'pip install ./my-tuner' installs it."


def test_the_last_line_of_a_failure_names_what_holds_up_most(make_report, make_result):
    waiting = attrs.evolve(make_result("CON003", Status.BLOCKED), message="blocked by CON002 signature")
    results = (make_result("CON001", Status.FAILED), make_result("CON002", Status.FAILED), waiting)
    assert "start with CON002" in verdict_in(render_text(make_report(results, exit_code=1), width=100))


def test_the_last_line_of_a_failure_names_the_worst_finding_first(make_report, make_result):
    results = (make_result("CON001", Status.SKIPPED), make_result("CON002", Status.FAILED))
    last = verdict_in(render_text(make_report(results, exit_code=1), width=100))
    assert "2 of 2 did not pass" in last
    assert "CON002" in last
    assert "allause validate acme:engine" in last


def test_the_last_line_of_an_empty_report_says_that_nothing_was_checked(make_report):
    last = verdict_in(render_text(make_report((), exit_code=3), width=100))
    assert last.startswith("Verdict: nothing was checked")


def test_a_failure_without_a_finding_is_never_called_passed(make_report):
    last = verdict_in(render_text(make_report(exit_code=3), width=100))
    assert "Verdict: not passed" in last


def test_a_component_without_results_has_not_passed(make_report, make_result):
    report = make_report((make_result(),))
    empty = report.components[0].__class__(id="a:b", kind="execution", distribution="a", version="1", results=())
    text = render_text(make_report(components=(empty,)), width=100)
    assert re.search(r"^a:b .* 0/0 +blocked$", text, re.MULTILINE)


def test_written_reports_and_notices_stand_before_the_verdict(make_report):
    lines = render_text(make_report(notices=("no workflows",)), files=["out.json"], width=100).splitlines()
    assert lines[-3:-1] == ["Note: no workflows", "Report: out.json"]


def test_hostile_text_reaches_no_terminal(hostile, make_report, make_result, make_step):
    finding = make_result(code=hostile, status=Status.FAILED, message=hostile, location=hostile, fix=hostile)
    step = make_step(name=hostile, status=Status.FAILED, component=hostile, message=hostile)
    report = make_report((finding,), (step,), exit_code=1, component=hostile, notices=(hostile,))
    text = render_text(report, files=[hostile], width=100)
    assert not _NOT_PRINTABLE.search(text)
    assert len(text) < 40_000
    assert verdict_in(text).startswith("Verdict: 2 of 2 did not pass")
    assert "\nVerdict: everything planned passed" not in text


def test_markup_of_a_component_is_shown_as_written(make_report, make_result):
    finding = make_result(status=Status.FAILED, message="[red]text[/red]")
    assert "[red]text[/red]" in render_text(make_report((finding,), exit_code=1), width=100)


def test_without_colour_there_is_no_escape_byte(make_report, make_result):
    assert "\x1b" not in RENDERERS["text"](make_report((make_result(status=Status.FAILED),), exit_code=1))


def test_colour_changes_nothing_but_adds_escapes(make_report, make_result):
    report = make_report((make_result(), make_result("CON002", Status.FAILED)), exit_code=1)
    coloured = render_text(report, width=100, colour=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render_text(report, width=100)


def test_a_component_cannot_colour_itself_passed(make_report, make_result):
    report = make_report((make_result(status=Status.FAILED),), exit_code=1, component="passed")
    coloured = render_text(report, width=100, colour=True)
    assert "\x1b[32m" not in coloured


@pytest.mark.parametrize("width", [60, 80, 100])
def test_tables_keep_to_the_width(width, make_report):
    report = make_report(component="a-distribution-with-a-long-name:and-a-component-with-another")
    table = render_text(report, width=width).split("\n\n")[0]
    assert max(map(len, table.splitlines())) <= width


def test_columns_of_the_environment_set_the_width(make_report, monkeypatch):
    monkeypatch.setenv("COLUMNS", "64")
    report = make_report(component="a-distribution-with-a-long-name:and-a-component-with-another")
    assert max(map(len, render_text(report).split("\n\n")[0].splitlines())) <= 64


def test_a_reason_that_several_steps_share_is_told_once_a_workflow(make_report, make_result, make_step):
    steps = [make_step(name, Status.SKIPPED, "", message="no such kind") for name in ("read", "stream")]
    text = render_text(make_report((make_result(),), steps), width=100)
    assert "workflow market_data\n  2 not examined: no such kind\n" in text
    assert text.count("no such kind") == 2
    refused = make_step("bracket", Status.NOT_APPLICABLE, message="not offered: refused")
    assert verdict_in(text) == verdict_in(render_text(make_report((make_result(),), [*steps, refused]), width=100))
    assert verdict_in(text) == "Verdict: everything that could be examined passed; 2 steps skipped: no such kind."


def test_skipped_steps_beside_a_failure_do_not_hide_it(make_report, make_result, make_step):
    steps = [make_step("read", Status.SKIPPED, "", message="no such kind")]
    last = verdict_in(render_text(make_report((make_result(status=Status.FAILED),), steps, exit_code=1)))
    assert "start with CON001" in last


def test_a_long_list_of_blocked_checks_ends_with_a_whole_name(make_report, make_result):
    blocked = [make_result(f"XYZ{number:03}", Status.BLOCKED, message="none") for number in range(100)]
    report = make_report((make_result(status=Status.FAILED), *blocked), exit_code=1)
    text = render_text(report, width=100, verbose=True)
    listed = " ".join(text.partition("not examined: none: ")[2].partition("repeat:")[0].split())
    names = re.findall(r"XYZ\d{3} missing-method(?=,| and)", listed)
    assert 20 < len(names) < 100
    assert listed == f"{', '.join(names)} and {100 - len(names)} more"


@pytest.mark.parametrize(("code", "flag"), [("PKG007", " --certify"), ("CON001", "")])
def test_a_finding_that_only_a_certificate_asks_for_is_repeated_by_certifying(code, flag, make_report, make_result):
    text = render_text(make_report((make_result(code, Status.FAILED),), exit_code=1), width=100)
    assert f"repeat: allause validate{flag} acme:engine\n" in text
    assert f"and repeat 'allause validate{flag} acme:engine'" in verdict_in(text)


def test_a_finding_is_repeated_with_the_seed_and_the_isolation_that_it_was_found_with(make_report, make_result):
    report = make_report((make_result("CON001", Status.FAILED),), exit_code=1)
    assert "--seed" not in render_text(report, width=100)
    assert "--isolation" not in render_text(report, width=100)
    then = attrs.evolve(report, seed=7, environment={"isolation": {"mode": "process"}})
    command = f"allause validate --seed 7 --isolation process {report.components[0].id}"
    assert f"repeat: {command}\n" in render_text(then, width=100)
    hostile = attrs.evolve(report, environment={"isolation": "process; rm"})
    assert "--isolation" not in render_text(hostile, width=100)


def test_what_was_named_by_its_path_is_not_taken_for_installed(make_report, make_result):
    report = make_report((make_result("CON001", Status.PASSED),), environment=_ALL_THERE)
    component = attrs.evolve(report.components[0], path="./my-engine")
    passed = attrs.evolve(report, components=(component,))
    assert "next, after 'pip install ./my-engine', 'allause run" in verdict_in(render_text(passed, width=100))
    fast = attrs.evolve(
        passed, partial=("--fast",), summary=attrs.evolve(report.summary, planned=2, blocked=1), exit_code=0
    )
    assert "1 of 2 were not examined; next, 'allause validate ./my-engine' examines them" in verdict_in(
        render_text(fast, width=100)
    )


@pytest.mark.parametrize(
    ("partial", "path", "following"),
    [
        (
            (WITHOUT_WORKFLOWS,),
            "./my-engine",
            "after 'pip install ./my-engine', 'allause run --component acme:engine' trades recorded data with it",
        ),
        (
            (WITHOUT_WORKFLOWS,),
            "",
            "'allause validate' with all components runs the workflows too",
        ),
        (
            ("a selection",),
            "./my-engine",
            "'allause validate ./my-engine' examines the rest",
        ),
        (
            ("a selection",),
            "",
            "'allause validate' examines the rest",
        ),
    ],
)
def test_after_a_part_has_passed_comes_the_rest_and_no_trading(partial, path, following, make_report, make_result):
    report = make_report((make_result("CON001", Status.PASSED),), environment=_ALL_THERE)
    component = attrs.evolve(report.components[0], path=path)
    passed = attrs.evolve(report, components=(component,), partial=partial)
    which = "" if partial == (WITHOUT_WORKFLOWS,) else ", which is a part"
    assert verdict_in(render_text(passed, width=100)).endswith(f"passed{which}; next, {following}.")


def test_a_finding_made_without_workflows_is_repeated_without_them(make_report, make_result):
    report = make_report((make_result("CON001", Status.FAILED),), exit_code=1)
    assert "--no-workflows" not in render_text(report, width=100)
    without = render_text(attrs.evolve(report, partial=(WITHOUT_WORKFLOWS,)), width=100)
    assert f"  repeat: allause validate --no-workflows {report.components[0].id}\n" in without


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("'./my engine'", "\"allause validate './my engine'\""),
        ("'./it'\"'\"'s mine'", "`allause validate './it'\"'\"'s mine'`"),
    ],
)
@pytest.mark.parametrize("width", [60, 70, 80, 90])
def test_a_command_of_a_path_with_a_space_stands_on_one_line_between_marks_of_its_own(
    path, shown, width, make_report, make_result
):
    report = make_report((make_result("CON001", Status.PASSED),), partial=("--fast",))
    report = attrs.evolve(report, summary=attrs.evolve(report.summary, planned=2, blocked=1))
    text = render_text(attrs.evolve(report, components=(attrs.evolve(report.components[0], path=path),)), width=width)
    assert any(shown in line for line in text.splitlines()), text


def test_what_voids_a_run_comes_before_findings_and_what_was_skipped_comes_last(make_report, make_result):
    skipped, failed = make_result("CON002", Status.SKIPPED), make_result("CON001", Status.FAILED)
    waiver, control = make_result("WVR003", Status.FAILED), make_result("VAL003", Status.FAILED)

    def start(results, validation):
        last = verdict_in(render_text(make_report(results, exit_code=1, validation=validation), width=200))
        return last.partition("start with ")[2].split()[0]

    assert start((skipped, failed), (waiver, control)) == "VAL003"
    assert start((skipped, failed), (waiver,)) == "CON001"
    assert start((skipped,), (waiver,)) == "WVR003"
    assert start((skipped,), ()) == "CON002"


def test_a_finding_of_a_contributed_check_is_repeated_with_those_checks(make_report, make_result):
    results = (make_result("ACME01", Status.FAILED, origin="acme-checks"), make_result("CON001", Status.FAILED))
    text = render_text(make_report(results[:1], exit_code=1), width=100)
    assert "repeat: allause validate --plugin-checks acme:engine\n" in text
    assert "--plugin-checks" not in render_text(make_report(results[1:], exit_code=1), width=100)


def test_a_finding_is_repeated_with_the_outcome_that_made_it_one(make_report, make_result):
    waived = make_report((make_result(), make_result("CON002", Status.WAIVED)), exit_code=1, fail_on="waived")
    assert "repeat 'allause validate --fail-on waived acme:engine'" in verdict_in(render_text(waived, width=100))
    assert "--fail-on" not in render_text(attrs.evolve(waived, fail_on="inconclusive"), width=100)
    assert "--fail-on" not in render_text(attrs.evolve(waived, fail_on="waived; rm"), width=100)


def test_what_leaves_the_exit_code_0_is_not_called_undecided(make_report, make_result):
    waived = (make_result(), make_result("CON002", Status.WAIVED))
    skipped = (*waived, make_result("CON003", Status.SKIPPED, message="no such kind"))
    inconclusive = (*waived, make_result("CON003", Status.INCONCLUSIVE))
    assert "1 of 2 are waived; 'allause waiver list'" in verdict_in(render_text(make_report(waived), width=200))
    assert "1 of 3 were not examined: no such kind." in verdict_in(render_text(make_report(skipped), width=200))
    passing = verdict_in(render_text(make_report(inconclusive, fail_on="failed"), width=200))
    assert "1 of 3 are inconclusive, which '--fail-on failed' lets pass." in passing


def test_the_verdict_is_broken_at_the_width_but_no_command_in_it(make_report, make_result):
    report = make_report((make_result(status=Status.FAILED),), exit_code=1, component="acme-of-a-long-name:engine")
    lines = render_text(report, width=60).splitlines()
    assert [line for line in lines if len(line) > 60] == []
    assert lines[-1] == "         'allause validate acme-of-a-long-name:engine'."


def test_what_nobody_looked_at_is_not_called_a_finding(make_report, make_result):
    skipped = make_result(status=Status.SKIPPED, message="needs the isolated child")
    assert "\nNOT EXAMINED\nacme:engine\n" in render_text(make_report((skipped,)))
    assert "\nFINDINGS\nacme:engine\n" in render_text(make_report((skipped, make_result("CON002", Status.FAILED))))


def test_the_reason_of_skipped_workflows_is_not_told_as_a_note_again(make_report, make_step):
    why = "several components of kind 'analytics' are installed"
    text = render_text(
        make_report(
            steps=(make_step(status=Status.SKIPPED, message=why),),
            notices=(f"workflow market_data skipped: {why}", "another"),
        ),
        width=120,
    )
    assert "Note: workflow" not in text
    assert "Note: another\n" in text


def test_when_nothing_was_decided_the_verdict_says_what_to_leave_out(make_report, make_result):
    fix = "leave out what narrows the validation"
    zero = make_result("VAL001", Status.FAILED, fix=fix)
    report = make_report((make_result(status=Status.SKIPPED),), exit_code=3, validation=(zero,))
    assert verdict_in(render_text(report)) == f"Verdict: nothing was decided; {fix}."


def test_the_share_of_functionality_is_told_with_the_families_that_it_is_of(make_report, make_result):
    told = " ".join(render_text(make_report((make_result(),))).split())
    assert f"functionality 100.0% of the {', '.join(_FUNCTIONAL[:-1])} and {_FUNCTIONAL[-1]} checks" in told


def test_what_is_not_offered_is_listed_and_costs_nothing(make_report, make_result, make_step):
    left_out = make_step(name="bracket", status=Status.NOT_APPLICABLE, message="not offered: refused")
    told = render_text(make_report((), (make_step(), left_out)), width=100)
    assert "NOT OFFERED\n  workflow market_data: bracket: not offered: refused" in told
    assert "FINDINGS" not in told
    assert verdict_in(told) == "Verdict: nothing failed, and 1 of 2 need not be offered and are not."
