import signal
import subprocess
import sys
from decimal import Decimal

import pytest

from allause.exceptions import ConfigurationError, JournalError, OrderConflictError, OrderDeniedError
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine, beginning, opening
from allause_execution.journal import NAME, Journal, Reading, Ticket, compaction, encode
from allause_execution.orders.events import Event, EventKind

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": "o1"}
PROLOGUE = """
import logging, os, resource, signal, sys
from decimal import Decimal
from pathlib import Path
from allause.exceptions import JournalError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine, opening

directory = Path(sys.argv[1])
venue = Venue(seed=1)
venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(10**6), Decimal(10**6), ts=0)
session = InProcessSession(venue)
submit = session.submit

def context():
    return Context(clock=SystemClock(), directory=directory, seed=7, logger=logging.getLogger("t"), venue=session)

def order(number=1):
    return {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": f"o{number}"}

component = TradingExecutionEngine()
component.start(context())
"""


def child(code, directory):
    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + code, str(directory)], capture_output=True, text=True, timeout=60, check=False
    )


def snapshot(component):
    engine = component._engine
    return (
        {key: order.report() for key, order in engine.state.orders.items()},
        component.get_fills(),
        component.get_positions(),
        component.get_account(),
    )


def state_follows_from_the_journal(session, started):
    first = started(session)
    first.place_order(**ORDER)
    session.trade("o1", 10, 100, push=2, fee=Decimal("0.35"))
    first.place_order("MSFT", 3, "limit", side="sell", price=50.5, client_order_id="o2")
    session.trade("o2", 1, "50.5")
    first.place_order("MSFT", 4, "limit", price=40, client_order_id="o3")
    first.cancel_order(client_order_id="o3")
    before = snapshot(first)
    first.close()
    assert snapshot(started(session)) == before


def test_a_restart_finds_the_state_of_before(scripted, started):
    state_follows_from_the_journal(scripted(), started)


def test_an_engine_that_does_not_journal_fills_is_noticed(scripted, started, monkeypatch):
    enqueue = Journal.enqueue

    def lose_fills(self, body, *, durable=False):
        if b'"fill":null' in body:
            return enqueue(self, body, durable=durable)
        return Ticket(body, durable, done=True)

    monkeypatch.setattr(Journal, "enqueue", lose_fills)
    with pytest.raises(AssertionError):
        state_follows_from_the_journal(scripted(), started)


def test_a_start_compares_with_the_venue_before_the_first_order(scripted, started):
    session = scripted()
    first = started(session)
    first.place_order(**ORDER)
    first.close()
    session.trade("o1", 10, 100, push=0)
    second = started(session)
    assert second.get_order(client_order_id="o1").status is OrderStatus.FILLED
    assert second.place_order("AAPL", 1, "market").status is OrderStatus.ACCEPTED


@pytest.mark.parametrize("orders_before", [True, False], ids=["orders of before", "a first start"])
def test_a_start_that_cannot_compare_refuses_orders_and_allows_cancels(scripted, started, orders_before):
    session = scripted()
    first = started(session)
    first.place_order(**ORDER)
    if not orders_before:
        first.cancel_order(client_order_id="o1")
    first.close()
    fills, session.fills = session.fills, None  # the call fails
    second = started(session)
    assert not second.reconcile().complete
    with pytest.raises(OrderDeniedError) as caught:
        second.place_order("AAPL", 1, "market")
    assert caught.value.reason == "not_reconciled"
    assert second.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED
    session.fills = fills
    assert second.reconcile().complete
    assert second.place_order("AAPL", 1, "market").status is OrderStatus.ACCEPTED


