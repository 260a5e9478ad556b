"""What was not there when the venue was asked can arrive afterwards: that it never would was a guess."""

from decimal import Decimal

import attrs
import pytest

from allause.exceptions import OrderDeniedError, VenueError, VenueUnknownError
from allause.models.orders import OrderStatus
from allause_execution import opening, reconciliation
from allause_execution.orders.events import NEVER_REACHED, EventKind
from allause_execution.routing import desk
from allause_execution.routing.intake import Intake
from allause_execution.sessions.link import Answer, Link

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100, "client_order_id": "o1"}
PROFIT, LOSS = "o1/take_profit", "o1/stop_loss"


@pytest.fixture
def session(scripted):
    return scripted("lost")


@pytest.fixture
def component(session, started):
    """Return a component that was told that its order is not at the venue."""
    made = started(session)
    made.place_order(**ORDER)
    assert made.reconcile().complete
    assert status(made) is OrderStatus.REJECTED
    return made


def status(component, key="o1"):
    return component.get_order(client_order_id=key).status


def agrees(component, session):
    assert component.reconcile().complete
    assert {p.symbol: p.quantity for p in component.get_positions() if p.quantity} == session.positions()
    here = {order.intent.client_order_id for order in component.get_open_orders()}
    assert here == {order.client_order_id for order in session.working()}
    assert component.validate_component().problems == ()


def comparison_finds_it(session, component):
    session.arrive()
    assert component.reconcile().orders_resolved == ("o1",)
    assert status(component) is OrderStatus.ACCEPTED
    agrees(component, session)


def test_the_next_comparison_finds_it(session, component):
    comparison_finds_it(session, component)


def test_an_engine_that_sticks_to_its_guess_is_noticed(session, component, monkeypatch):
    monkeypatch.setattr(Intake, "_reopen", lambda self, order, told: None)
    with pytest.raises(AssertionError):
        comparison_finds_it(session, component)


@pytest.mark.parametrize(("quantity", "then"), [(4, OrderStatus.PARTIALLY_FILLED), (10, OrderStatus.FILLED)])
def test_its_fill_counts(session, component, quantity, then):
    session.arrive()
    session.trade("o1", quantity, 100)
    assert status(component) is then
    agrees(component, session)


def test_a_fill_that_only_the_comparison_tells_counts(session, component, started):
    session.arrive()
    session.trade("o1", 10, 100, push=0)
    component.reconcile()
    assert status(component) is OrderStatus.FILLED
    agrees(component, session)
    component.close()
    again = started(session)
    assert status(again) is OrderStatus.FILLED
    agrees(again, session)


def test_its_acknowledgement_counts(session, component):
    session.arrive()
    session.push("o1", OrderStatus.ACCEPTED)
    assert status(component) is OrderStatus.ACCEPTED
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    agrees(component, session)


def test_a_cancel_is_asked_for_although_it_is_thought_not_to_be_there(session, component):
    session.arrive()
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    agrees(component, session)


def test_a_halt_ends_it(session, component):
    session.arrive()
    component.halt(reason="drill")
    assert session.working() == []
    agrees(component, session)


def what_arrives_during_a_halt_is_ended(session, started, clock):
    component = started(session, clock=clock, reconcile_seconds=None)
    component.place_order(**ORDER)
    component.reconcile()
    component.halt(reason="drill")
    clock.advance(5)
    component.get_fills()  # a halt looks once more, should it have been interrupted
    session.arrive()
    session.push("o1", OrderStatus.ACCEPTED)
    assert status(component) is OrderStatus.ACCEPTED
    clock.advance(5)
    component.get_fills()
    assert session.working() == []
    agrees(component, session)


def test_what_arrives_during_a_halt_is_ended_soon_after(session, started, clock):
    what_arrives_during_a_halt_is_ended(session, started, clock)


def test_a_halt_that_looks_only_once_is_noticed(session, started, clock, monkeypatch):
    monkeypatch.setattr(desk, "working_while_halted", lambda state: [])
    with pytest.raises(AssertionError):
        what_arrives_during_a_halt_is_ended(session, started, clock)


