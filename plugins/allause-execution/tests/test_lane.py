"""One thread sends for all who wait; what happens to it is not the others' business."""

from threading import Event, Thread

import pytest

from allause.models.orders import OrderStatus
from allause_execution.routing.lane import Lane

ORDER = {"symbol": "AAPL", "quantity": 1, "order_type": "limit", "price": 100}


def placed_behind_one_another(session, component, keys, sent, until):
    """Place orders while the first is held at the venue, so that one thread sends the others; say what came of each.

    ``sent`` is called with the id of each order that arrives at the venue.
    """
    entered, released, outcome = Event(), Event(), {}

    def on_submit(intent):
        if intent.client_order_id == keys[0]:
            entered.set()
            assert released.wait(60)
        sent(intent.client_order_id)

    def place(key):
        try:
            outcome[key] = component.place_order(**ORDER, client_order_id=key).status
        except KeyboardInterrupt:
            outcome[key] = "interrupted"

    session.on_submit = on_submit
    threads = [Thread(target=place, args=(key,), daemon=True) for key in keys]
    threads[0].start()
    assert entered.wait(60)
    lane = lane_of(component)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        until(lambda number=number: lane._turns.waiting == number)
    released.set()
    for thread in threads:
        thread.join(60)
    return outcome


def lane_of(component):
    return next(iter(component._engine._placing._lanes.values()))


def interrupting_at(key):
    def sent(arrived):
        if arrived == key:
            raise KeyboardInterrupt

    return sent


def an_interrupt_is_only_of_the_thread_that_sends(session, component, until):
    outcome = placed_behind_one_another(session, component, ["o1", "o2", "o3", "o4"], interrupting_at("o3"), until)
    assert outcome == {
        "o1": OrderStatus.ACCEPTED,
        "o2": "interrupted",  # it sent for the others
        "o3": OrderStatus.UNKNOWN,  # the venue may have it
        "o4": OrderStatus.ACCEPTED,
    }
    assert component.get_order(client_order_id="o2").status is OrderStatus.ACCEPTED
    assert [intent.client_order_id for intent in session.submitted] == ["o1", "o2", "o3", "o4"]
    assert component._engine._leaving == {}


def test_an_interrupt_is_only_of_the_thread_that_sends(scripted, started, until):
    session = scripted()
    an_interrupt_is_only_of_the_thread_that_sends(session, started(session, orders_per_commit=8), until)


def test_a_lane_that_forgets_whom_it_has_not_sent_is_noticed(scripted, started, monkeypatch, until):
    session = scripted()
    component = started(session, orders_per_commit=8)

    def forget(self, leading):
        try:
            send(self, leading)
        except KeyboardInterrupt:
            for departure in self._queue:
                departure.report, departure.done = departure.order.report(), True
            self._queue.clear()
            raise

    send = Lane._send_some
    for lane in component._engine._placing._lanes.values():
        monkeypatch.setattr(lane._turns, "_work", lambda leading, lane=lane: forget(lane, leading))
    with pytest.raises(AssertionError):
        an_interrupt_is_only_of_the_thread_that_sends(session, component, until)


def test_an_interrupt_of_a_commit_of_answers_is_only_of_the_thread_that_sends(scripted, started, until):
    session = scripted()
    component = started(session, orders_per_commit=8)
    commits, due = component._engine._commits, []

    def of(ticket, of=commits.of):
        if due:
            due.clear()
            raise KeyboardInterrupt
        of(ticket)

    commits.of = of
    outcome = placed_behind_one_another(
        session, component, ["o1", "o2", "o3"], lambda key: due.append(key) if key == "o2" else None, until
    )
    assert outcome == {"o1": OrderStatus.ACCEPTED, "o2": "interrupted", "o3": OrderStatus.ACCEPTED}
    assert component._engine._leaving == {}
    assert component.place_order(**ORDER, client_order_id="o2").status is OrderStatus.ACCEPTED


def test_what_was_not_awaited_to_the_end_is_withdrawn_and_its_id_is_free(scripted, started):
    session = scripted()
    component = started(session)
    entered, released = Event(), Event()

    def hold(intent):
        entered.set()
        assert released.wait(60)

    session.on_submit = hold
    first = Thread(target=component.place_order, kwargs={**ORDER, "client_order_id": "o1"})
    first.start()
    assert entered.wait(60)
    lane = lane_of(component)

    def interrupted(departure):
        raise KeyboardInterrupt

    lane.wait = interrupted
    with pytest.raises(KeyboardInterrupt):
        component.place_order(**ORDER, client_order_id="o2")
    lane.wait = lane._turns.until_done
    released.set()
    first.join(60)
    assert [intent.client_order_id for intent in session.submitted] == ["o1"]
    assert component.place_order(**ORDER, client_order_id="o2").status is OrderStatus.ACCEPTED
