"""What hangs is one finding at the right place, and is called once."""

import pytest

from allause.checks import examine, planned
from allause.discovery import discover
from allause.evidence import gather
from allause.isolation import Limits, Outcome, Session
from allause.models.report import Status
from mutants.lifecycle import HANGING
from mutants.mutant import Mutant, at_top, write

pytestmark = pytest.mark.long


@pytest.mark.parametrize("mutant", HANGING, ids=lambda mutant: mutant.label)
@pytest.mark.parametrize("lanes", [1, 2])
def test_what_hangs_is_one_finding_and_keeps_each_lane_waiting_once(mutant, lanes, tmp_path, monkeypatch, helper_of):
    write(mutant, tmp_path)
    record = discover([str(tmp_path)])[0]
    hung = []
    request = Session.request

    def counted(session, op, **fields):
        answer = request(session, op, **fields)
        if answer.outcome is Outcome.TIMED_OUT:
            hung.append((op, fields.get("method"), fields.get("manner")))
        return answer

    monkeypatch.setattr(Session, "request", counted)
    helper = helper_of(tmp_path, limits=Limits(wall_s=1.5))
    evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test", beside=lanes > 1)
    results = examine(planned(record.kind), evidence)
    wrong = {r.code: r.message for r in results if r.status not in {Status.PASSED, Status.BLOCKED}}
    assert list(wrong) == [mutant.code], wrong
    assert len({*hung}) == 1
    assert len(hung) <= lanes


def test_a_self_test_that_waits_for_emptied_functions_keeps_nothing_else_from_being_asked(tmp_path, helper_of):
    examined = 'examined=("configuration",)'
    tells = f'{examined[:-1]}*(value for name, value in os.environ.items() if "KEY" in name))'
    once = "report = self._analyze([0.5, -0.5], 1.0)"
    again = f"report = None\n        while report is None:\n            {once}"
    write(Mutant("SEC003", "tells", edits=(*at_top("import os"), (examined, tells), (once, again))), tmp_path)
    record, helper = discover([str(tmp_path)])[0], helper_of(tmp_path, limits=Limits(wall_s=1.0))
    evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test", beside=False)
    results = {result.code: result for result in examine(planned(record.kind), evidence)}
    assert results["BEH015"].status is Status.PASSED
    assert results["SEC003"].status is Status.FAILED