def test_a_halt_ends_what_works_under_our_ids_and_nothing_else(session, component, intent):
    component.place_order(**ORDER | {"client_order_id": "o2"})
    component.cancel_order(client_order_id="o2")
    session.orders["o2"] = attrs.evolve(session.orders["o2"], status=OrderStatus.ACCEPTED)
    session.submit(intent(client_order_id="by hand"))
    component.halt(reason="drill")
    assert [order.client_order_id for order in session.working()] == ["by hand"]


def test_what_the_venue_refused_by_word_is_not_reopened(scripted, started):
    session = scripted("reject")
    component = started(session)
    component.place_order(**ORDER)
    session.take(session.submitted[0])
    session.trade("o1", 4, 100)
    assert status(component) is OrderStatus.REJECTED
    assert not component.reconcile().complete
    assert not component.validate_component().valid


def a_refusal_that_comes_late_ends_the_bracket(session, component):
    component.place_order(**ORDER, take_profit=110, stop_loss=95)
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.HELD
    session.arrive()
    session.push("o1", OrderStatus.REJECTED)
    assert status(component) is OrderStatus.REJECTED
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.CANCELED] * 2
    agrees(component, session)


def test_an_entry_that_arrives_after_its_held_exits_were_cancelled_is_told(session, started):
    component = started(session)
    component.place_order(**ORDER, take_profit=110, stop_loss=95)
    component.reconcile()
    for key in (PROFIT, LOSS):
        assert component.cancel_order(client_order_id=key).status is OrderStatus.CANCELED
    assert component.get_open_orders() == ()
    session.arrive()
    session.trade("o1", 10, 100)
    assert status(component) is OrderStatus.FILLED
    assert component.validate_component().problems == (
        "bracket o1: 10 is filled and no exit works; close or protect the position",
    )


def the_end_of_an_entry_is_asked_for(session, component):
    component.place_order(**ORDER, take_profit=110, stop_loss=95)
    assert component.reconcile().complete
    assert component.reconcile().orders_resolved == ()
    session.arrive()
    session.cancelling = ["timeout"]
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.REJECTED
    component.reconcile()
    assert [status(component, key) for key in ("o1", PROFIT, LOSS)] == [OrderStatus.CANCELED] * 3
    agrees(component, session)


def test_the_end_of_an_entry_that_arrived_is_asked_for_when_nobody_told_it(session, started):
    the_end_of_an_entry_is_asked_for(session, started(session))


def test_a_comparison_that_asks_for_open_orders_alone_is_noticed(session, started, monkeypatch):
    monkeypatch.setattr(reconciliation, "_in_question", reconciliation._sent)
    with pytest.raises(AssertionError):
        the_end_of_an_entry_is_asked_for(session, started(session))


def test_a_refusal_that_comes_late_ends_what_waited_for_the_order(session, started):
    a_refusal_that_comes_late_ends_the_bracket(session, started(session))


def test_an_engine_that_waits_for_what_was_refused_is_noticed(session, started, monkeypatch):
    monkeypatch.setattr(Intake, "_reopen", lambda self, order, told: None)
    with pytest.raises(AssertionError):
        a_refusal_that_comes_late_ends_the_bracket(session, started(session))


def is_found_by_a_journal_of_before(session, started):
    tell = Intake.tell
    with pytest.MonkeyPatch.context() as before:  # before there was the event, it was a refusal
        said = {EventKind.LOST: EventKind.REJECTED}
        before.setattr(Intake, "tell", lambda self, kind, *key, **more: tell(self, said.get(kind, kind), *key, **more))
        component = started(session)
        component.place_order(**ORDER)
        component.reconcile()
        component.close()
    again = started(session)
    assert status(again) is OrderStatus.REJECTED
    session.arrive()
    session.trade("o1", 4, 100)
    assert status(again) is OrderStatus.PARTIALLY_FILLED
    agrees(again, session)


def test_what_an_older_journal_calls_refused_and_never_arrived_may_arrive(session, started):
    is_found_by_a_journal_of_before(session, started)


