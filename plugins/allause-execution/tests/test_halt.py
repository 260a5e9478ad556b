from threading import Event, Thread

import pytest

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution.engine import Engine
from allause_execution.routing.desk import Desk

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": "o1"}


def test_no_order_leaves_while_halted(scripted, started):
    session = scripted()
    component = started(session)
    component.halt(reason="drill")
    with pytest.raises(OrderDeniedError, match="drill") as caught:
        component.place_order(**ORDER)
    assert (caught.value.reason, session.submitted) == ("halted", [])


def halt_cancels_what_is_open(session, component):
    component.place_order(**ORDER)
    component.place_order(**ORDER | {"client_order_id": "o2"})
    component.halt(reason="drill")
    assert session.open_orders() == ()
    assert component.get_open_orders() == ()


def test_a_halt_cancels_what_is_open(scripted, started):
    session = scripted()
    halt_cancels_what_is_open(session, started(session))


def test_a_halt_that_cancels_nothing_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(Desk, "cancel_all", lambda self, link: None)
    session = scripted()
    with pytest.raises(AssertionError):
        halt_cancels_what_is_open(session, started(session))


def test_a_halt_over_a_lost_link_cancels_over_a_new_one(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.connected = False
    component.halt(reason="drill")
    assert session.open_orders() == ()
    assert session.reconnects == 1


def test_a_halt_ends_the_exits_of_brackets_too(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER | {"take_profit": 110})
    session.trade("o1", 4, 100)
    component.halt(reason="drill")
    assert component.get_open_orders() == ()
    assert session.open_orders() == ()


def test_cancels_are_allowed_while_halted(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    cancel, session.cancel = session.cancel, session.query  # the venue takes its time
    component.halt(reason="drill")
    session.cancel = cancel
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_resume_allows_orders_again(scripted, started):
    component = started(scripted())
    component.halt(reason="drill")
    component.resume()
    component.resume()
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def halt_survives_a_restart(scripted, started, make):
    session = scripted()
    first = make(session)
    first.halt(reason="drill")
    first.close()
    second = make(session)
    with pytest.raises(OrderDeniedError, match="drill"):
        second.place_order(**ORDER)


def test_a_halt_survives_a_restart(scripted, started):
    halt_survives_a_restart(scripted, started, started)


def test_a_halt_that_is_not_journalled_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(Engine, "halt", lambda self, reason: setattr(self.state, "halted", reason))
    with pytest.raises(pytest.fail.Exception):
        halt_survives_a_restart(scripted, started, started)


def test_an_order_caught_by_the_halt_on_its_way_does_not_leave(scripted, started, until):
    session = scripted()
    component = started(session)
    entered, released = Event(), Event()

    def hold(intent):
        entered.set()
        assert released.wait(10)

    session.on_submit = hold
    outcome = []

    def place(key):
        try:
            outcome.append(component.place_order(**ORDER | {"client_order_id": key}).status)
        except OrderDeniedError as error:
            outcome.append(error.reason)

    leaving = Thread(target=place, args=("leaving",))
    leaving.start()
    assert entered.wait(10)
    behind = Thread(target=place, args=("behind",))
    behind.start()
    until(lambda: "behind" in component._engine.state.orders)
    halting = Thread(target=component.halt, args=("drill",))
    halting.start()
    until(lambda: component._engine.state.halted is not None)
    released.set()
    for thread in (leaving, behind, halting):
        thread.join()
    assert sorted(outcome) == ["accepted", "halted"]
    assert [intent.client_order_id for intent in session.submitted] == ["leaving"]
    assert "behind" not in component._engine.state.orders
