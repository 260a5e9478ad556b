"""Orders that are awaited on an event loop: as safe as those of threads, many in flight, the loop never blocked."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partialmethod
from threading import Event, Thread, get_ident

import pytest

from allause.exceptions import ConfigurationError, JournalError, OrderConflictError, OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine, opening
from allause_execution.journal import Disk, Journal
from allause_execution.routing.commits import Commits
from allause_execution.routing.intake import Intake
from allause_execution.routing.lane import Lane
from allause_execution.routing.senders import Senders

OPEN = Journal.__init__
ORDER = {"symbol": "AAPL", "quantity": 1, "order_type": "limit", "price": 100}


def run(work):
    async def limited():
        return await asyncio.wait_for(work, 60)

    return asyncio.run(limited())


def lane_of(component):
    return next(iter(component._engine._placing._lanes.values()))


async def gathered(component, keys, **more):
    orders = (component.aplace_order(**{**ORDER, "client_order_id": key, **more}) for key in keys)
    return await asyncio.gather(*orders, return_exceptions=True)


@pytest.mark.parametrize("durable", [True, False], ids=["journalled", "simulation"])
def test_orders_of_one_loop_all_leave_once_in_the_order_in_which_they_were_placed(scripted, started, durable):
    session = scripted()
    component = started(session, durable=durable, orders_per_commit=64)
    keys = [f"o{number}" for number in range(500)]
    reports = run(gathered(component, keys))
    assert [report.intent.client_order_id for report in reports] == keys
    assert {report.status for report in reports} == {OrderStatus.ACCEPTED}
    assert [intent.client_order_id for intent in session.submitted] == keys
    assert component._engine._leaving == {}


def test_awaited_orders_share_commits(scripted, started):
    component = started(scripted(), orders_per_commit=64)
    before = component._engine.journal.commits
    run(gathered(component, [f"o{number}" for number in range(128)]))
    assert component._engine.journal.commits - before < 64


def test_the_same_order_awaited_twice_leaves_once(scripted, started):
    session = scripted()
    component = started(session)
    first, second = run(gathered(component, ["o1", "o1"]))
    again = run(component.aplace_order(**ORDER, client_order_id="o1"))
    assert first == second == again == component.place_order(**ORDER, client_order_id="o1")
    assert len(session.submitted) == 1


def test_what_becomes_of_an_awaited_order_is_told_to_whoever_awaits_it(scripted, started):
    component = started(scripted("reject", "lost"), max_quantity=5)
    assert [report.status for report in run(gathered(component, ["o1", "o2"]))] == ["rejected", "unknown"]
    (conflict,) = run(gathered(component, ["o1"], quantity=2))
    (denied,) = run(gathered(component, ["o3"], quantity=6))
    assert isinstance(conflict, OrderConflictError)
    assert isinstance(denied, OrderDeniedError)
    component.halt(reason="drill")
    (halted,) = run(gathered(component, ["o4"]))
    assert halted.reason == "halted"


def test_an_order_leaves_although_nobody_awaits_it_any_more(scripted, started):
    session = scripted()
    component = started(session)

    async def give_up():
        task = asyncio.create_task(component.aplace_order(**ORDER, client_order_id="o1"))
        await asyncio.sleep(0)
        assert "o1" in component._engine.state.orders
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(give_up())
    component.close()
    assert [intent.client_order_id for intent in session.submitted] == ["o1"]


class Held(Disk):
    """Let a sync end when it is allowed to."""

    def __init__(self):
        self.began, self.allowed = Event(), Event()
        self.allowed.set()

    def sync(self, descriptor):
        self.began.set()
        assert self.allowed.wait(60)
        super().sync(descriptor)


def the_loop_goes_on_and_nothing_leaves_before_the_disk_has_it(session, directory, patch):
    disk = Held()
    patch.setattr(Journal, "__init__", partialmethod(OPEN, disk=disk))
    component = TradingExecutionEngine(Config(directory=directory))
    component._opened = opening.open_engine(component._config, session=session)
    disk.began.clear()
    disk.allowed.clear()

    async def place():
        task = asyncio.create_task(component.aplace_order(**ORDER))
        while not disk.began.is_set() and not session.submitted:  # noqa: ASYNC110  that the loop goes on is the point
            await asyncio.sleep(0)
        early = list(session.submitted)
        disk.allowed.set()
        return early, await task

    try:
        early, report = run(place())
    finally:
        disk.allowed.set()
        component.close()
    assert not early
    assert report.status is OrderStatus.ACCEPTED


def test_the_loop_goes_on_and_nothing_leaves_before_the_disk_has_it(scripted, tmp_path, monkeypatch):
    the_loop_goes_on_and_nothing_leaves_before_the_disk_has_it(scripted(), tmp_path, monkeypatch)


def asking_waits_for_no_other_order(session, directory, patch, until):
    disk = Held()
    patch.setattr(Journal, "__init__", partialmethod(OPEN, disk=disk))
    component = TradingExecutionEngine(Config(directory=directory))
    component._opened = opening.open_engine(component._config, session=session)
    disk.began.clear()
    disk.allowed.clear()
    with ThreadPoolExecutor(2) as pool:
        placed = pool.submit(component.place_order, **ORDER)
        assert disk.began.wait(60)
        asked = pool.submit(component.get_open_orders)
        until(lambda: asked.done() or component._engine.journal._turns.waiting)
        answered = asked.done()
        disk.allowed.set()
        assert placed.result(60).status is OrderStatus.ACCEPTED
    component.close()
    assert answered


def test_whoever_asks_does_not_wait_for_the_disk_of_an_order_of_another(scripted, tmp_path, monkeypatch, until):
    asking_waits_for_no_other_order(scripted(), tmp_path, monkeypatch, until)


def test_an_engine_where_asking_waits_for_the_newest_event_is_noticed(scripted, tmp_path, monkeypatch, until):
    def record(self, event, *, durable=False, record=Intake.record):
        ticket = record(self, event, durable=durable)
        self.last = ticket or self.last
        return ticket

    monkeypatch.setattr(Intake, "record", record)
    session = scripted()
    with pytest.raises(AssertionError):
        asking_waits_for_no_other_order(session, tmp_path, monkeypatch, until)


def test_an_engine_that_sends_before_the_disk_has_it_is_noticed(scripted, tmp_path, monkeypatch):
    monkeypatch.setattr(Commits, "before_sending", lambda self, ticket, replaced="": None)
    session = scripted()
    with pytest.raises(AssertionError):
        the_loop_goes_on_and_nothing_leaves_before_the_disk_has_it(session, tmp_path, monkeypatch)


def test_a_disk_that_refuses_is_told_to_all_who_await_it(scripted, tmp_path, monkeypatch):
    class Full(Disk):
        refuses = False

        def sync(self, descriptor):
            if self.refuses:
                raise OSError(28, "No space left on device")
            super().sync(descriptor)

    disk, session = Full(), scripted()
    monkeypatch.setattr(Journal, "__init__", partialmethod(OPEN, disk=disk))
    component = TradingExecutionEngine(Config(directory=tmp_path, orders_per_commit=8))
    component._opened = opening.open_engine(component._config, session=session)
    disk.refuses = True
    failures = run(gathered(component, ["o1", "o2", "o3"]))
    assert all(isinstance(failure, JournalError) for failure in failures)
    assert all("the order was not sent" in str(failure) for failure in failures)
    assert session.submitted == []
    component.close()


def test_a_journal_that_fails_in_a_way_of_its_own_is_told_and_does_not_keep_its_sender(scripted, started, monkeypatch):
    session = scripted()
    component = started(session)

    def fail(ticket):
        raise RuntimeError("no memory")

    monkeypatch.setattr(component._engine.journal, "flush", fail)
    (failure,) = run(gathered(component, ["o1"]))
    monkeypatch.undo()
    assert isinstance(failure, RuntimeError)
    assert session.submitted == []
    (again,) = run(gathered(component, ["o1"]))
    assert again.status is OrderStatus.ACCEPTED


def what_comes_when_a_sender_is_about_to_end_is_sent(component):
    engine, lane = component._engine, lane_of(component)
    send_all, sent, may_end = lane.send_all, Event(), Event()

    def send_and_pause():
        send_all()
        sent.set()
        assert may_end.wait(60)

    async def place():
        await component.aplace_order(**ORDER, client_order_id="first")
        assert await asyncio.to_thread(sent.wait, 60)
        second = asyncio.create_task(component.aplace_order(**ORDER, client_order_id="second"))
        await asyncio.sleep(0)
        assert "second" in engine._leaving
        may_end.set()
        await asyncio.to_thread(all_senders_ended, engine)
        assert "second" not in engine._leaving
        return (await second).status

    lane.send_all = send_and_pause
    assert run(place()) is OrderStatus.ACCEPTED


def all_senders_ended(engine):
    engine._placing._senders._threads.submit(int).result(60)  # one thread, which takes it after all the rest


def test_what_comes_when_a_sender_is_about_to_end_is_sent(scripted, started):
    what_comes_when_a_sender_is_about_to_end_is_sent(started(scripted()))


def test_a_sender_that_does_not_look_again_before_it_ends_is_noticed(scripted, started, monkeypatch):
    def work(self, lane):
        lane.send_all()
        with self._lock:
            self._busy.remove(lane)

    monkeypatch.setattr(Senders, "_work", work)
    component = started(scripted())
    with pytest.raises(AssertionError):
        what_comes_when_a_sender_is_about_to_end_is_sent(component)


def test_a_session_that_stops_a_sender_keeps_no_other_order_from_leaving(scripted, started, caplog):
    def on_submit(intent):
        if intent.client_order_id == "o1":
            raise SystemExit("by the session")

    component = started(scripted(on_submit=on_submit), orders_per_commit=8)
    reports = run(gathered(component, ["o1", "o2", "o3"]))
    assert [report.status for report in reports] == ["unknown", "accepted", "accepted"]
    assert "by the session" in caplog.text
    (later,) = run(gathered(component, ["o4"]))
    assert later.status is OrderStatus.ACCEPTED


def test_an_order_that_no_sender_takes_any_more_is_told_so_and_does_not_leave(scripted, started):
    session = scripted()
    component = started(session)
    component._engine._placing._senders.close()
    (error,) = run(gathered(component, ["o1"]))
    assert isinstance(error, ConfigurationError)
    assert "the component is closed" in str(error)
    assert session.submitted == []
    assert component._engine._leaving == {}
    assert component.place_order(**ORDER, client_order_id="o1").status is OrderStatus.ACCEPTED


def an_order_without_a_thread_is_refused_and_does_not_leave(scripted, started, monkeypatch):
    def start(_thread):
        raise RuntimeError("can't start new thread")

    session = scripted()
    component = started(session)
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", start)
        errors = run(gathered(component, ["o1", "o2"]))
    assert [type(error) for error in errors] == [OrderDeniedError] * 2
    assert "no thread to send the order can be had" in str(errors[0])
    assert (errors[0].reason, component._engine._leaving) == ("no_thread", {})
    assert component.place_order(**ORDER, client_order_id="o3").status is OrderStatus.ACCEPTED
    reports = run(gathered(component, ["o4", "o1"]))
    assert [report.status for report in reports] == ["accepted", "accepted"]
    assert [intent.client_order_id for intent in session.submitted] == ["o3", "o4", "o1"]


def test_an_order_without_a_thread_is_refused_and_does_not_leave(scripted, started, monkeypatch):
    an_order_without_a_thread_is_refused_and_does_not_leave(scripted, started, monkeypatch)


def test_an_engine_that_leaves_such_an_order_in_its_lane_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(Lane, "withdraw", lambda lane, departure, failure: departure.awaited[0].set_exception(failure))
    with pytest.raises(AssertionError):
        an_order_without_a_thread_is_refused_and_does_not_leave(scripted, started, monkeypatch)


def test_what_an_interrupted_thread_would_have_sent_for_a_loop_is_sent(scripted, started, clock, until):
    """A thread takes the orders of a loop into its batch, the sender finds nothing left and ends, and then it comes."""
    held, entered, interrupted = Event(), Event(), []

    def on_submit(intent):
        if intent.client_order_id == "first":
            entered.set()
            assert held.wait(60)
        elif intent.client_order_id == "leads":
            clock.advance(1)  # more than those behind it wait for in silence
        elif intent.client_order_id == "o1":
            until(lambda: not engine._placing._senders._busy)
            raise KeyboardInterrupt

    component = started(scripted(on_submit=on_submit), clock=clock, orders_per_commit=8, reconcile_seconds=None)
    engine, turns = component._engine, lane_of(component)._turns

    def place(key):
        try:
            component.place_order(**ORDER, client_order_id=key)
        except KeyboardInterrupt:
            interrupted.append(key)

    async def behind():
        orders = asyncio.gather(*(component.aplace_order(**ORDER, client_order_id=key) for key in ("o1", "o2")))
        await asyncio.to_thread(until, lambda: turns.waiting == 2)
        held.set()
        return [report.status for report in await orders]

    threads = [Thread(target=place, args=(key,), daemon=True) for key in ("first", "leads")]
    threads[0].start()
    assert entered.wait(60)
    threads[1].start()
    until(lambda: turns.waiting == 1)
    assert run(behind()) == ["unknown", "accepted"]
    for thread in threads:
        thread.join(60)
    assert interrupted == ["leads"]


def test_a_limit_that_halts_does_so_beside_the_loop(scripted, started):
    session, threads = scripted(), []
    component = started(session)
    cancel = session.cancel

    def noted(key):
        threads.append(get_ident())
        return cancel(key)

    session.cancel = noted
    component.place_order(**ORDER, client_order_id="o1", parent_id="p", parent_quantity=1)
    (denied,) = run(gathered(component, ["o2"], parent_id="p", parent_quantity=1))
    assert denied.reason == "runaway"
    assert component.get_order(client_order_id="o1").status is OrderStatus.CANCELED
    assert threads
    assert get_ident() not in threads


def test_two_loops_and_threads_place_at_the_same_time(scripted, started):
    session = scripted()
    component = started(session, orders_per_commit=8)

    async def mixed():
        mine = gathered(component, [f"a{number}" for number in range(50)])
        others = asyncio.to_thread(asyncio.run, gathered(component, [f"b{number}" for number in range(50)]))
        threads = (
            asyncio.to_thread(component.place_order, **ORDER, client_order_id=f"c{number}") for number in range(50)
        )
        return await asyncio.gather(mine, others, *threads)

    mine, others, *threads = run(mixed())
    assert {report.status for report in (*mine, *others, *threads)} == {OrderStatus.ACCEPTED}
    assert len({intent.client_order_id for intent in session.submitted}) == len(session.submitted) == 150


def test_a_limit_halts_although_the_wait_is_cancelled_before_a_thread_is_free(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER, client_order_id="o1")
    slice_of = {"parent_id": "p", "parent_quantity": 1}

    async def exceed():
        free = Event()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        busy = asyncio.get_running_loop().run_in_executor(None, free.wait, 60)
        placing = asyncio.create_task(component.aplace_order(**ORDER | slice_of | {"quantity": 2}))
        await asyncio.sleep(0)
        placing.cancel()
        with suppress(asyncio.CancelledError):
            await placing
        assert placing.cancelled()
        free.set()
        await busy

    run(exceed())
    assert session.working() == []
    assert component.get_performance_stats().details["halts"] == 1
