"""What is left open of a bracket whose exits are over is closed, or told."""

import pytest

from allause.exceptions import VenueUnknownError
from allause.models.orders import OrderStatus, OrderType, Side
from allause_execution.orders import contingency

ENTRY = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": "limit",
    "price": 100,
    "client_order_id": "b",
    "take_profit": 110,
    "stop_loss": 95,
}
PROFIT, LOSS, CLOSE = "b/take_profit", "b/stop_loss", "b/close"


def status(component, key):
    return component.get_order(client_order_id=key).status


def fill_too_late(session, component, *quantities):
    """Let the entry fill, the first exit trade, and more of the entry fill while its cancel is on its way."""
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    assert component.get_performance_stats().details["unprotected_brackets"] == 0
    cancel = session.cancel

    def fill_first(key):
        if key == "b":
            for quantity in quantities:
                session.trade("b", quantity, 100)
        return cancel(key)

    session.cancel = fill_first
    session.trade(PROFIT, 4, 110)
    report = component.get_order(client_order_id="b")
    assert (report.status, report.filled_qty) == (OrderStatus.CANCELED, 4 + sum(quantities))


def what_fills_too_late_is_closed(session, component):
    fill_too_late(session, component, 2)
    closing = session.submitted[-1]
    assert (closing.client_order_id, closing.side, closing.quantity) == (CLOSE, Side.SELL, 2)
    assert (closing.order_type, closing.reduce_only) == (OrderType.MARKET, True)
    assert component.get_performance_stats().details["unprotected_brackets"] == 0
    session.trade(CLOSE, 2, 109)
    assert component.get_positions()[0].quantity == 0
    assert component.reconcile().complete
    assert component.validate_component().valid
    assert len(session.submitted) == 4


def test_what_an_entry_fills_after_its_exits_ended_is_closed_at_the_market(scripted, started):
    session = scripted()
    what_fills_too_late_is_closed(session, started(session))


def test_an_engine_that_leaves_it_open_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(contingency, "_asked", lambda state, entry: entry.filled)
    session = scripted()
    with pytest.raises(AssertionError):
        what_fills_too_late_is_closed(session, started(session))


def interrupted_before_it_is_journalled(component, key, monkeypatch):
    """Have an interrupt come while the disk is awaited for an order that the engine sends by itself."""
    engine = component._engine

    def flush(ticket, flush=engine.journal.flush):
        if key in engine.state.orders and engine.state.orders[key].status is OrderStatus.INITIALIZED:
            monkeypatch.undo()
            raise KeyboardInterrupt
        flush(ticket)

    monkeypatch.setattr(engine.journal, "flush", flush)


