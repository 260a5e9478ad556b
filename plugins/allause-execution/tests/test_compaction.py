"""A journal that has grown is begun anew with fewer events, and they say the same."""

import errno
import os
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from msgspec.structs import replace

from allause.exceptions import OrderDeniedError
from allause_execution import opening
from allause_execution.journal import NAME, Disk, Journal, Reading, compaction, decoded
from allause_execution.orders.events import EventKind

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market"}


def rebuild(events):
    return opening.rebuilt(events, "the journal")


def journalled(directory):
    return [event for _, event in decoded(Reading(directory / NAME))]


def trade(scripted, started):
    """Live through fills, cancels, lost answers, halts and events that cannot be."""
    session = scripted("ack", "ack", "ack", "timeout", "reject")
    component = started(session)
    for number in range(5):
        component.place_order(**ORDER, client_order_id=f"o{number}")
    session.trade("o0", 4, 100)
    component.get_fills()
    session.trade("o0", 6, 101)
    component.cancel_order(client_order_id="o1")
    component.reconcile()
    for reason in ("one", "two"):
        component.halt(reason=reason)
        with pytest.raises(OrderDeniedError):
            component.place_order(**ORDER, client_order_id="denied")
        component.resume()
    session.trade("o1", 10, 99, trade_id="late")
    session.trade("o2", 99, 1, trade_id="overfill")
    component.get_fills()
    component.halt(reason="three")
    component.close()
    return session


def test_the_shortest_history_leads_to_the_same_state(scripted, started, tmp_path):
    trade(scripted, started)
    events = journalled(tmp_path)
    kept = compaction.shortest(events, rebuild)
    assert compaction.picture(rebuild(kept)) == compaction.picture(rebuild(events))
    assert len(kept) < len(events)
    assert [event.text for event in kept if event.kind in (EventKind.HALTED, EventKind.RESUMED)] == ["three"]


def test_what_goes_for_an_order_that_a_halt_cancelled_stays_for_one_whose_group_traded(scripted, started, tmp_path):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER, client_order_id="o1")
    component.halt(reason="drill")
    component.resume()
    for key in ("o2", "o3"):
        component.place_order(**ORDER, client_order_id=key, oco_group="g")
    session.trade("o3", 10, 100)
    component.get_fills()
    component.close()
    events = journalled(tmp_path)
    kept = compaction.shortest(events, rebuild)
    assert compaction.picture(rebuild(kept)) == compaction.picture(rebuild(events))
    asked = [event.client_order_id for event in kept if event.kind is EventKind.CANCEL_REQUESTED]
    assert asked == ["o2"]


def test_a_price_that_one_order_has_twice_is_kept_for_another_that_has_two(scripted, started, tmp_path):
    session = scripted()
    component = started(session)
    for key in ("o1", "o2"):
        component.place_order(**ORDER | {"order_type": "limit", "price": 100}, client_order_id=key)
        for price in (101, 102):
            session.orders[key] = attrs.evolve(session.orders[key], price=Decimal(price))
            component.reconcile()
    component.close()
    events = journalled(tmp_path)
    last = [event for event in events if event.kind is EventKind.REPLACED and event.client_order_id == "o1"][-1]
    events[events.index(last)] = replace(last, price=Decimal(101))
    kept = compaction.shortest(events, rebuild)
    assert [rebuild(kept).orders[key].price for key in ("o1", "o2")] == [101, 102]
    assert compaction.picture(rebuild(kept)) == compaction.picture(rebuild(events))
    assert len(kept) < len(events)


def test_every_intent_and_every_fill_that_counts_stays(scripted, started, tmp_path):
    trade(scripted, started)
    events = journalled(tmp_path)
    kept = compaction.shortest(events, rebuild)
    for kind in (EventKind.INTENT, EventKind.FILL, EventKind.PARTIAL_FILL):
        assert [event for event in kept if event.kind is kind] == [event for event in events if event.kind is kind]


def test_a_start_with_many_segments_compacts_and_changes_nothing(scripted, started, tmp_path, monkeypatch):
    session = trade(scripted, started)
    before = journalled(tmp_path)
    monkeypatch.setattr(compaction, "SEGMENTS", 1)
    component = started(session)
    after = journalled(tmp_path)
    assert len(after) < len(before)
    assert compaction.picture(component._engine.state) == compaction.picture(rebuild(after))
    assert compaction.picture(rebuild(after)) == compaction.picture(rebuild(before))
    assert component.validate_component().problems  # the overfill is still told
    with pytest.raises(OrderDeniedError, match="three"):
        component.place_order(**ORDER, client_order_id="o9")


