import attrs
import pytest

from allause.discovery import discover
from allause.evidence.bench import Bench
from allause.evidence.probes.leaving import observe_leaving
from allause.evidence.source import read_source
from allause.isolation import Outcome
from mutants.mutant import Mutant, at_top, write

STARTED = "        self.operations = 0\n"
HOLDS = "threading.Thread(target=threading.Event().wait).start()\n"
SECOND = "        Engine.made = getattr(Engine, 'made', 0) + 1\n        if Engine.made == 2:\n            "
GOOD = Mutant("", "good")
STAYS = Mutant("", "stays", edits=(*at_top("import threading"), (STARTED, f"{STARTED}        {HOLDS}")))
HELD = Mutant("", "held-by-a-second-instance", edits=(*at_top("import threading"), (STARTED, STARTED + SECOND + HOLDS)))


@pytest.fixture
def bench(request, tmp_path, helper_of):
    write(request.param, tmp_path)
    (record,) = discover([str(tmp_path)])
    source = read_source(record.module, record.attribute, (str(tmp_path),))
    return Bench(record=record, source=source, helper=helper_of(tmp_path), nonce="a-nonce-of-the-test")


@pytest.mark.parametrize("bench", [GOOD], indirect=True)
def test_the_common_child_ends_and_no_other_is_opened(bench, monkeypatch):
    with bench.introduced() as common:
        monkeypatch.setattr(Bench, "examinee", None)
        left = observe_leaving(attrs.evolve(bench, common=common))
        assert left.exchange.returned
        assert common.lost is None


@pytest.mark.parametrize("bench", [STAYS], indirect=True)
def test_a_process_that_stays_is_told_of_with_its_threads(bench):
    left = observe_leaving(bench)
    assert left.exchange.outcome is Outcome.TIMED_OUT
    assert left.threads


@pytest.mark.parametrize("bench", [HELD], indirect=True)
def test_a_common_child_that_is_held_by_what_was_done_in_it_accuses_nobody(bench):
    with bench.introduced() as common:
        common.rebuild()
        assert common.call("get_component_info").returned
        assert observe_leaving(attrs.evolve(bench, common=common)).exchange.returned
