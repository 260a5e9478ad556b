"""The engine: statuses, blocking, tracing and evidence."""

import attrs
import pytest

from allause.exceptions import ValidatorError
from allause.hookspecs import hookimpl
from allause.workflows import Step, Workflow
from allause.workflows.scene import StepFailed


@attrs.define(eq=False)
class Script:
    scene: object

    def ask(self):
        self.scene.ask("execution", "get_fills")

    def idle(self):
        pass

    def fail(self):
        self.scene.ask("execution", "get_fills")
        raise StepFailed("the third fill is missing")

    def err(self):
        raise ZeroDivisionError("by our own code")

    def give_up(self):
        raise ValidatorError("the disk of the validator is full")

    def note(self):
        self.scene.note(text="a\x1b[31mb" + "c" * 10_000, many=range(1_000), odd=float("nan"), thing=object())
        self.ask()

    def build_another(self, configuration=None):
        another = self.scene.rebuild("execution", configuration or {})
        self.scene.note(built=type(another.instance).__name__)
        self.ask()

    def build_another_with_a_typing_error(self):
        self.build_another({"windo": 3})

    def draw(self):
        self.scene.note(drawn=self.scene.random.randrange(10**9))
        self.ask()


def workflow(*steps):
    return Workflow(name="w", title="W", kinds=("execution",), script=Script, steps=steps)


def statuses(report):
    return {step.name: str(step.status) for step in report.steps}


@pytest.fixture
def go(run, small_engine):
    def go(*steps, engine=small_engine, **options):
        return run(workflow(*steps), execution=engine, **options)

    return go


def test_start_and_close_are_planned_around_the_steps(go):
    report = go(Step("ask", Script.ask))
    assert statuses(report) == {"start": "passed", "ask": "passed", "close": "passed"}
    assert report.status == "passed"


def test_a_step_that_calls_no_component_fails(go):
    report = go(Step("idle", Script.idle))
    assert statuses(report)["idle"] == "failed"
    assert report.steps[1].message == "it passed without calling a component"
    assert report.status == "failed"


def test_a_failed_step_blocks_those_that_need_it_and_no_other(go):
    report = go(
        Step("fail", Script.fail),
        Step("after", Script.ask, ("fail",)),
        Step("after that", Script.ask, ("after",)),
        Step("other", Script.ask),
    )
    assert statuses(report) == {
        "start": "passed",
        "fail": "failed",
        "after": "blocked",
        "after that": "blocked",
        "other": "passed",
        "close": "passed",
    }
    assert "'fail'" in report.steps[2].message


def test_an_error_of_our_own_code_is_errored_and_says_where(go):
    report = go(Step("err", Script.err), Step("other", Script.ask))
    assert statuses(report)["err"] == "errored"
    assert "ZeroDivisionError" in report.steps[1].message
    assert "test_workflow.py" in report.steps[1].message
    assert statuses(report)["other"] == "passed"


def test_a_validator_error_is_errored(go):
    assert statuses(go(Step("give up", Script.give_up)))["give up"] == "errored"


def test_a_start_that_raises_fails_and_blocks_all_but_the_close(go, small_engine):
    class Unwilling(small_engine):
        @hookimpl
        def start(self, context):
            raise RuntimeError("no license")

    report = go(Step("ask", Script.ask), engine=Unwilling)
    assert statuses(report) == {"start": "failed", "ask": "blocked", "close": "passed"}
    assert "no license" in report.steps[0].message


def test_a_close_that_raises_fails_the_close(go, small_engine):
    class Clinging(small_engine):
        @hookimpl
        def close(self):
            raise OSError("still busy")

    report = go(Step("ask", Script.ask), engine=Clinging)
    assert statuses(report) == {"start": "passed", "ask": "passed", "close": "failed"}
    assert "still busy" in report.steps[2].message


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(0)])
def test_a_component_that_raises_or_exits_fails_the_step_by_name(go, small_engine, error):
    class Raising(small_engine):
        @hookimpl
        def get_fills(self):
            raise error

    step = go(Step("ask", Script.ask), Step("other", Script.draw), engine=Raising).steps[1]
    assert step.status == "failed"
    assert "dist-execution:it: get_fills() raised" in step.message
    assert step.evidence["calls"][0]["raised"] == 1


def test_a_component_that_hangs_fails_the_step_at_the_deadline(go, small_engine):
    from threading import Event  # noqa: PLC0415 - only here

    release = Event()

    class Hanging(small_engine):
        @hookimpl
        def get_fills(self):
            release.wait(30)

    report = go(Step("ask", Script.ask), engine=Hanging, deadline_s=0.1)
    release.set()
    assert report.steps[1].status == "failed"
    assert "gave no answer within 0.1 s" in report.steps[1].message


def test_notes_are_cut_to_small_printable_data(go):
    evidence = go(Step("note", Script.note)).steps[1].evidence
    assert evidence["text"].startswith("a\\x1b[31mb")
    assert len(evidence["text"]) < 400
    assert len(evidence["many"]) < 40
    assert evidence["odd"] == "nan"
    assert evidence["thing"] == "<object>"


def test_a_step_draws_the_same_whatever_ran_before_it(go):
    alone = go(Step("draw", Script.draw)).steps[1].evidence["drawn"]
    later = go(Step("note", Script.note), Step("draw", Script.draw)).steps[2].evidence["drawn"]
    assert alone == later


def test_what_begins_is_called_and_ends_is_announced_in_order(go):
    heard = []
    go(Step("ask", Script.ask), announce=heard.append)
    kinds = [next(iter(message)) for message in heard]
    assert kinds == ["begun", "calling", "ended"] * 3
    assert heard[4] == {"calling": "dist-execution:it get_fills()"}


def test_another_instance_is_built_of_a_class_whose_settings_are_of_another_library(go, evidence, small_engine):
    class Settled(small_engine):
        class Config:
            """No attrs class; no setting is given, so nobody needs to know them."""

    report = go(Step("build", Script.build_another), engine=Settled)
    assert evidence(report, "build")["built"] == "Settled"


def test_a_setting_that_another_instance_does_not_have_fails_the_step(go, small_engine):
    class Configured(small_engine):
        Config = attrs.make_class("Config", {"window": attrs.field(default=1)})

        def __init__(self, config=None):
            super().__init__()

    step = go(Step("build", Script.build_another_with_a_typing_error), engine=Configured).steps[1]
    assert step.status == "failed"
    assert "did you mean 'window'?" in step.message


def test_a_class_that_cannot_be_built_again_fails_the_step(go, small_engine):
    class Single(small_engine):
        built = 0

        def __init__(self):
            Single.built += 1
            if Single.built > 1:
                raise RuntimeError("there is one already")
            super().__init__()

    step = go(Step("build", Script.build_another), engine=Single).steps[1]
    assert step.status == "failed"
    assert "there is one already" in step.message