def test_a_closing_order_whose_commit_is_interrupted_leaves_after_the_next_comparison(scripted, started, monkeypatch):
    session = scripted()
    component = started(session)
    interrupted_before_it_is_journalled(component, CLOSE, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fill_too_late(session, component, 2)
    assert len(session.submitted) == 3
    assert CLOSE not in component._engine.state.orders
    component.reconcile()
    assert [intent.client_order_id for intent in session.submitted[3:]] == [CLOSE]
    component.close()
    assert status(started(session), CLOSE) is OrderStatus.ACCEPTED


def test_an_exit_whose_commit_is_interrupted_ends_and_the_other_one_leaves(scripted, started, monkeypatch):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    interrupted_before_it_is_journalled(component, PROFIT, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        component.get_fills()
    report = component.get_order(client_order_id=PROFIT)
    assert report.status is OrderStatus.CANCELED
    assert "interrupted" in report.reason
    component.reconcile()
    assert [intent.client_order_id for intent in session.submitted] == ["b", LOSS]


def test_what_fills_later_still_is_closed_by_an_order_of_its_own(scripted, started):
    session = scripted()
    component = started(session)
    fill_too_late(session, component, 2)
    session.trade(CLOSE, 2, 109)
    session.trade("b", 1, 100)  # told after the end of the entry
    component.get_fills()
    assert [intent.client_order_id for intent in session.submitted[3:]] == [CLOSE, f"{CLOSE}-2"]
    assert session.submitted[-1].quantity == 1


def test_a_closing_order_that_the_venue_refuses_is_told_and_not_sent_again(scripted, started):
    session = scripted("ack", "ack", "ack", "reject")
    component = started(session)
    fill_too_late(session, component, 2)
    component.reconcile()
    assert len(session.submitted) == 4
    assert any("no exit works" in problem for problem in component.validate_component().problems)
    assert component.get_performance_stats().details["unprotected_brackets"] == 1


def test_a_closing_order_whose_answer_is_lost_is_unknown_and_not_sent_again_by_a_restart(scripted, started):
    session = scripted("ack", "ack", "ack", "timeout")
    component = started(session)
    fill_too_late(session, component, 2)
    assert status(component, CLOSE) is OrderStatus.UNKNOWN
    component.close()
    again = started(session)
    assert status(again, CLOSE) is OrderStatus.ACCEPTED
    assert len(session.submitted) == 4


def test_nothing_is_closed_while_halted_and_the_first_comparison_after_resume_does_it(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.trade(PROFIT, 4, 110, push=0)
    session.trade("b", 2, 100, push=0)
    component.halt(reason="drill")
    component.reconcile()
    assert len(session.submitted) == 3
    assert component.get_performance_stats().details["unprotected_brackets"] == 1
    component.resume()
    component.reconcile()
    assert session.submitted[-1].client_order_id == CLOSE


def the_venue_ends_both_exits(session, component, *, sold, triggered):
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    if triggered:
        session.push(LOSS, OrderStatus.TRIGGERED)
    if sold:
        session.trade(LOSS, sold, 94)
    component.get_fills()
    for key in (LOSS, PROFIT):
        if not session.orders[key].status.is_terminal:
            session.push(key, OrderStatus.CANCELED)
    component.get_fills()


@pytest.mark.parametrize(("sold", "triggered", "left"), [(4, False, 6), (4, True, 6), (0, True, 10)])
def test_what_a_stop_that_the_venue_ended_has_not_sold_is_closed(scripted, started, sold, triggered, left):
    session = scripted()
    component = started(session)
    the_venue_ends_both_exits(session, component, sold=sold, triggered=triggered)
    assert (session.submitted[-1].client_order_id, session.submitted[-1].quantity) == (CLOSE, left)
    session.trade(CLOSE, left, 93)
    assert component.get_positions()[0].quantity == 0
    assert component.validate_component().valid


def what_a_stop_left_while_nothing_could_leave_is_closed_later(session, component):
    """The venue ends the stop that was met; a halt ends the other exit, and comes before the rest is closed."""
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    for ending in (OrderStatus.TRIGGERED, OrderStatus.CANCELED):
        session.push(LOSS, ending)
    component.get_fills()
    component.halt(reason="drill")
    assert len(session.submitted) == 3
    component.resume()
    component.reconcile()
    assert (session.submitted[-1].client_order_id, session.submitted[-1].quantity) == (CLOSE, 10)
    session.trade(CLOSE, 10, 93)
    assert component.get_positions()[0].quantity == 0
    assert component.validate_component().valid


def test_what_a_stop_left_while_nothing_could_leave_is_closed_later(scripted, started):
    session = scripted()
    component = started(session)
    what_a_stop_left_while_nothing_could_leave_is_closed_later(session, component)


def test_exits_that_the_venue_ended_before_they_had_to_leave_are_told_and_nothing_is_closed(scripted, started):
    session = scripted()
    component = started(session)
    the_venue_ends_both_exits(session, component, sold=0, triggered=False)
    assert len(session.submitted) == 3
    assert any("no exit works" in problem for problem in component.validate_component().problems)


def test_exits_that_their_owner_cancelled_are_not_made_up_for(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    for key in (PROFIT, LOSS):
        component.cancel_order(client_order_id=key)
    session.trade("b", 2, 100)
    component.get_fills()
    assert len(session.submitted) == 3
    assert any("no exit works" in problem for problem in component.validate_component().problems)


def ended_by_a_halt(session, component, *, sold):
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    if sold:
        session.trade(LOSS, sold, 94)
    component.halt(reason="drill")
    assert status(component, LOSS) is OrderStatus.CANCELED


@pytest.mark.parametrize("sold", [0, 4])
def test_a_bracket_whose_exits_a_halt_ended_is_told(scripted, started, sold):
    session = scripted()
    component = started(session)
    ended_by_a_halt(session, component, sold=sold)
    assert len(session.submitted) == 3
    assert any("no exit works" in problem for problem in component.validate_component().problems)
    component.close()
    again = started(session)
    assert again.get_performance_stats().details["unprotected_brackets"] == 1


def test_a_bracket_whose_exits_a_halt_ended_is_told_when_an_answer_to_that_was_lost(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY | {"take_profit": None})
    session.trade("b", 10, 100)
    component.get_fills()
    cancel = session.cancel

    def lose_the_answer(key):
        session.cancel = cancel
        cancel(key)
        raise VenueUnknownError("no answer in time")

    session.cancel = lose_the_answer
    component.halt(reason="drill")
    assert status(component, LOSS) is OrderStatus.CANCELED
    assert component.get_performance_stats().details["unprotected_brackets"] == 1


def test_a_bracket_that_was_leaving_when_a_halt_ended_its_exits_leaves_after_the_resume(scripted, started):
    session = scripted()
    component = started(session)
    ended_by_a_halt(session, component, sold=4)
    component.resume()
    component.reconcile()
    assert (session.submitted[-1].client_order_id, session.submitted[-1].quantity) == (CLOSE, 6)


def test_a_closing_order_that_never_arrived_is_made_up_for_by_another(scripted, started):
    session = scripted("ack", "ack", "ack", "lost")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.cancel = lambda key: session.orders[key]  # on its way, the entry fills
    session.trade(LOSS, 4, 95)
    session.trade("b", 6, 100)
    component.get_fills()
    del session.cancel
    component.reconcile()
    component.reconcile()
    assert [i.client_order_id for i in session.submitted[3:]] == [CLOSE, f"{CLOSE}-2"]
    assert [session.orders.get(key) is None for key in (CLOSE, f"{CLOSE}-2")] == [True, False]
