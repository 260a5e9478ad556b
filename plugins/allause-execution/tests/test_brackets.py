from decimal import Decimal

import attrs
import pytest

from allause.exceptions import OrderDeniedError, VenueUnknownError
from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause_execution import contingency, intake, reconciliation
from allause_execution.desk import Desk
from allause_execution.events import EventKind

ENTRY = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": "limit",
    "price": 100,
    "client_order_id": "b",
    "take_profit": 110,
    "stop_loss": 95,
}
PROFIT, LOSS = "b/take_profit", "b/stop_loss"


def status(component, key):
    return component.get_order(client_order_id=key).status


def test_the_exits_are_held_until_the_entry_fills(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    assert [order.intent.client_order_id for order in component.get_open_orders()] == ["b", PROFIT, LOSS]
    assert (status(component, PROFIT), status(component, LOSS)) == (OrderStatus.HELD, OrderStatus.HELD)
    assert [intent.client_order_id for intent in session.submitted] == ["b"]


def test_a_fill_releases_both_exits_for_its_quantity_the_other_way(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    report = component.get_order(client_order_id=PROFIT)
    assert (report.status, report.quantity, report.intent.quantity) == (OrderStatus.ACCEPTED, 4, 10)
    _, profit, loss = session.submitted
    assert (profit.side, profit.quantity, profit.order_type, profit.price) == (Side.SELL, 4, OrderType.LIMIT, 110)
    assert (loss.side, loss.quantity, loss.order_type, loss.stop_price) == (Side.SELL, 4, OrderType.STOP, 95)
    assert profit.reduce_only
    assert profit.time_in_force is TimeInForce.GTC
    assert profit.oco_group == loss.oco_group


def exits_grow_with_the_entry(session, component):
    component.place_order(**ENTRY)
    for quantity in (4, 1, 5):
        session.trade("b", quantity, 100)
        component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    assert len(session.submitted) == 3


def test_the_exits_grow_with_every_further_fill(scripted, started):
    session = scripted()
    exits_grow_with_the_entry(session, started(session))


def test_an_engine_whose_exits_do_not_grow_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(contingency, "_WORKING", frozenset())
    session = scripted()
    with pytest.raises(AssertionError):
        exits_grow_with_the_entry(session, started(session))


@pytest.mark.parametrize(("trades", "ends"), [(PROFIT, LOSS), (LOSS, PROFIT)])
def test_the_exit_that_trades_ends_the_other_and_the_rest_of_the_entry(scripted, started, trades, ends):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.trade(trades, 1, 101)
    assert status(component, ends) is OrderStatus.CANCELED
    assert status(component, "b") is OrderStatus.CANCELED
    assert status(component, trades) is OrderStatus.PARTIALLY_FILLED
    session.trade(trades, 3, 101)
    assert component.get_open_orders() == ()
    assert component.get_positions()[0].quantity == 0


def test_an_entry_that_ends_without_a_fill_ends_its_exits(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    component.cancel_order(client_order_id="b")
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.CANCELED] * 2
    assert len(session.submitted) == 1


def test_a_rejected_entry_ends_its_exits(scripted, started):
    component = started(scripted("reject"))
    component.place_order(**ENTRY)
    assert component.get_open_orders() == ()


def test_a_denied_entry_leaves_nothing_behind(scripted, started):
    component = started(scripted(), max_quantity=9)
    with pytest.raises(OrderDeniedError):
        component.place_order(**ENTRY)
    assert component.get_open_orders() == ()
    with pytest.raises(KeyError):
        component.get_order(client_order_id=PROFIT)


def test_a_held_exit_is_cancelled_here(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    assert component.cancel_order(client_order_id=PROFIT).status is OrderStatus.CANCELED
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.client_order_id for intent in session.submitted] == ["b", LOSS]


def test_a_restart_finds_the_bracket_and_goes_on(scripted, started):
    session = scripted()
    first = started(session)
    first.place_order(**ENTRY)
    session.trade("b", 4, 100)
    first.get_fills()
    first.close()
    session.trade("b", 6, 100, push=0)
    second = started(session)
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    session.trade(PROFIT, 10, 110)
    assert status(second, LOSS) is OrderStatus.CANCELED
    assert len(session.submitted) == 3


def test_an_exit_whose_answer_is_lost_is_unknown_and_not_sent_again(scripted, started):
    session = scripted("ack", "timeout")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    assert status(component, PROFIT) is OrderStatus.UNKNOWN
    assert component.reconcile().complete
    assert [intent.client_order_id for intent in session.submitted] == ["b", PROFIT, LOSS]
    assert status(component, PROFIT) is OrderStatus.ACCEPTED


def test_an_exit_that_the_venue_will_not_enlarge_is_asked_once_a_time(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    session.replacing = ["reject"] * 2
    session.trade("b", 6, 100)
    report = component.get_order(client_order_id=PROFIT)
    assert (report.status, report.quantity) == (OrderStatus.ACCEPTED, 4)
    assert "price out of range" in report.reason
    component.reconcile()
    assert component.get_order(client_order_id=PROFIT).quantity == 10


def test_a_position_that_no_exit_covers_is_told(scripted, started):
    session = scripted("ack", "reject", "reject")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    assert any("no exit works" in problem for problem in component.validate_component().problems)
    assert component.get_performance_stats().details["unprotected_brackets"] == 1


CLOSE = "b/close"


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


def test_the_fill_of_an_unknown_entry_releases_its_exits(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.client_order_id for intent in session.submitted] == ["b", PROFIT, LOSS]


def test_a_bracket_of_a_sale_has_its_exits_the_other_way_round(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY | {"side": "sell", "take_profit": 90, "stop_loss": 105})
    session.trade("b", 10, 100)
    component.get_fills()
    assert [intent.side for intent in session.submitted] == [Side.SELL, Side.BUY, Side.BUY]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"take_profit": 94}, "take_profit"),
        ({"take_profit": 99, "stop_loss": None}, "take_profit"),
        ({"take_profit": None, "stop_loss": 101}, "stop_loss"),
        ({"stop_loss": 100}, "stop_loss"),
        ({"reduce_only": True}, "reduce_only"),
        ({"client_order_id": "a/b"}, "client_order_id"),
        ({"oco_group": "a/b"}, "oco_group"),
    ],
    ids=str,
)
def test_a_bracket_that_makes_no_sense_is_denied(scripted, started, change, reason):
    session = scripted()
    with pytest.raises(OrderDeniedError) as caught:
        started(session).place_order(**ENTRY | change)
    assert (caught.value.reason, session.submitted) == (reason, [])