def test_an_engine_that_trades_without_comparing_is_noticed(scripted, started, monkeypatch):
    monkeypatch.setattr(opening, "_compare", lambda engine, *, asked: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_a_start_that_cannot_compare_refuses_orders_and_allows_cancels(scripted, started, orders_before=True)


def test_an_id_of_before_the_restart_is_still_taken(scripted, started):
    session = scripted()
    first = started(session)
    placed = first.place_order(**ORDER)
    first.close()
    second = started(session)
    assert second.place_order(**ORDER) == placed
    with pytest.raises(OrderConflictError):
        second.place_order(**ORDER | {"quantity": 11})
    assert len(session.submitted) == 1


def killed_between_journal_and_answer_leaves_one_order(scripted, started, directory, *, reached):
    result = child(
        f"""
def die(intent):
    if {reached}:
        submit(intent)
    os.kill(os.getpid(), signal.SIGKILL)
session.submit = die
component.place_order(**order())
""",
        directory,
    )
    assert result.returncode == -signal.SIGKILL, result.stderr
    session = scripted()
    if reached:  # the venue outlived the process and has the order
        session.submit(TradingExecutionEngine().place_order(**ORDER).intent)
        session.trade("o1", 10, 101)
    session.connected = False
    reconnect, session.reconnect = session.reconnect, lambda: None
    component = started(session, starting_cash=1_000_000)
    assert component.get_order(client_order_id="o1").status is OrderStatus.UNKNOWN
    assert component.place_order(**ORDER).status is OrderStatus.UNKNOWN
    session.reconnect = reconnect
    component.reconcile()
    expected = OrderStatus.FILLED if reached else OrderStatus.REJECTED
    assert component.get_order(client_order_id="o1").status is expected
    assert len(session.submitted) == reached
    assert len(component.get_fills()) == reached


@pytest.mark.parametrize("reached", [True, False], ids=["after the venue", "before the venue"])
def test_a_process_killed_between_journal_and_answer_leaves_exactly_one_order(scripted, started, tmp_path, reached):
    killed_between_journal_and_answer_leaves_one_order(scripted, started, tmp_path, reached=reached)


def test_a_recovery_that_forgets_unanswered_orders_is_noticed(scripted, started, tmp_path, monkeypatch):
    def forget(engine):
        for key, order in [*engine.state.open.items()]:
            if order.status is OrderStatus.SUBMITTED:
                del engine.state.orders[key], engine.state.open[key]

    monkeypatch.setattr(opening, "_doubt_unanswered", forget)
    with pytest.raises((AssertionError, KeyError)):
        killed_between_journal_and_answer_leaves_one_order(scripted, started, tmp_path, reached=True)


def test_a_recovery_that_takes_unanswered_for_rejected_is_noticed(scripted, started, tmp_path, monkeypatch):
    def reject(engine):
        for key in [*engine.state.open]:
            engine.intake.tell(EventKind.REJECTED, key)

    monkeypatch.setattr(opening, "_doubt_unanswered", reject)
    with pytest.raises(AssertionError):
        killed_between_journal_and_answer_leaves_one_order(scripted, started, tmp_path, reached=True)


def test_acknowledged_orders_of_a_killed_process_are_all_there(scripted, started, tmp_path):
    result = child(
        """
for number in range(20):
    component.place_order(**order(number))
    print(number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    assert len(result.stdout.split()) == 20
    fills = started(scripted()).get_fills()
    assert [fill.client_order_id for fill in fills] == [f"o{n}" for n in range(20)]


def test_a_full_disk_refuses_the_order_before_it_is_sent(tmp_path):
    result = child(
        """
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sent = refused = 0
for number in range(200):
    try:
        component.place_order(**order(number))
        sent += 1
    except JournalError as error:
        refused += 1
print(sent, refused, venue.orders_received)
print(error if refused else "")
""",
        tmp_path,
    )
    sent, refused, received = map(int, result.stdout.split()[:3])
    assert refused > 0, result.stderr
    assert sent + refused == 200
    assert received == sent


def test_a_journal_that_contradicts_itself_is_refused(scripted, started, tmp_path):
    journal = Journal(tmp_path / "orders.journal")
    journal.flush(journal.enqueue(encode(Event(kind=EventKind.ACCEPTED, ts=1, client_order_id="ghost")), durable=True))
    journal.close()
    with pytest.raises(JournalError, match=r"contradicts itself.*ghost"):
        started(scripted())


def test_a_damaged_journal_is_refused_by_name(scripted, started, tmp_path):
    session = scripted()
    first = started(session)
    first.place_order(**ORDER)
    first.close()
    (segment,) = (tmp_path / "orders.journal").glob("*.segment")
    segment.write_bytes(segment.read_bytes().replace(b"AAPL", b"MSFT"))
    with pytest.raises(JournalError, match=r"orders\.journal/0000000001\.segment is damaged"):
        started(session)


def test_other_starting_cash_than_the_journals_is_refused(started):
    first = started(None, starting_cash=500)
    first.close()
    with pytest.raises(ConfigurationError, match="opened with 500 USD, found 600 USD"):
        started(None, starting_cash=600)


def test_a_failed_start_leaves_the_journal_free(scripted, started):
    started(scripted(), starting_cash=500).close()
    with pytest.raises(ConfigurationError):
        started(scripted(), starting_cash=600)
    assert started(scripted(), starting_cash=500).get_account().cash == 500


def test_a_venue_that_does_not_tell_its_cash_is_a_configuration_error(scripted, started):
    session = scripted()
    session.connected = False
    with pytest.raises(ConfigurationError, match="starting_cash"):
        started(session)
    assert started(session, starting_cash=5).get_account().cash == 5


@pytest.mark.parametrize("cash", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+50"), 1_000_000.0, "1000000", None])
def test_a_venue_whose_cash_is_no_amount_spoils_no_journal(scripted, started, cash):
    session = scripted()
    session.cash = lambda: cash
    with pytest.raises(ConfigurationError, match="starting_cash: expected a finite Decimal"):
        started(session)
    del session.cash
    assert started(session).get_account().cash == 1_000_000


def test_a_venue_whose_cash_fails_is_a_configuration_error(scripted, started):
    session = scripted()
    session.cash = lambda: 1 / 0
    with pytest.raises(ConfigurationError, match="the venue did not tell its cash"):
        started(session)


@pytest.mark.parametrize("cash", [Decimal("NaN"), None])
def test_a_journal_that_was_opened_with_no_amount_is_refused_by_name(started, tmp_path, cash):
    journal = Journal(tmp_path / NAME)
    opened = Event(kind=EventKind.OPENED, ts=1, text="USD", cash=cash)
    journal.flush(journal.enqueue(encode(opened), durable=True))
    journal.close()
    with pytest.raises(JournalError, match=rf"{NAME} was opened with {cash} as cash"):
        started()


@pytest.mark.parametrize("side", ["now_ns", "monotonic_ns"])
@pytest.mark.parametrize("time", [1.7e18, None, True, 1 << 63])
def test_a_clock_that_tells_no_time_spoils_no_journal(scripted, started, clock, monkeypatch, side, time):
    started(scripted()).close()
    with monkeypatch.context() as patch:
        patch.setattr(clock, side, lambda: time)
        with pytest.raises(ConfigurationError, match="clock: expected whole nanoseconds"):
            started(scripted(), clock=clock)
    assert started(scripted()).get_open_orders() == ()


def test_orders_on_paper_go_on_after_a_restart(started):
    first = started()
    first.place_order("AAPL", 10, "limit", price=150, client_order_id="o1")
    first.close()
    second = started()
    assert second.reconcile().complete
    assert second.cancel_order(client_order_id="o1").status is OrderStatus.CANCELED


LIMIT = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 150, "client_order_id": "o1"}


def before_it_was_told(monkeypatch):
    """Have a journal opened as one was before it said where its orders go."""

    def event(destination=None, **fields):
        return Event(**fields)

    monkeypatch.setattr(beginning, "Event", event)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("session_words", [(), ("timeout",)])
def test_the_journal_of_a_venue_is_refused_without_one_and_left_as_it_is(
    scripted, started, tmp_path, monkeypatch, told, session_words
):
    if not told:
        before_it_was_told(monkeypatch)
    session = scripted(*session_words)
    component = started(session, reconcile_seconds=None)
    component.place_order(**LIMIT)
    component.close()
    before = [*Reading(tmp_path / NAME)]
    monkeypatch.setattr(compaction, "SEGMENTS", 1)
    with pytest.raises(ConfigurationError, match=r"orders at a venue; start with what they went to"):
        TradingExecutionEngine(Config(directory=tmp_path)).get_open_orders()
    assert [*Reading(tmp_path / NAME)] == before
    assert started(session).get_order("o1").status is OrderStatus.ACCEPTED


def test_the_journal_of_paper_is_refused_with_a_venue(scripted, started):
    component = started()
    component.place_order(**LIMIT)
    component.close()
    with pytest.raises(ConfigurationError, match="of orders on paper"):
        started(scripted())


def test_a_journal_on_paper_of_before_it_was_told_goes_on(started, monkeypatch):
    before_it_was_told(monkeypatch)
    component = started()
    component.place_order(**LIMIT)
    component.close()
    assert started().cancel_order("o1").status is OrderStatus.CANCELED


def test_a_journal_of_before_it_was_told_without_orders_takes_either(scripted, started, monkeypatch):
    before_it_was_told(monkeypatch)
    for session in (scripted(), None, scripted()):
        started(session).close()


def test_nothing_but_the_journal_is_written_in_the_directory(scripted, started, tmp_path):
    component = started(scripted())
    component.place_order(**ORDER)
    component.close()
    assert {path.name for path in tmp_path.iterdir()} == {"orders.journal"}
