"""A request that is lost is told in words, whichever it is; nobody is accused, or passed, by what was never seen."""

import pytest

from allause.checks import examine, planned
from allause.discovery import discover
from allause.evidence import gather
from allause.isolation import Limits
from allause.models.report import Status
from mutants.mutant import write
from mutants.thief import quitter, thief

#: What a component can take away: all that is asked once it is there.
ASKED = (
    "audit", "call", "clocks", "construct", "crowd", "holdings", "identities", "leave", "live", "repeat", "sabotage",
    "screen", "secrets", "series", "settings", "spoil", "tasks", "traces", "unawaited",
)  # fmt: skip # in the order of the alphabet

#: Requests with which a probe looks at what calls have done, and the checks that judge what it shows.
LOOKS = {
    "clocks": ("PRF001", "PRF008", "SEC005"),
    "identities": ("DSC008", "SEC001", "SEC002", "SEC005"),
    "sabotage": ("BEH002",),
    "tasks": ("ASY005", "ASY007", "ASY008"),
    "traces": ("SEC003",),
    "unawaited": ("ASY004",),
}


@pytest.fixture
def examined(tmp_path, helper_of):
    """Examine a mutant that is not waited for longer than a second."""

    def examined(mutant):
        write(mutant, tmp_path)
        record, helper = discover([str(tmp_path)])[0], helper_of(tmp_path, limits=Limits(wall_s=1.0))
        evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test")
        return examine(planned(record.kind), evidence)

    return examined


@pytest.mark.long
@pytest.mark.parametrize("operation", ASKED)
def test_a_request_that_never_arrives_is_told(operation, examined):
    results = examined(thief(operation))
    failed = {result.code: result.message for result in results if result.status is Status.FAILED}
    assert [message for message in failed.values() if "no answer" in message], failed
    assert [message for message in failed.values() if "AttributeError" in message or "NoneType" in message] == []
    assert [result.message for result in results if result.status is Status.ERRORED] == []


@pytest.mark.parametrize("operation", LOOKS)
def test_what_was_not_seen_to_its_end_is_not_passed(operation, examined):
    results = {result.code: result for result in examined(quitter(operation))}
    assert results["BEH015"].status is Status.FAILED
    found = {code: (results[code].status, results[code].waits_for) for code in LOOKS[operation]}
    assert found == dict.fromkeys(LOOKS[operation], (Status.BLOCKED, "BEH015"))