def group(component, *keys):
    for key in keys:
        component.place_order("AAPL", 5, "limit", price=90, oco_group="g", client_order_id=key)


def first_to_trade_cancels_the_others(session, component):
    group(component, "x", "y", "z")
    session.trade("y", 1, 90)
    assert [status(component, key) for key in "xyz"] == [
        OrderStatus.CANCELED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.CANCELED,
    ]


def test_the_first_of_a_group_to_trade_cancels_the_others(scripted, started):
    session = scripted()
    first_to_trade_cancels_the_others(session, started(session))


def test_an_engine_that_lets_a_group_go_on_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(contingency, "_of_group", lambda state, order: iter(()))
    session = scripted()
    with pytest.raises(AssertionError):
        first_to_trade_cancels_the_others(session, started(session))


def test_a_group_that_traded_takes_no_more_orders(scripted, started):
    session = scripted()
    component = started(session)
    group(component, "x")
    session.trade("x", 5, 90)
    component.get_fills()
    with pytest.raises(OrderDeniedError) as caught:
        group(component, "y")
    assert caught.value.reason == "oco_group"


def test_a_cancel_of_the_group_whose_answer_is_lost_is_pending_until_reconciled(scripted, started):
    session = scripted()
    component = started(session)
    group(component, "x", "y")
    cancel = session.cancel

    def lose_the_question(key):
        session.cancel = cancel
        raise VenueUnknownError("no answer in time")

    session.cancel = lose_the_question
    session.trade("x", 1, 90)
    assert status(component, "y") is OrderStatus.PENDING_CANCEL
    component.reconcile()
    assert status(component, "y") is OrderStatus.CANCELED


def exits_that_never_arrived_leave_again(session, component):
    component.place_order(**ENTRY)
    session.trade("b", 4, 100)
    component.get_fills()
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.UNKNOWN, OrderStatus.ACCEPTED]
    session.trade("b", 6, 100)
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.ACCEPTED] * 2


def test_an_exit_that_never_arrived_is_held_and_leaves_again(scripted, started):
    session = scripted("ack", "lost")
    exits_that_never_arrived_leave_again(session, started(session))


