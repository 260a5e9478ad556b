import attrs
import pytest

from allause.checks import examine, planned
from allause.discovery import discover
from allause.evidence import gather
from allause.evidence.probes import Pace
from allause.models.report import ComponentReport
from allause.validation.certifying import with_more
from mutants.mutant import OTHER_NONCE, Mutant, write

#: Checks that cost further children: asked of their own mutants and of the good component.
COSTLY = {"DSC009", "DET005"}


@pytest.fixture
def examine_mutant(tmp_path, helper_of):
    """Examine a mutant as validate would and return its results by code."""

    def seen(mutant, folder):
        write(mutant, folder)
        helper, record = helper_of(folder), discover([str(folder)])[0]
        return helper, gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test", beside=True)

    def earlier(mutant):
        before = Mutant("", "earlier", edits=mutant.before, good=mutant.good, group=mutant.group)
        _, evidence = seen(before, tmp_path / "earlier")
        return ComponentReport(
            id=evidence.record.id,
            kind=evidence.record.kind,
            distribution="",
            version="",
            results=(),
            api=evidence.api,
            pace=evidence.of(Pace).yardsticks,
        )

    def run(mutant):
        previous = None if mutant.before is None else earlier(mutant)
        helper, evidence = seen(mutant, tmp_path / "now")
        wanted = COSTLY if mutant.code in COSTLY or mutant.name == "the-good-one" else set()
        checks = [
            check
            for check in planned(evidence.record.kind, certify=True, previous=previous)
            if check.code not in COSTLY - wanted
        ]
        evidence = with_more(attrs.evolve(evidence, previous=previous), checks, helper, [OTHER_NONCE])
        return {result.code: result for result in examine(checks, evidence)}

    return run
