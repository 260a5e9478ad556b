"""A request that never arrives is told in words, whichever it is; nobody is accused of what was never asked of it."""

import pytest

from allause.checks import examine, planned
from allause.discovery import discover
from allause.evidence import gather
from allause.isolation import Helper, Limits
from allause.models.report import Status
from mutants.mutant import write
from mutants.thief import thief

#: What a component can take away: all that is asked once it is there.
ASKED = (
    "audit", "call", "clocks", "construct", "crowd", "holdings", "identities", "leave", "live", "repeat", "sabotage",
    "screen", "secrets", "series", "settings", "spoil", "tasks", "traces", "unawaited",
)  # fmt: skip # in the order of the alphabet


@pytest.mark.long
@pytest.mark.parametrize("operation", ASKED)
def test_a_request_that_never_arrives_is_told(operation, tmp_path, monkeypatch):
    mutant = thief(operation)
    write(mutant, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    record = discover([str(tmp_path)])[0]
    with Helper(limits=Limits(wall_s=1.0)) as helper:
        evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test")
    results = examine(planned(record.kind), evidence)
    failed = {result.code: result.message for result in results if result.status is Status.FAILED}
    assert [message for message in failed.values() if "no answer" in message], failed
    assert [message for message in failed.values() if "AttributeError" in message or "NoneType" in message] == []
    assert [result.message for result in results if result.status is Status.ERRORED] == []
