import sys

import attrs
import pytest

from allause.discovery import discover
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.patience import Patience
from allause.evidence.probes import ELSEWHERE, PROBES, Reach
from allause.evidence.probes.replay import DIFFERENT, Different, Reference, Replay, observe_different, observe_replay
from allause.evidence.probing import probed
from allause.evidence.source import read_source
from allause.isolation import Outcome
from mutants import determinism
from mutants.mutant import COUNT, Mutant, write
from mutants.thief import thief

SETS = next(mutant for mutant in determinism.MUTANTS if mutant.name == "set-as-list")
MADE = "        self.operations = 0\n"
DIES = Mutant("", "dies", edits=((COUNT, COUNT + "        __import__('os')._exit(3)\n"),))


@pytest.fixture
def bench(request, tmp_path, helper_of):
    write(getattr(request, "param", Mutant("", "good")), tmp_path)
    (record,) = discover([str(tmp_path)])
    source = read_source(record.module, record.attribute, (str(tmp_path), *sys.path))
    return Bench(record=record, source=source, helper=helper_of(tmp_path), nonce="a-nonce-of-the-test")


@pytest.mark.parametrize("bench", [DIES], indirect=True)
def test_a_shared_child_that_was_lost_is_replaced_by_one_prepared_alike(bench):
    prepared = attrs.evolve(bench, before=(("audit", {}),))
    with prepared.shared() as common:
        lending = attrs.evolve(prepared, common=common)
        with lending.shared() as first:
            assert first is common
            first.call(bench.kind.main_method, returns=[0.01])
            first.call("get_component_info")  # in a child that nobody audits
        with lending.shared() as second:
            assert second is not common
            assert second.imported["audit"] is not None


def test_the_import_is_audited_before_anything_is_constructed(bench):
    with attrs.evolve(bench, before=(("audit", {}),)).shared() as examinee:
        assert examinee.imported == {"audit": {"events": [], "path": [], "rewritten": []}}
    with bench.shared() as examinee:
        assert examinee.imported == {}


@pytest.mark.parametrize("beside", [False, True])
def test_every_probe_answers_its_record_once_in_one_lane_and_in_two(bench, beside):
    records = probed(bench, beside=beside)
    assert len({type(record) for record in records}) == len(records)
    assert len(records) == sum(len(row.probes) for row in (*PROBES, ELSEWHERE)) + len([observe_replay])
    (reach,) = (record for record in records if isinstance(record, Reach))
    assert reach.ended is None


def test_a_reference_that_what_came_before_has_changed_accuses_nobody(bench):
    different = observe_different(attrs.evolve(bench, helper=bench.helper.other(), before=DIFFERENT))
    assert different.exchanges
    assert observe_replay(bench, Reference(()), different) == Replay()


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("bench", [SETS], indirect=True)
def test_the_two_runs_of_the_replay_hash_otherwise_in_one_lane_and_in_two(bench, beside):
    (replay,) = (record for record in probed(bench, beside=beside) if isinstance(record, Replay))
    assert replay.hash_order is not None


def dies_at_call(number):
    count = "        Engine.made = getattr(Engine, 'made', 0) + 1\n"
    counted = f"{count}        Engine.made == {number} and __import__('os')._exit(3)\n"
    return Mutant("", f"dies-at-call-{number}", edits=((COUNT, COUNT + counted),))


def calls(bench, number):
    return [(bench.kind.main_method, {"returns": [0.01]}, None)] * number


@pytest.mark.parametrize(("bench", "made"), [(dies_at_call(3), 3), (dies_at_call(5), 4)], indirect=["bench"])
def test_a_series_that_ends_the_process_is_told_whether_or_not_its_calls_do_it_again(bench, made):
    with bench.examinee() as examinee:
        examinee.calls(calls(bench, 1))
        told = examinee.calls(calls(bench, 4))
    assert (len(told), told[-1].ended_badly) == (made, True)


def test_calls_made_before_go_by_one_request(bench, monkeypatch):
    with bench.examinee() as examinee:
        first = examinee.calls(calls(bench, 3))
        monkeypatch.setattr(examinee, "call", None)
        again = examinee.calls(calls(bench, 3))
    assert [each.plain for each in again] == [each.plain for each in first]


def test_a_child_that_is_lost_after_the_import_is_replaced_with_the_component_in_it(bench, monkeypatch):
    load = Examinee._load

    def lost(examinee):
        load(examinee)
        examinee._session.close()
        examinee._session = None

    monkeypatch.setattr(Examinee, "_load", lost)
    with bench.examinee() as examinee:
        assert examinee.alive
        assert examinee.call("get_component_info").returned


ENDS_ONCE_MADE = thief("construct", later=True, edits=DIES.edits)
OTHERWISE_ELSEWHERE = """        if __import__('os').environ['TZ'] == 'NPT-05:45':
            raise LookupError('no such zone')
"""
NOT_ELSEWHERE = Mutant("", "not-elsewhere", edits=((MADE, OTHERWISE_ELSEWHERE + MADE),))


@pytest.mark.parametrize("bench", [ENDS_ONCE_MADE], indirect=True)
def test_a_call_for_which_no_instance_could_be_made_is_told_with_what_kept_it_from_that(bench):
    bench = attrs.evolve(bench, patience=Patience(1.0))
    with bench.examinee() as examinee:
        assert examinee.call(bench.kind.main_method, returns=[0.01]).outcome is Outcome.DIED
        lost = examinee.call("get_component_info")
        again = examinee.calls([("get_component_info", {}, None), ("close", {}, None)])
    assert lost.story == "timed out: no answer within 1 s (at Engine(), in a new process)"
    assert (lost.call, lost.method, lost.error) == ("get_component_info()", "get_component_info", "")
    assert [each.story for each in again] == [lost.story]  # what hung is not waited for again


@pytest.mark.parametrize("bench", [NOT_ELSEWHERE], indirect=True)
def test_a_call_of_an_instance_that_could_not_be_made_raises_what_its_constructor_did(bench):
    with attrs.evolve(bench, before=DIFFERENT).prepared() as examinee:
        assert examinee.call("get_component_info").story.startswith("raised LookupError: no such zone at ")


@pytest.mark.parametrize("bench", [DIES], indirect=True)
def test_a_child_that_was_lost_is_not_looked_at_as_if_another_were_it(bench):
    with bench.examinee() as examinee:
        assert examinee.observe("settings")
        examinee.call(bench.kind.main_method, returns=[0.01])
        assert examinee.lost.call == f"{bench.kind.main_method}()"
        assert examinee.observe("settings") == {}
    assert bench.patience.lost == [examinee.lost]


GIVEN_A_KEY = "        if __import__('os').environ.get('BROKER_API_KEY'):\n"
REFUSES = "            raise ConnectionError('no broker')\n"
KEYED = Mutant("", "reads-a-key", edits=((COUNT, COUNT + GIVEN_A_KEY + REFUSES),))


@pytest.mark.parametrize("bench", [KEYED], indirect=True)
def test_a_component_that_does_otherwise_with_a_key_is_not_accused_of_it_by_the_replay(bench):
    records = probed(bench, beside=False)
    (different,) = (record for record in records if isinstance(record, Different))
    assert "ConnectionError" in {exchange.error for exchange in different.exchanges}
    assert next(record for record in records if isinstance(record, Replay)) == Replay()