def test_an_engine_that_takes_an_older_journal_at_its_word_is_noticed(session, started, monkeypatch):
    monkeypatch.setattr(opening, "_lost", lambda event, state: event)
    with pytest.raises(AssertionError):
        is_found_by_a_journal_of_before(session, started)


def test_a_refusal_of_an_order_in_doubt_is_one_after_a_restart_too(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ORDER)
    session.orders["o1"] = attrs.evolve(session.orders["o1"], status=OrderStatus.REJECTED, venue_order_id="")
    component.reconcile()
    component.close()
    again = started(session)
    session.push("o1", OrderStatus.ACCEPTED)
    assert status(again) is OrderStatus.REJECTED
    assert not again.reconcile().complete


def test_a_venue_that_refuses_in_our_words_is_not_taken_for_one_that_never_had_the_order(scripted, started):
    def refuses(intent):
        raise VenueError(NEVER_REACHED)

    session = scripted(on_submit=refuses)
    component = started(session)
    assert component.place_order(**ORDER).reason == NEVER_REACHED
    session.take(session.submitted[0])
    assert not component.reconcile().complete
    assert status(component) is OrderStatus.REJECTED


def test_an_order_of_another_side_is_not_taken_for_it(session, component, intent):
    session.submit(intent(client_order_id="o1", side="sell"))
    component.reconcile()
    assert status(component) is OrderStatus.REJECTED


def used_id_is_that_order(scripted, started, intent):
    session = scripted()
    component = started(session)
    session.submit(intent(order_type="limit", price=Decimal(100)))
    report = component.place_order(**ORDER)
    assert (report.status, "duplicate" in report.reason) == (OrderStatus.UNKNOWN, True)
    component.reconcile()
    session.trade("o1", 4, 100)
    assert status(component) is OrderStatus.PARTIALLY_FILLED
    agrees(component, session)


def test_an_order_under_an_id_that_works_at_the_venue_already_is_that_order(scripted, started, intent):
    used_id_is_that_order(scripted, started, intent)


def test_an_engine_that_takes_every_refusal_at_its_word_is_noticed(scripted, started, intent, monkeypatch):
    monkeypatch.setattr(Link, "_refused", lambda self, order, text: Answer(None, EventKind.REJECTED, text))
    with pytest.raises(AssertionError):
        used_id_is_that_order(scripted, started, intent)


def test_a_refusal_stands_when_the_order_of_that_id_is_another_one(scripted, started, intent):
    session = scripted()
    component = started(session)
    session.submit(intent(symbol="MSFT"))
    assert component.place_order(**ORDER).status is OrderStatus.REJECTED


def lost(session, key):
    raise VenueUnknownError("no answer")


def cut(session, key):
    raise ConnectionResetError("connection reset by peer")


def garbled(session, key):
    return "<html>"


def of_another(session, key):
    return attrs.evolve(session.take(session.submitted[0]), client_order_id="another")


@pytest.mark.parametrize("answer", [lost, cut, garbled, of_another])
def test_a_refusal_of_which_the_venue_does_not_say_more_is_unknown(scripted, started, answer):
    session = scripted("reject")
    component = started(session)
    query = session.query

    def once(key):
        session.query = query
        found = answer(session, key)
        session.orders.clear()
        return found

    session.query = once
    assert component.place_order(**ORDER).status is OrderStatus.UNKNOWN
    component.reconcile()
    assert status(component) is OrderStatus.REJECTED


def test_a_venue_that_refuses_everything_has_refused_the_order(scripted, started):
    session = scripted("reject")
    component = started(session)

    def refuse(key):
        raise VenueError("too many messages")

    session.query = refuse
    assert component.place_order(**ORDER).status is OrderStatus.REJECTED


def test_an_exit_that_arrives_late_is_found_when_it_is_sent_anew(scripted, started):
    session = scripted("ack", "lost")
    component = started(session)
    component.place_order(**ORDER, take_profit=110, stop_loss=90)
    session.trade("o1", 10, 100)
    component.get_fills()
    assert status(component, PROFIT) is OrderStatus.UNKNOWN
    open_orders = session.open_orders

    def and_there_it_is():
        found, session.open_orders = open_orders(), open_orders
        session.arrive()
        return found

    session.open_orders = and_there_it_is
    component.reconcile()
    component.reconcile()
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.ACCEPTED] * 2
    agrees(component, session)