def no_file(_disk, _path, _size):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_file_that_can_be_written(disk, path, _size):
    path.touch()
    return disk.open(Path("/dev/full"))


def a_start_needs_no_room_for_compaction(scripted, started, directory, monkeypatch, caplog, create):
    session = trade(scripted, started)
    before = journalled(directory)
    monkeypatch.setattr(compaction, "SEGMENTS", 1)
    monkeypatch.setattr(Disk, "create", create)
    component = started(session)
    assert "is not compacted: No space left on device; check its free space" in caplog.text
    assert not [*directory.rglob("*.new")]
    component.resume()
    component.place_order(**ORDER, client_order_id="o9")
    component.close()
    assert journalled(directory)[: len(before)] == before
    monkeypatch.undo()
    assert started(session).get_order("o9").intent.client_order_id == "o9"


CASES = pytest.mark.parametrize("create", [no_file, no_file_that_can_be_written])


@CASES
def test_a_start_needs_no_room_for_compaction(scripted, started, tmp_path, monkeypatch, caplog, create):
    a_start_needs_no_room_for_compaction(scripted, started, tmp_path, monkeypatch, caplog, create)


@CASES
def test_a_journal_that_is_given_up_for_compaction_is_noticed(scripted, started, tmp_path, monkeypatch, caplog, create):
    def compact(journal, events):
        journal._store.replace(journal._store.draft(events))

    monkeypatch.setattr(Journal, "compact", compact)
    with pytest.raises(OSError, match="No space left"):
        a_start_needs_no_room_for_compaction(scripted, started, tmp_path, monkeypatch, caplog, create)


def test_a_short_journal_is_left_as_it_is(scripted, started, tmp_path):
    session = trade(scripted, started)
    before = journalled(tmp_path)
    started(session)
    assert journalled(tmp_path)[: len(before)] == before


@pytest.mark.parametrize("lacks", [lambda event: event.fill, lambda event: event.intent], ids=["fills", "intents"])
def test_a_shorter_history_that_says_something_else_replaces_nothing(
    scripted, started, tmp_path, monkeypatch, caplog, lacks
):
    session = trade(scripted, started)
    before = journalled(tmp_path)
    monkeypatch.setattr(compaction, "SEGMENTS", 1)
    monkeypatch.setattr(compaction, "shortest", lambda events, rebuild: [e for e in events if lacks(e) is None])
    started(session)
    assert journalled(tmp_path)[: len(before)] == before
    assert "is not compacted: a shorter history would say something else" in caplog.text


def what_one_order_needs_is_not_needless_in_another(scripted, started, directory, monkeypatch, caplog):
    """Both are enlarged twice; only of the second did more fill in between than was asked for at first."""
    session = scripted()
    component = started(session)
    for key, filled in (("o1", 1), ("o2", 11)):
        component.place_order(**ORDER | {"order_type": "limit", "price": 100}, client_order_id=key)
        component.replace_order(key, quantity=12)
        session.trade(key, filled, 100)
        component.replace_order(key, quantity=14)
    component.close()
    before = journalled(directory)
    monkeypatch.setattr(compaction, "SEGMENTS", 1)
    component = started(session)
    assert caplog.text == ""
    assert len(journalled(directory)) < len(before)
    assert [order.quantity for order in component.get_open_orders()] == [14, 14]


def test_what_one_order_needs_is_not_needless_in_another(scripted, started, tmp_path, monkeypatch, caplog):
    what_one_order_needs_is_not_needless_in_another(scripted, started, tmp_path, monkeypatch, caplog)


def test_a_compaction_that_takes_them_for_alike_is_noticed(scripted, started, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(compaction, "_shape", lambda history: tuple(event.kind for event in history))
    with pytest.raises(AssertionError):
        what_one_order_needs_is_not_needless_in_another(scripted, started, tmp_path, monkeypatch, caplog)


def test_pictures_tell_states_apart(scripted, started, tmp_path):
    trade(scripted, started)
    events = journalled(tmp_path)
    whole = compaction.picture(rebuild(events))
    assert whole == compaction.picture(rebuild(events))
    for length in range(1, len(events)):
        assert compaction.picture(rebuild(events[:length])) != whole
