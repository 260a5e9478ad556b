import asyncio
import logging
from contextlib import nullcontext
from decimal import Decimal
from random import Random
from threading import Event, Thread

import attrs
import pytest

from allause.exceptions import OrderDeniedError, VenueUnknownError
from allause.models.orders import OrderStatus
from allause_execution.listeners import Listeners
from allause_execution.routing import watch
from allause_execution.routing.watch import Watch

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100, "client_order_id": "o1"}


def close_the_position_outside(session, intent):
    session.submit(intent(client_order_id="by hand", side="sell"))
    session.trade("by hand", 10, 90)


def external_change_is_noticed_by_the_clock(session, component, clock, intent):
    component.place_order(**ORDER)
    session.trade("o1", 10, 100)
    component.get_fills()
    close_the_position_outside(session, intent)
    session.news.clear()
    clock.advance(59.9)
    component.get_positions()
    assert component.get_performance_stats().details["drift"] == 0
    clock.advance(0.1)
    component.get_positions()
    assert component.get_performance_stats().details["drift"] == 2
    assert "position in AAPL is 10 here and 0 at the venue" in component.validate_component().problems


def test_a_position_closed_outside_is_noticed_within_the_interval(scripted, started, clock, intent, caplog):
    session = scripted()
    external_change_is_noticed_by_the_clock(session, started(session, clock=clock), clock, intent)
    assert "position in AAPL is 10 here and 0 at the venue" in caplog.text


def test_a_watch_that_never_compares_is_noticed(scripted, started, clock, intent, monkeypatch):
    monkeypatch.setattr(Watch, "tick", lambda self, **_: None)
    session = scripted()
    with pytest.raises(AssertionError):
        external_change_is_noticed_by_the_clock(session, started(session, clock=clock), clock, intent)


def test_steps_of_the_wall_clock_make_nothing_due(scripted, started, clock):
    component = started(scripted(), clock=clock)
    for step in (3600, -7200, 86400):
        clock.advance(1, wall=step)
        component.get_fills()
    assert component.get_performance_stats().details["reconciliations"] == 1


def test_no_interval_means_only_when_asked(scripted, started, clock):
    component = started(scripted(), clock=clock, reconcile_seconds=None)
    clock.advance(10**6)
    component.get_fills()
    assert component.get_performance_stats().details["reconciliations"] == 1


def test_an_unknown_order_is_asked_about_soon_without_being_told_to(scripted, started, clock):
    session = scripted("timeout")
    component = started(session, clock=clock)
    component.place_order(**ORDER)
    assert component.get_order(client_order_id="o1").status is OrderStatus.UNKNOWN
    clock.advance(5)
    component.get_fills()
    assert component.get_order(client_order_id="o1").status is OrderStatus.ACCEPTED
    assert len(session.submitted) == 1


def test_a_venue_that_stays_away_is_asked_ever_more_rarely(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock, reconcile_seconds=None)
    session.connected = False
    tried = []
    session.reconnect = lambda: tried.append(clock.elapsed)
    for _ in range(600):
        clock.advance(1)
        component.get_fills()
    pauses = [after - before for before, after in zip(tried[1::2], tried[2::2], strict=False)]
    assert 5 < len(tried) < 60
    assert pauses[-1] > pauses[0]


def test_every_symptom_is_a_metric(scripted, started, clock, metrics):
    session = scripted("ack", "reject", "timeout")
    component = started(session, clock=clock, metrics=metrics)
    component.place_order(**ORDER)
    fill = session.trade("o1", 4, 100, push=2)
    component.place_order(**ORDER | {"client_order_id": "o2"})
    session.news.append(fill)
    session.push("o1", OrderStatus.ACCEPTED)
    component.place_order(**ORDER | {"client_order_id": "o3"})
    clock.advance(3)
    component.get_fills()
    expected = {
        "orders": 3,
        "open_orders": 2,
        "orders_in_flight": 1,
        "oldest_in_flight_seconds": 3,
        "unknown_orders": 1,
        "lost_answers": 1,
        "rejected_orders": 1,
        "reject_ratio": pytest.approx(1 / 3),
        "repeated_fills": 2,
        "illegal_events": 1,
        "drift": 0,
        "halted": 0,
        "session_reuse": 1,
    }
    assert {name: metrics.last[f"execution_{name}"] for name in expected} == expected
    details = component.get_performance_stats().details
    assert {name: details[name] for name in expected} == expected
    component.halt(reason="drill")
    assert metrics.last["execution_halted"] == 1


