"""Several links to one venue, each over a socket of its own, cut under load: nothing twice, nothing lost."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest

from allause.exceptions import OrderDeniedError
from allause.fronts import RemoteSession, Server
from allause.models.orders import OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution.sessions import link

SYMBOLS = "ABCDEFGH"
ORDERS, THREADS = 40, 4


class Front:
    """Open links to a venue, and cut them."""

    def __init__(self):
        self.venue = Venue(seed=1)
        for symbol in SYMBOLS:
            self.venue.quote(symbol, 99, 101, 10**6, 10**6, ts=0)
        self.ends = []
        self._kept = []

    def connect(self):
        here, there = socket.socketpair()
        self.ends.append(here)
        self._kept += [there, Server(InProcessSession(self.venue), here)]
        return RemoteSession(there.fileno())

    def cut(self, number):
        with suppress(OSError):  # it is closed already
            self.ends[number].shutdown(socket.SHUT_RDWR)

    def close(self):
        for kept in self._kept:
            kept.close()


@pytest.fixture
def front():
    front = Front()
    yield front
    front.close()


def trade_through_cuts(front, started):
    component = started(front.connect(), connect=front.connect, sessions=3, failures_to_open=50)

    def placed_at_last(symbol, name):
        """Place an order; where the link is cut while the venue is asked about the instrument, it says to try again."""
        for _ in range(10):
            with suppress(OrderDeniedError):
                return component.place_order(symbol, 1, "market", client_order_id=name)
        raise AssertionError(f"{name} was denied ten times")

    def trade(thread):
        for number in range(ORDERS):
            if number == ORDERS // 2 and thread < 2:
                front.cut(thread)
            symbol = SYMBOLS[(thread + number) % len(SYMBOLS)]
            placed_at_last(symbol, f"{thread}-{number}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(trade, range(THREADS)))
    component.reconcile()
    assert component.reconcile().complete
    return component


def all_is_as_at_the_venue(front, started):
    component = trade_through_cuts(front, started)
    fills = [fill for fill in front.venue.fills() if fill.client_order_id]
    assert sorted(fill.trade_id for fill in component.get_fills()) == sorted(fill.trade_id for fill in fills)
    assert front.venue.orders_received == len(front.venue.orders())
    assert {p.symbol: p.quantity for p in component.get_positions()} == dict(front.venue.positions())
    assert component.get_account().cash == front.venue.account().cash
    statuses = {component.get_order(f"{t}-{n}").status for t in range(THREADS) for n in range(ORDERS)}
    assert statuses <= {OrderStatus.FILLED, OrderStatus.REJECTED}
    return component


def test_links_that_are_cut_under_load_are_opened_anew_and_nothing_is_lost_or_sent_twice(front, started):
    details = all_is_as_at_the_venue(front, started).get_performance_stats().details
    assert details["sessions"] == 3
    assert len(front.ends) > 3
    assert front.venue.account().cash < Decimal(1_000_000)


@pytest.fixture
def deaf(front, monkeypatch):
    """A venue that takes one order and ends the links in place of an answer."""

    class Deaf(InProcessSession):
        def submit(self, intent):
            order = super().submit(intent)
            if intent.client_order_id == "0-7":
                for number in range(len(front.ends)):
                    front.cut(number)
            return order

    monkeypatch.setattr(f"{__name__}.InProcessSession", Deaf)
    return front


def test_an_order_whose_answer_the_cut_link_never_brought_is_found_and_not_sent_again(deaf, started):
    component = all_is_as_at_the_venue(deaf, started)
    assert component.get_order("0-7").status is OrderStatus.FILLED
    assert component.get_performance_stats().details["lost_answers"]


def test_a_link_that_sends_again_what_was_not_answered_is_noticed(deaf, started, monkeypatch):
    submit = link.Link.submit

    def again(self, intent):
        answer = submit(self, intent)
        if answer.order is None:
            self.revive()
            return submit(self, intent)
        return answer

    monkeypatch.setattr(link.Link, "submit", again)
    with pytest.raises(AssertionError):
        all_is_as_at_the_venue(deaf, started)
