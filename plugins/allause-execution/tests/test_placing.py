from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest

from allause.exceptions import OrderConflictError, OrderDeniedError, VenueError
from allause.models.orders import OrderStatus
from allause_execution.journal import Journal, Reading
from allause_execution.orders.events import EventKind
from allause_execution.sessions.link import Answer, Link

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "market", "client_order_id": "o1"}


def journalled_bodies(path):
    return [entry.body.decode() for entry in Reading(path)]


def intent_is_committed_before_it_leaves(scripted, started, path):
    seen = []
    session = scripted(on_submit=lambda intent: seen.append(journalled_bodies(path)))
    started(session).place_order(**ORDER)
    assert any('"intent"' in body and '"o1"' in body for body in seen[0])


def test_the_intent_is_committed_before_the_order_leaves(scripted, started, tmp_path):
    intent_is_committed_before_it_leaves(scripted, started, tmp_path / "orders.journal")


def test_an_engine_that_sends_before_it_writes_is_noticed(scripted, started, tmp_path, monkeypatch):
    monkeypatch.setattr(Journal, "flush", lambda self, ticket: None)
    with pytest.raises((AssertionError, IndexError)):
        intent_is_committed_before_it_leaves(scripted, started, tmp_path / "orders.journal")


def test_an_acknowledged_order_is_accepted(scripted, started):
    report = started(scripted()).place_order(**ORDER)
    assert (report.status, report.venue_order_id) == (OrderStatus.ACCEPTED, "v1")


def test_a_fill_that_comes_with_the_acknowledgement_is_in_the_report(scripted, started):
    session = scripted()
    poll = session.poll

    def fill_then_poll():
        if session.orders and not session.trades:
            session.trade("o1", 10, "99.5")
        return poll()

    session.poll = fill_then_poll
    report = started(session).place_order(**ORDER)
    assert (report.status, report.filled_qty, report.avg_px) == (OrderStatus.FILLED, 10, Decimal("99.5"))


def test_a_refusal_of_the_venue_is_a_rejection_with_its_reason(scripted, started):
    report = started(scripted("reject")).place_order(**ORDER)
    assert (report.status, report.reason) == (OrderStatus.REJECTED, "market closed")


def ambiguous_answer_is_unknown(scripted, started, word):
    component = started(scripted(word))
    report = component.place_order(**ORDER)
    assert report.status is OrderStatus.UNKNOWN
    assert report.reason
    assert [order.status for order in component.get_open_orders()] == [OrderStatus.UNKNOWN]


@pytest.mark.parametrize("word", ["lost", "timeout", "garbled", "crash"])
def test_an_ambiguous_answer_is_unknown_and_never_a_rejection(scripted, started, word):
    ambiguous_answer_is_unknown(scripted, started, word)


def test_a_link_that_takes_unknown_for_rejected_is_noticed(scripted, started, monkeypatch):
    def submit(self, intent):
        try:
            return Answer(self._session.submit(intent), EventKind.UNKNOWN, "")
        except VenueError as error:
            return Answer(None, EventKind.REJECTED, str(error))

    monkeypatch.setattr(Link, "submit", submit)
    with pytest.raises(AssertionError):
        ambiguous_answer_is_unknown(scripted, started, "timeout")


def test_an_interrupted_submit_leaves_the_order_unknown(scripted, started):
    def interrupt(intent):
        raise KeyboardInterrupt

    session = scripted(on_submit=interrupt)
    component = started(session)
    with pytest.raises(KeyboardInterrupt):
        component.place_order(**ORDER)
    assert component.get_order(client_order_id="o1").status is OrderStatus.UNKNOWN


def test_an_order_interrupted_before_it_left_can_be_placed_again(scripted, started, monkeypatch):
    def interrupt(self, ticket):
        raise KeyboardInterrupt

    session = scripted()
    component = started(session)
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "flush", interrupt)
        with pytest.raises(KeyboardInterrupt):
            component.place_order(**ORDER)
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED
    component.close()
    assert started(session).get_order(client_order_id="o1").status is OrderStatus.ACCEPTED


def test_the_same_id_and_payload_sends_nothing_more(scripted, started):
    session = scripted()
    component = started(session)
    first, second = component.place_order(**ORDER), component.place_order(**ORDER)
    assert (first, len(session.submitted)) == (second, 1)