def lost_entry(session, started):
    component = started(session)
    component.place_order(**ORDER, take_profit=110, stop_loss=90)
    assert component.reconcile().complete
    assert [status(component, key) for key in ("o1", PROFIT, LOSS)] == ["rejected", "held", "held"]
    return component


@pytest.mark.parametrize("restart", [False, True])
def test_an_entry_that_arrives_and_fills_after_all_is_protected(session, started, restart):
    component = lost_entry(session, started)
    if restart:
        component.close()
        component = started(session)
    session.arrive()
    session.trade("o1", 10, 100)
    assert status(component) is OrderStatus.FILLED
    assert [session.orders[key].quantity for key in (PROFIT, LOSS)] == [10, 10]
    agrees(component, session)


def test_the_exits_of_an_entry_that_arrives_and_ends_without_a_fill_end(session, started):
    component = lost_entry(session, started)
    session.arrive()
    assert component.cancel_order("o1").status is OrderStatus.CANCELED
    agrees(component, session)


def test_the_exits_of_an_entry_that_never_arrives_are_their_owner_s_to_end(session, started):
    component = lost_entry(session, started)
    for key in (PROFIT, LOSS):
        assert component.cancel_order(key).status is OrderStatus.CANCELED
    agrees(component, session)


@pytest.fixture
def bracket(scripted, started):
    """Return a session and a component whose take-profit was lost on its way."""
    session = scripted("ack", "lost")
    component = started(session)
    component.place_order(**ORDER, take_profit=110, stop_loss=90)
    session.trade("o1", 10, 100)
    component.get_fills()
    assert [status(component, key) for key in (PROFIT, LOSS)] == [OrderStatus.UNKNOWN, OrderStatus.ACCEPTED]
    return session, component


def test_an_exit_that_was_refused_when_it_was_sent_anew_may_have_arrived(bracket):
    session, component = bracket
    session.script = ["reject"]
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.REJECTED
    session.arrive()
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.ACCEPTED
    agrees(component, session)


def test_an_exit_that_arrives_when_its_bracket_is_over_is_ended(bracket):
    session, component = bracket
    session.trade(LOSS, 10, 90)
    component.reconcile()
    assert status(component, PROFIT) is OrderStatus.CANCELED
    session.arrive()
    component.reconcile()
    assert session.working() == []
    agrees(component, session)


def test_the_exits_of_an_entry_that_never_arrived_are_no_open_orders_until_it_does(session, started):
    component = started(session, max_open_orders=3)
    component.place_order(**ORDER, take_profit=110, stop_loss=90)
    component.reconcile()
    assert (status(component), status(component, PROFIT)) == (OrderStatus.REJECTED, OrderStatus.HELD)
    others = [component.place_order(**ORDER | {"client_order_id": f"other-{number}"}) for number in range(3)]
    assert {order.status for order in others} == {OrderStatus.ACCEPTED}
    for key in ("other-0", "other-1"):
        component.cancel_order(client_order_id=key)
    session.arrive()
    session.trade("o1", 10, 100)
    assert status(component, PROFIT) is OrderStatus.ACCEPTED
    with pytest.raises(OrderDeniedError, match="max_open_orders"):  # both exits and another order
        component.place_order(**ORDER | {"client_order_id": "too-much"})


def test_an_order_that_was_lost_and_then_refused_was_refused_once(session, component):
    def refused():
        return component.get_optimization_metrics().metrics["rejected_orders"]

    assert refused() == 1
    session.arrive()
    session.push("o1", OrderStatus.REJECTED)
    component.get_fills()
    assert refused() == 1


def test_an_order_that_was_lost_and_arrived_was_not_refused(session, component):
    comparison_finds_it(session, component)
    assert component.get_optimization_metrics().metrics["rejected_orders"] == 0
