import pytest

from allause.checks import examine, planned
from allause.discovery import discover
from allause.evidence import gather
from allause.isolation import Helper
from mutants.mutant import write


@pytest.fixture
def examine_mutant(tmp_path, monkeypatch):
    """Examine a mutant as validate would and return its results by code."""

    def run(mutant):
        write(mutant, tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        record = discover([str(tmp_path)])[0]
        with Helper() as helper:
            evidence = gather(record, helper, core_version="0.1.0", nonce="a-nonce-of-the-test", beside=True)
        return {result.code: result for result in examine(planned(record.kind, certify=True), evidence)}

    return run