def test_an_unknown_order_placed_again_is_not_sent_again(scripted, started):
    session = scripted("timeout")
    component = started(session)
    component.place_order(**ORDER)
    assert component.place_order(**ORDER).status is OrderStatus.UNKNOWN
    assert len(session.submitted) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 11},
        {"side": "sell"},
        {"symbol": "MSFT"},
        {"time_in_force": "gtc"},
        {"order_type": "limit", "price": 1},
    ],
    ids=str,
)
def test_the_same_id_with_another_payload_is_a_conflict(scripted, started, change):
    session = scripted()
    component = started(session)
    component.place_order(**ORDER)
    with pytest.raises(OrderConflictError, match="o1"):
        component.place_order(**ORDER | change)
    assert len(session.submitted) == 1


def test_a_denied_order_does_not_consume_its_id(scripted, started):
    component = started(scripted(), max_quantity=100)
    with pytest.raises(OrderDeniedError):
        component.place_order(**ORDER | {"quantity": 101})
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_an_id_chosen_here_is_never_one_in_use(scripted, started):
    component = started(scripted())
    component.place_order(**ORDER | {"client_order_id": "s7-1"})
    chosen = component.place_order("AAPL", 1, "market")
    assert chosen.intent.client_order_id == "s7-2"


def one_order_reaches_the_venue(session, component):
    ready = Barrier(8)

    def place(_):
        ready.wait()
        return component.place_order(**ORDER)

    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(place, range(8)))
    assert len(session.submitted) == 1
    assert {report.status for report in reports} == {OrderStatus.ACCEPTED}


def test_the_same_id_from_many_threads_is_one_order(scripted, started):
    session = scripted()
    one_order_reaches_the_venue(session, started(session))


def test_many_orders_from_many_threads_all_arrive_once(scripted, started):
    session = scripted()
    component = started(session, orders_per_commit=8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: component.place_order("AAPL", 1, "market", client_order_id=f"n{n}"), range(200)))
    assert sorted(i.client_order_id for i in session.submitted) == sorted(f"n{n}" for n in range(200))
    assert component.validate_component().valid


@pytest.mark.parametrize(
    ("options", "order", "reason"),
    [
        ({"max_quantity": 9}, {}, "max_quantity"),
        ({"max_notional": 99}, {"order_type": "limit", "price": 10}, "max_notional"),
        ({"max_position": 9}, {}, "max_position"),
        ({"max_position": 9}, {"side": "sell"}, "max_position"),
    ],
    ids=str,
)
def test_an_order_over_a_limit_is_denied_and_not_sent(scripted, started, options, order, reason):
    session = scripted()
    with pytest.raises(OrderDeniedError, match=reason) as caught:
        started(session, **options).place_order(**ORDER | order)
    assert (caught.value.reason, session.submitted) == (reason, [])


def test_an_order_at_the_limits_passes(scripted, started):
    component = started(scripted(), max_quantity=10, max_notional=100, max_position=10, max_open_orders=1)
    report = component.place_order(**ORDER | {"order_type": "limit", "price": 10})
    assert report.status is OrderStatus.ACCEPTED


def test_working_orders_count_towards_the_position_limit(scripted, started):
    component = started(scripted(), max_position=15)
    component.place_order(**ORDER)
    with pytest.raises(OrderDeniedError, match="max_position"):
        component.place_order("AAPL", 6, "market")
    assert component.place_order("AAPL", 15, "market", side="sell").status is OrderStatus.ACCEPTED


def test_an_unknown_order_counts_towards_the_position_limit(scripted, started):
    component = started(scripted("timeout"), max_position=15)
    component.place_order(**ORDER)
    with pytest.raises(OrderDeniedError, match="max_position"):
        component.place_order("AAPL", 6, "market")


def test_a_canceled_order_frees_its_share_of_the_limit(scripted, started):
    component = started(scripted(), max_position=10)
    component.place_order(**ORDER)
    component.cancel_order(client_order_id="o1")
    assert component.place_order("AAPL", 10, "market").status is OrderStatus.ACCEPTED


def test_a_market_order_is_valued_at_the_last_fill(scripted, started):
    session = scripted()
    component = started(session, max_notional=1000)
    component.place_order(**ORDER)
    session.trade("o1", 10, 90)
    component.get_fills()
    with pytest.raises(OrderDeniedError, match="max_notional"):
        component.place_order("AAPL", 12, "market")


def test_the_number_of_open_orders_is_limited(scripted, started):
    component = started(scripted(), max_open_orders=1)
    component.place_order(**ORDER)
    with pytest.raises(OrderDeniedError, match="max_open_orders"):
        component.place_order("MSFT", 1, "market")
