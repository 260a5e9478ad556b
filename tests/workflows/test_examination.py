"""One workflow in one isolated child: whatever happens there, each planned step has its result here."""

import sys
import textwrap
from itertools import count

import pytest

from allause.discovery import discover
from allause.isolation import Answer, Limits, Outcome
from allause.workflows import WORKFLOWS, examine, find

MARKET_DATA = find("market_data")
BRIEF = Limits(wall_s=20.0)


@pytest.fixture(scope="module")
def installed():
    """Return the records of the first-party components."""
    return [record for record in discover() if record.distribution.startswith("allause-")]


_numbers = count()


@pytest.fixture
def stand_in(tmp_path, monkeypatch, installed, helper_of):
    """Install a market data component whose methods are given as source, and run the workflow on it in a child."""

    def stand_in(body, preamble="", limits=BRIEF):
        name = f"stand_in_{next(_numbers)}"
        source = (
            f"import os, sys, time, signal\nfrom allause.hookspecs import hookimpl\n"
            f"from allause_market_data.plugin import LiveMarketDataSystem\n{preamble}\n"
            f"class Broken(LiveMarketDataSystem):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        )
        (tmp_path / f"{name}.py").write_text(source)
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[allause.market_data]\nbroken = {name}:Broken\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        (mine,) = (record for record in discover() if record.module == name)
        records = [mine, *(record for record in installed if record.kind != "market_data")]
        return examine(helper_of(tmp_path), MARKET_DATA, records, limits=limits)

    return stand_in


def statuses(report):
    return [str(step.status) for step in report.steps]


@pytest.mark.long
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_the_real_components_pass_in_a_child_and_are_never_imported_here(helper, installed, workflow):
    before = set(sys.modules)
    begun = []
    report = examine(helper, workflow, installed, seed=3, listener=begun.append)
    assert [(step.name, step.message) for step in report.steps if step.status != "passed"] == []
    assert report.status == "passed"
    assert tuple(begun) == workflow.step_names
    assert not {name for name in set(sys.modules) - before if name.startswith("allause_")}


def test_a_kind_that_is_not_installed_blocks_every_step_with_the_reason(helper, installed):
    report = examine(helper, MARKET_DATA, [r for r in installed if r.kind != "market_data_enhancer"])
    assert statuses(report) == ["blocked"] * len(MARKET_DATA.step_names)
    assert "'market_data_enhancer'" in report.steps[0].message
    assert report.status == "blocked"


def test_a_component_that_exits_at_import_fails_the_start(stand_in):
    report = stand_in("pass", "sys.exit(0)")
    assert statuses(report) == ["failed", *["blocked"] * (len(MARKET_DATA.step_names) - 1)]
    assert "SystemExit" in report.steps[0].message


def test_a_component_that_cannot_be_constructed_fails_the_start(stand_in):
    report = stand_in("def __init__(self, config=None):\n    raise RuntimeError('no license')")
    assert report.steps[0].status == "failed"
    assert "no license" in report.steps[0].message


def test_a_component_that_ends_its_process_costs_the_steps_not_finished(stand_in):
    body = """
        @hookimpl
        def get_data_quality(self, symbols):
            os._exit(0)
    """
    report = stand_in(body)
    assert statuses(report) == ["passed"] * 3 + ["errored"] + ["blocked"] * (len(MARKET_DATA.step_names) - 4)
    lost = report.steps[3].message
    assert "exit code 0" in lost
    assert "get_data_quality()" in lost
    assert report.steps[4].message == f"not reached: the step {report.steps[3].name!r} was the last one"


def test_a_component_that_dies_by_a_signal_is_named(stand_in):
    body = """
        @hookimpl
        def get_symbols(self):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    report = stand_in(body)
    assert statuses(report)[:2] == ["passed", "errored"]
    assert "signal 9" in report.steps[1].message
    assert "get_symbols()" in report.steps[1].message


def test_a_stream_that_never_ends_costs_the_steps_not_finished(stand_in):
    body = """
        @hookimpl
        def stream_market_data(self, symbols, start=None, end=None):
            time.sleep(600)
            yield None
    """
    report = stand_in(body, limits=Limits(wall_s=3.0))
    assert statuses(report) == ["passed"] * 4 + ["errored"] + ["blocked"] * (len(MARKET_DATA.step_names) - 5)
    assert "no answer within 3 s" in report.steps[4].message


def test_a_component_that_prints_changes_nothing(stand_in):
    body = """
        @hookimpl
        def get_symbols(self):
            print("{}" * 100_000)
            return super().get_symbols()
    """
    assert stand_in(body).status == "passed"


def honest():
    steps = [
        {"name": n, "status": "passed", "component": "d:c", "seconds": 0.5, "message": "", "evidence": {"calls": []}}
        for n in MARKET_DATA.step_names
    ]
    return {"name": "market_data", "status": "passed", "steps": steps}


class Scripted:
    """Stand for a helper whose child answers what it is told to; what is tested is how the host takes it."""

    def __init__(self, value, outcome=Outcome.RETURNED, messages=()):
        self.value, self.outcome, self.messages = value, outcome, messages

    def session(self, limits=None):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, reference, arguments, *, deadline_s, progress):
        for message in self.messages:
            progress(message)
        return Answer(outcome=self.outcome, seconds=1.0, value=self.value, reason="ended by signal 9")


def told(installed, value, **options):
    return examine(Scripted(value, **options), MARKET_DATA, installed)


def test_an_honest_report_is_taken(installed):
    assert told(installed, honest()).status == "passed"


def _without_last(report):
    report["steps"].pop()


def _swapped(report):
    report["steps"][1], report["steps"][2] = report["steps"][2], report["steps"][1]


def _changed(**fields):
    def change(report):
        report["steps"][4].update(fields)

    return change


@pytest.mark.parametrize(
    "garble",
    [
        _without_last,
        _swapped,
        _changed(status="excellent"),
        _changed(status=["passed"]),
        _changed(seconds=float("nan")),
        _changed(seconds=-1.0),
        _changed(seconds="fast"),
        _changed(component=None),
        _changed(component=""),
        _changed(message=None),
        _changed(evidence="calls"),
        lambda report: report.update(name="optimization"),
        lambda report: report.update(steps=None),
    ],
)
def test_a_garbled_report_errs_every_step(installed, garble):
    report = honest()
    garble(report)
    assert statuses(told(installed, report)) == ["errored"] * len(MARKET_DATA.step_names)


@pytest.mark.parametrize("value", [None, [], "passed", {"status": "passed"}])
def test_something_that_is_no_report_errs_every_step(installed, value):
    assert statuses(told(installed, value)) == ["errored"] * len(MARKET_DATA.step_names)


def test_an_overall_verdict_is_never_taken_from_the_child(installed):
    report = honest()
    report["steps"][2]["status"] = "failed"
    assert told(installed, report).status == "failed"


def test_hostile_text_is_cut_and_escaped(installed):
    report = honest()
    report["steps"][2].update(message="\x1b[2J" + "a" * 10**6, evidence={"x\x00": ["\x9b" * 10**5]})
    step = told(installed, report).steps[2]
    assert step.message.startswith("\\x1b[2J")
    assert len(step.message) < 1_000
    assert list(step.evidence) == ["x\\x00"]
    assert step.evidence["x\\x00"][0].isprintable()


def test_time_is_the_hosts_own(installed):
    messages = [{"begun": MARKET_DATA.step_names[0]}, {"ended": honest()["steps"][0]}]
    report = told(installed, honest(), messages=messages)
    assert report.steps[0].seconds < 0.4
    assert report.steps[1].seconds == 0.5


def test_messages_out_of_place_are_not_taken(installed):
    wrong = [None, 3, {"ended": honest()["steps"][5]}, {"ended": None}, {"begun": "close"}, {"calling": 7}]
    report = told(installed, None, outcome=Outcome.DIED, messages=wrong)
    assert statuses(report) == ["errored"] + ["blocked"] * (len(MARKET_DATA.step_names) - 1)


def test_a_process_lost_after_its_last_step_is_no_pass(installed):
    messages = [message for s in honest()["steps"] for message in ({"begun": s["name"]}, {"ended": s})]
    report = told(installed, None, outcome=Outcome.DIED, messages=messages)
    assert statuses(report) == ["passed"] * (len(MARKET_DATA.step_names) - 1) + ["errored"]


@pytest.mark.parametrize("method", ["start(self, context)", "close(self)"])
def test_one_that_dies_at_its_start_or_close_is_blamed_and_no_other(stand_in, method):
    report = stand_in(f"@hookimpl\ndef {method}:\n    os._exit(0)")
    (lost,) = (step for step in report.steps if step.status == "errored")
    assert lost.name == method.partition("(")[0]
    assert lost.message.endswith(f":broken {lost.name}()")
    assert {step.status for step in report.steps} <= {"passed", "errored", "blocked"}


def test_steps_finished_before_the_end_keep_their_result(installed):
    messages = []
    for step in honest()["steps"][:3]:
        messages += [{"begun": step["name"]}, {"ended": step}]
    messages += [{"begun": MARKET_DATA.step_names[3]}, {"calling": "d:c get_data_quality()"}]
    report = told(installed, None, outcome=Outcome.DIED, messages=messages)
    assert statuses(report)[:4] == ["passed", "passed", "passed", "errored"]
    assert "during d:c get_data_quality()" in report.steps[3].message
