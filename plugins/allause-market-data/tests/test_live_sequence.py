"""What the numbers of messages tell of their order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from allause.models import Trade
from allause_market_data.live import (
    Kind,
    Received,
)
from allause_market_data.live.sequence import Arrival, Numbers, TradeSequence


def trade(number):
    return Received(Kind.TRADE, number, Trade(symbol="A", ts_event=1, ts_init=1, price=1, size=1))


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=80))
def test_trades_come_once_each_in_their_order_whatever_the_order_of_arrival(arriving):
    sequence, given_ = TradeSequence(), []
    for number in arriving:
        given_ += [one.number for one in sequence.take(trade(number))]
    first = arriving[0]
    known, wanted = set(arriving), []
    while first in known:
        wanted.append(first)
        first += 1
    assert given_ == wanted


def test_numbers_tell_what_comes_again_and_what_comes_late():
    numbers = Numbers()
    assert [numbers.take(one) for one in (5, 7, 6, 7, 8)] == [
        Arrival.NEW, Arrival.NEW, Arrival.LATE, Arrival.DUPLICATE, Arrival.NEW,
    ]  # fmt: skip


def test_numbers_that_go_on_far_above_are_believed_from_the_second_on():
    numbers = Numbers()
    assert [numbers.take(one) for one in (5, 2**50, 2**50 + 1, 6)] == [
        Arrival.NEW, Arrival.FAR, Arrival.NEW, Arrival.LATE,
    ]  # fmt: skip
