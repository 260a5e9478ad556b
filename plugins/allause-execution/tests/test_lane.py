"""One thread sends for all who wait; what happens to it is not the others' business."""

from threading import Event, Thread

import pytest

from allause.models.orders import OrderStatus
from allause_execution.lane import Lane
from allause_execution.turns import Turns

ORDER = {"symbol": "AAPL", "quantity": 1, "order_type": "limit", "price": 100}


class Interrupt(BaseException):
    pass


class Job:
    done = False


def test_one_works_for_all_who_wait():
    jobs, workers, held = [Job() for _ in range(8)], [], Event()

    def work(leading):
        workers.append(leading)
        assert held.wait(60)
        for job in jobs[: 1 if leading is jobs[0] else None]:
            job.done = True

    turns = Turns(work)
    threads = [Thread(target=turns.until_done, args=(job,)) for job in jobs]
    threads[0].start()
    while not workers:
        pass
    for thread in threads[1:]:
        thread.start()
    while turns.waiting < 7:
        pass
    held.set()
    for thread in threads:
        thread.join(60)
    assert all(job.done for job in jobs)
    assert len(workers) == 2


def test_when_the_work_fails_in_one_thread_the_next_one_leads():
    jobs, tries, held, failed = [Job(), Job()], [], Event(), []

    def work(leading):
        tries.append(leading)
        assert held.wait(60)
        if len(tries) == 1:
            raise Interrupt
        leading.done = True

    def wait(job):
        try:
            turns.until_done(job)
        except Interrupt:
            failed.append(job)

    turns = Turns(work)
    threads = [Thread(target=wait, args=(job,)) for job in jobs]
    threads[0].start()
    while not tries:
        pass
    threads[1].start()
    while not turns.waiting:
        pass
    held.set()
    for thread in threads:
        thread.join(60)
    assert failed == [jobs[0]]
    assert jobs[1].done


def placed_behind_one_another(session, component, keys, interrupted):
    """Place orders while the first is held at the venue, so that one thread sends the others; say what came of each."""
    entered, released, outcome = Event(), Event(), {}

    def on_submit(intent):
        if intent.client_order_id == keys[0]:
            entered.set()
            assert released.wait(60)
        if intent.client_order_id == interrupted:
            raise Interrupt

    def place(key):
        try:
            outcome[key] = component.place_order(**ORDER, client_order_id=key).status
        except Interrupt:
            outcome[key] = "interrupted"

    session.on_submit = on_submit
    threads = [Thread(target=place, args=(key,)) for key in keys]
    threads[0].start()
    assert entered.wait(60)
    lane = next(iter(component._engine._placing._lanes.values()))
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while lane._turns.waiting < number:
            pass
    released.set()
    for thread in threads:
        thread.join(60)
    return outcome


def an_interrupt_is_only_of_the_thread_that_sends(session, component):
    outcome = placed_behind_one_another(session, component, ["o1", "o2", "o3", "o4"], "o3")
    assert outcome == {
        "o1": OrderStatus.ACCEPTED,
        "o2": "interrupted",  # it sent for the others
        "o3": OrderStatus.UNKNOWN,  # the venue may have it
        "o4": OrderStatus.ACCEPTED,
    }
    assert component.get_order(client_order_id="o2").status is OrderStatus.ACCEPTED
    assert [intent.client_order_id for intent in session.submitted] == ["o1", "o2", "o3", "o4"]
    assert component._engine._leaving == {}


def test_an_interrupt_is_only_of_the_thread_that_sends(scripted, started):
    session = scripted()
    an_interrupt_is_only_of_the_thread_that_sends(session, started(session, orders_per_commit=8))


def test_a_lane_that_forgets_whom_it_has_not_sent_is_noticed(scripted, started, monkeypatch):
    session = scripted()
    component = started(session, orders_per_commit=8)

    def forget(self, leading):
        try:
            send(self, leading)
        except Interrupt:
            for departure in self._queue:
                departure.report, departure.done = departure.order.report(), True
            self._queue.clear()
            raise

    send = Lane._send_some
    for lane in component._engine._placing._lanes.values():
        monkeypatch.setattr(lane._turns, "_work", lambda leading, lane=lane: forget(lane, leading))
    with pytest.raises(AssertionError):
        an_interrupt_is_only_of_the_thread_that_sends(session, component)


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
    lane = next(iter(component._engine._placing._lanes.values()))

    def interrupted(departure):
        raise Interrupt

    lane.wait = interrupted
    with pytest.raises(Interrupt):
        component.place_order(**ORDER, client_order_id="o2")
    lane.wait = lane._turns.until_done
    released.set()
    first.join(60)
    assert [intent.client_order_id for intent in session.submitted] == ["o1"]
    assert component.place_order(**ORDER, client_order_id="o2").status is OrderStatus.ACCEPTED