def test_an_exit_that_never_arrived_leaves_again_after_a_restart(scripted, started):
    session = scripted("ack", "lost", "lost")
    first = started(session)
    first.place_order(**ENTRY)
    session.trade("b", 10, 100)
    first.get_fills()
    first.close()
    component = started(session)
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.ACCEPTED] * 2
    assert component.validate_component().valid


def test_an_engine_that_lets_a_lost_exit_go_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(reconciliation, "RETURNED", EventKind.REJECTED)
    session = scripted("ack", "lost")
    with pytest.raises((AssertionError, KeyError)):
        exits_that_never_arrived_leave_again(session, started(session))


def test_an_exit_that_never_arrived_stays_where_it_is_when_the_other_one_traded(scripted, started):
    session = scripted("ack", "lost")
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 10, 100)
    component.get_fills()
    session.trade(LOSS, 10, 95)
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.CANCELED
    assert PROFIT not in session.orders
    assert component.get_open_orders() == ()


def a_fill_told_after_the_cancel_is_protected(session, component):
    component.place_order(**ENTRY)
    fill = session.trade("b", 3, 100, push=0)
    component.cancel_order(client_order_id="b")
    assert status(component, "b") is OrderStatus.CANCELED
    session.news.append(fill)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [3, 3]


def test_a_fill_that_is_told_after_the_cancel_of_its_entry_is_protected(scripted, started):
    session = scripted()
    a_fill_told_after_the_cancel_is_protected(session, started(session))


def test_an_engine_that_ends_the_exits_before_it_knows_the_fills_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(intake, "_ENDS", frozenset())
    session = scripted()
    with pytest.raises((AssertionError, KeyError)):
        a_fill_told_after_the_cancel_is_protected(session, started(session))


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


def promise_survives_a_restart(session, started):
    """The venue's list of executions lags behind what it says of the order."""
    component = started(session)
    component.place_order(**ENTRY)
    fill = session.trade("b", 4, 100, push=0)
    component.cancel_order(client_order_id="b")
    component.close()
    fills, session.fills = session.fills, tuple
    component = started(session)
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.HELD] * 2
    session.fills = fills
    session.news.append(fill)
    component.get_fills()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]


def test_the_promise_of_a_fill_survives_a_restart(scripted, started):
    promise_survives_a_restart(scripted(), started)


def test_an_engine_that_forgets_the_promise_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(intake, "_ENDS", frozenset())
    with pytest.raises((AssertionError, KeyError)):
        promise_survives_a_restart(scripted(), started)


def exits_wait_for_the_comparison(session, component):
    component.place_order(**ENTRY)
    session.trade("b", 4, 100, push=0)
    session.orders["b"] = attrs.evolve(session.orders["b"], status=OrderStatus.EXPIRED)
    session.script = ["lost"]
    component.place_order("AAPL", 1, "market")  # the link is in trouble from here on
    session.news.append(attrs.evolve(session.orders["b"], filled_qty=Decimal(0)))
    assert [status(component, key) for key in ("b", PROFIT)] == [OrderStatus.EXPIRED, OrderStatus.HELD]
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]


def test_the_exits_of_an_entry_that_ended_over_a_lost_link_wait_for_the_comparison(scripted, started):
    session = scripted()
    exits_wait_for_the_comparison(session, started(session))


def test_an_engine_that_ends_held_exits_before_it_compared_is_noticed(scripted, started, monkeypatch):
    carry_out = Desk._carry_out

    def at_once(self, link, step):
        if step.act is contingency.Act.CANCEL:
            self.cancel(link, self._state.orders[step.key], step.text)
        else:
            carry_out(self, link, step)

    monkeypatch.setattr(Desk, "_carry_out", at_once)
    session = scripted()
    with pytest.raises(AssertionError):
        exits_wait_for_the_comparison(session, started(session))


def test_the_exits_wait_while_the_venue_does_not_answer_a_start(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ENTRY)
    session.trade("b", 4, 100, push=0)
    session.push("b", OrderStatus.CANCELED)
    assert status(component, "b") is OrderStatus.CANCELED
    component.close()
    reconnect, session.reconnect, session.connected = session.reconnect, lambda: None, False
    component = started(session)
    assert {o.intent.client_order_id for o in component.get_open_orders()} == {PROFIT, LOSS}
    session.reconnect = reconnect
    component.reconcile()
    component.reconcile()
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [4, 4]
    assert component.validate_component().valid