def test_metrics_are_told_once_a_second(scripted, started, clock, metrics):
    component = started(scripted(), clock=clock, metrics=metrics)
    component.get_fills()
    metrics.last.clear()
    clock.advance(0.999)
    component.get_fills()
    assert metrics.last == {}
    clock.advance(0.001)
    component.get_fills()
    assert len(metrics.last) == len(component.get_performance_stats().details)


def test_orders_of_others_are_told(scripted, started, intent, caplog):
    session = scripted()
    component = started(session)
    session.submit(intent(client_order_id="foreign"))
    component.reconcile()
    assert "order foreign works at the venue and was not placed here" in caplog.text
    assert component.get_performance_stats().details["external_orders"] == 1


def test_illegal_events_are_kept_in_bounded_memory(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    fill = session.trade("o1", 1, 100, push=0)
    session.news = [attrs.evolve(fill, trade_id=f"x{n}", last_qty=Decimal(99)) for n in range(2500)]
    component.get_fills()
    assert len(component._engine.state.illegal) == 1000
    assert component.get_performance_stats().details["illegal_events"] == 2500
    assert "1500 further illegal events" in component.validate_component().problems[-1]


def test_a_venue_that_does_not_answer_keeps_the_last_drift(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock)

    def silent():
        raise VenueUnknownError("no answer in time")

    session.fills = silent
    assert not component.reconcile().complete
    assert "no answer in time" in component.validate_component().problems[0]


def test_orders_that_are_denied_have_the_clock_looked_at(scripted, started, clock):
    component = started(scripted(), clock=clock, max_quantity=5)
    clock.advance(60)
    with pytest.raises(OrderDeniedError):
        component.place_order(**ORDER)
    assert component.get_performance_stats().details["reconciliations"] == 2


def test_orders_that_are_denied_to_an_event_loop_have_the_clock_looked_at(scripted, started, clock):
    component = started(scripted(), clock=clock, max_quantity=5)
    clock.advance(60)
    with pytest.raises(OrderDeniedError):
        asyncio.run(component.aplace_order(**ORDER))
    assert component.get_performance_stats().details["reconciliations"] == 2


def a_reminder_is_kept(clock, monkeypatch, until, lock=None):
    """Another thread reminds when what is due next was reckoned and is not noted yet."""
    watching = Watch(clock=clock, every=None, random=Random(0), listeners=Listeners(logging.getLogger("test")))
    watching._setting = lock or watching._setting
    watching.remind(0)
    came, reminding = Event(), Thread(target=lambda: (came.set(), watching.remind()))

    def reckoned(*times):
        if not came.is_set():
            reminding.start()
            until(lambda: not reminding.is_alive() or (came.is_set() and watching._setting.locked()))
        return min(*times)

    monkeypatch.setattr(watch, "min", reckoned, raising=False)
    watching.tick(in_trouble=False, reconcile=None, retry=lambda: None, figures=None)
    reminding.join()
    assert watching.next == clock.monotonic_ns() + 5_000_000_000


class NoLock(nullcontext):
    def locked(self):
        return False


def test_a_reminder_that_comes_while_the_next_is_reckoned_is_kept(clock, monkeypatch, until):
    a_reminder_is_kept(clock, monkeypatch, until)


def test_a_watch_that_loses_it_is_noticed(clock, monkeypatch, until):
    with pytest.raises(AssertionError):
        a_reminder_is_kept(clock, monkeypatch, until, NoLock())


def test_what_an_interrupt_kept_from_being_tried_again_is_tried_once_more(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock, reconcile_seconds=None)
    component.place_order(**ORDER | {"order_type": "limit", "price": 100})
    session.cancelling = ["reject"]
    component.halt(reason="drill")

    def interrupted(key):
        raise KeyboardInterrupt

    quiet, session.crossing = session.crossing, interrupted
    clock.advance(5)
    with pytest.raises(KeyboardInterrupt):
        component.get_fills()
    session.crossing = quiet
    clock.advance(5)
    component.get_fills()
    assert session.working() == []


def test_a_halt_that_is_interrupted_goes_on(scripted, started, clock):
    session = scripted()
    component = started(session, clock=clock, reconcile_seconds=None)
    component.place_order(**ORDER | {"order_type": "limit", "price": 100})

    def interrupted(key):
        raise KeyboardInterrupt

    quiet, session.crossing = session.crossing, interrupted
    with pytest.raises(KeyboardInterrupt):
        component.halt(reason="drill")
    session.crossing = quiet
    clock.advance(5)
    component.get_fills()
    assert session.working() == []
