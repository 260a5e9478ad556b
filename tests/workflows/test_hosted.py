"""Workflows whose steps run in the host: a component in a child cannot reach the venue, nor forge its log."""

import sys
from pathlib import Path

import pytest

from allause.discovery import discover
from allause.venue import FaultClass
from allause.workflows import examine, find
from allause.workflows.error_recovery import MIXED, STEPS

HERE = str(Path(__file__).parent)


@pytest.fixture
def examined(tmp_path, monkeypatch, helper_of, only):
    """Examine the first-party market data and one class, given by module and name, in children."""

    def examined(module, name, workflow, text=None, steps=None):
        if text is not None:
            (tmp_path / f"{module}.py").write_text(text)
        metadata = tmp_path / "stand_in-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[allause.execution]\nit = {module}:{name}\n")
        for folder in (HERE, str(tmp_path)):
            monkeypatch.syspath_prepend(folder)
        records = [record for record in discover() if record.id == "stand-in:it" or record.kind == "market_data"]
        planned = find(workflow) if steps is None else only(find(workflow), steps)
        return examine(helper_of(HERE, tmp_path), planned, records, seed=5)

    return examined


@pytest.mark.long
@pytest.mark.parametrize("name", ["SmallEngine", "SendsWithCoroutines"])
def test_an_honest_component_in_a_child_recovers_every_fault(examined, not_passed, name):
    report = examined("other_engines", name, "error_recovery")
    assert not_passed(report) == {}
    assert all(step.evidence["score"] == 1 for step in report.steps if "score" in step.evidence)


def test_restarts_are_real_and_what_was_only_in_memory_is_gone(examined, failed):
    name = STEPS[FaultClass.DUPLICATE_ORDER_AFTER_RESTART]
    found = failed(examined("other_engines", "ForgetsAtARestart", "error_recovery", steps={name}))
    assert "duplicate_order_after_restart at" in found[name]
    assert "sent 2 times" in found[name]


def test_orders_that_leave_after_a_halt_are_counted_by_the_host(examined, failed):
    found = failed(examined("other_engines", "HaltsTooLate", "error_recovery"))
    assert set(found) <= {STEPS[FaultClass.KILL_SWITCH], MIXED}
    assert "kill_switch at" in found[STEPS[FaultClass.KILL_SWITCH]]


def test_a_component_in_a_child_that_does_nothing_scores_nothing(examined):
    report = examined("other_engines", "DoNothing", "error_recovery")
    assert {step.evidence["score"] for step in report.steps if "score" in step.evidence} == {0}


HOSTILE = """
import gc, os, sys
from allause.hookspecs import hookimpl
from small_engine import SmallEngine

class It(SmallEngine):
    @hookimpl
    def get_account(self):
        found = [type(o).__module__ + "." + type(o).__name__ for o in gc.get_objects()]
        frames = [f for f in sys._current_frames().values()]
        while frames:
            frame = frames.pop()
            found += [type(v).__module__ + "." + type(v).__name__ for v in frame.f_locals.values()]
            if frame.f_back is not None:
                frames.append(frame.f_back)
        venue = [name for name in found if name.startswith("allause.venue")]
        assert not venue, venue
        return super().get_account()
"""


def test_a_component_that_looks_for_the_venue_finds_none(examined, not_passed):
    report = examined("looks", "It", "trading_execution", HOSTILE)
    assert not_passed(report) == {}


GARBLER = """
import os
from allause.hookspecs import hookimpl
from small_engine import SmallEngine

class It(SmallEngine):
    calls = 0

    @hookimpl
    def place_order(self, **order):
        report = super().place_order(**order)
        type(self).calls += 1
        if self.calls == 3:
            os.write(self.session._descriptor, {junk})
        return report
"""


@pytest.mark.parametrize(
    "junk", ["b'\\xff' * 64", "b'\\x00\\x00\\x00\\x04junk'", "b'\\x7f\\xff\\xff\\xff'", "b'\\x00\\x00\\x00\\x00'"]
)
def test_bytes_that_no_session_sends_are_answered_by_one_finding(examined, not_passed, junk):
    report = examined("garbles", "It", "trading_execution", GARBLER.replace("{junk}", junk))
    found = not_passed(report)
    assert "sent the venue what no session sends" in found["fill at once"][1]
    assert [status for status, _ in found.values()].count("blocked") == len(found) - 1
    assert sys.modules.get("garbles") is None


FORGER = """
import os
from allause.hookspecs import hookimpl
from small_engine import SmallEngine

class It(SmallEngine):
    def submit(self, intent):
        from allause.fronts import messages
        from allause.models import OrderStatus, VenueOrder
        for word in ("log", "release", "hold", "settle", "venue"):  # there are no such questions
            assert word not in {q.__struct_config__.tag for q in messages.Question.__args__}
        # what it tells itself changes nothing at the venue
        self.change(intent.client_order_id, status=OrderStatus.FILLED, venue_order_id="V1", filled_qty=intent.quantity)
"""


def test_fills_that_only_the_component_tells_of_are_not_believed(examined, not_passed):
    found = not_passed(examined("forges", "It", "trading_execution", FORGER))
    assert found["fill at once"][0] == "failed"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        pytest.param("import time; time.sleep(600)", "gave no answer within", marks=pytest.mark.long),
        ("raise SystemExit(0)", "SystemExit"),
    ],
)
def test_a_component_that_ends_or_hangs_costs_its_steps_and_nothing_else(examined, not_passed, body, cause):
    text = (
        "from allause.hookspecs import hookimpl\nfrom small_engine import SmallEngine\n"
        f"class It(SmallEngine):\n    @hookimpl\n    def place_order(self, **order):\n        {body}\n"
    )
    found = not_passed(examined("ends", "It", "trading_execution", text))
    assert cause in found["fill at once"][1]


def test_a_component_that_cannot_be_imported_fails_the_start(examined):
    report = examined("breaks", "It", "trading_execution", "raise RuntimeError('no license')")
    assert report.steps[0].status == "failed"
    assert "no license" in report.steps[0].message
    assert {str(step.status) for step in report.steps[1:]} == {"blocked"}
