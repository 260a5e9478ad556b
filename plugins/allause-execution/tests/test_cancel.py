from functools import partialmethod
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from allause.exceptions import VenueUnknownError
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine, opening
from allause_execution.journal import Disk, Journal

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 99, "client_order_id": "o1"}


def test_a_working_order_is_canceled(scripted, started):
    component = started(scripted())
    component.place_order(**ORDER)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_a_terminal_order_is_returned_as_it_is(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    first = component.cancel_order(client_order_id="o1")
    session.cancel = None  # a call would fail
    assert component.cancel_order(client_order_id="o1") == first


@pytest.mark.parametrize("method", ["cancel_order", "get_order"])
def test_an_order_never_placed_here_is_a_key_error(scripted, started, method):
    with pytest.raises(KeyError, match="stranger"):
        getattr(started(scripted()), method)(client_order_id="stranger")


def test_a_fill_that_overtakes_the_cancel_wins(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    cancel = session.cancel

    def fill_first(key):
        session.trade(key, 10, 99)
        return cancel(key)

    session.cancel = fill_first
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.FILLED


def test_a_lost_answer_leaves_the_cancel_pending_until_reconciliation(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    cancel = session.cancel

    def lose_the_answer(key):
        cancel(key)
        raise VenueUnknownError("no answer in time")

    session.cancel = lose_the_answer
    report = component.cancel_order(client_order_id="o1")
    assert report.status is OrderStatus.PENDING_CANCEL
    assert "lost" in report.reason
    assert component.reconcile().orders_resolved == ("o1",)
    assert component.get_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_a_cancel_that_never_arrived_leaves_the_order_working_after_reconciliation(scripted, started):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    session.trade("o1", 4, 99)

    def lose_the_question(key):
        raise VenueUnknownError("no answer in time")

    session.cancel = lose_the_question
    component.cancel_order(client_order_id="o1")
    assert component.reconcile().complete
    assert component.get_order(client_order_id="o1").status is OrderStatus.PARTIALLY_FILLED


def test_an_unknown_order_can_be_canceled(scripted, started):
    component = started(scripted("timeout"))
    component.place_order(**ORDER)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED


def test_a_cancel_of_an_unknown_order_that_never_arrived_leaves_it_unknown(scripted, started):
    component = started(scripted("lost"))
    component.place_order(**ORDER)
    assert component.cancel_order(client_order_id="o1").status is OrderStatus.UNKNOWN


class Slow(Disk):
    """Write when it is allowed to."""

    def __init__(self):
        self.began, self.allowed = Event(), Event()
        self.allowed.set()

    def write(self, *arguments):
        self.began.set()
        assert self.allowed.wait(60)
        super().write(*arguments)


def test_whoever_asks_for_an_order_whose_news_is_being_committed_waits_for_it_as_well(scripted, tmp_path, monkeypatch):
    disk, answered = Slow(), []
    monkeypatch.setattr(Journal, "__init__", partialmethod(Journal.__init__, disk=disk))
    component = TradingExecutionEngine(Config(directory=tmp_path))
    component._opened = opening.open_engine(component._config, session=scripted())
    component.place_order(**ORDER)
    disk.began.clear()
    disk.allowed.clear()

    def cancel():
        answered.append(component.cancel_order(client_order_id="o1").status)

    threads = [Thread(target=cancel, daemon=True) for _ in range(2)]
    threads[0].start()
    assert disk.began.wait(60)
    threads[1].start()
    end = monotonic() + 60
    while not (answered or component._engine.journal._turns.waiting):
        assert monotonic() < end
        sleep(0)
    early = list(answered)
    disk.allowed.set()
    for thread in threads:
        thread.join(60)
    component.close()
    assert not early
    assert answered == [OrderStatus.CANCELED] * 2


def test_an_id_that_nobody_placed_is_named_in_few_words(started, scripted):
    with pytest.raises(KeyError, match=r"no order 'x.*… was placed here") as caught:
        started(scripted()).cancel_order(client_order_id="x" * 10**6)
    assert len(str(caught.value)) < 150
