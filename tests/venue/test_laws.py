"""Laws of the venue against a naive model, and broken venues that break them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.models import OrderStatus, Side, TimeInForce
from allause.venue import EXAMINED, LIQUIDITY, TAPE, HalfBook, LogEvent, read_truth
from allause.venue import matching as matching_module
from allause.venue.clearing import Clearing
from allause.venue.matching import Matching
from allause.venue.position import Position
from allause.venue.stops import Stops
from venue.naive import MAKER, TAKER, Naive, Refusal
from venue.steps import ACCOUNTS, GRIDS, drawn_steps, opened, run


def _model(steps):
    naive, refused = Naive(), []
    for number, step in enumerate(steps):
        try:
            naive.step(**{key: Fraction(v) if isinstance(v, Decimal) else v for key, v in step.items()})
        except Refusal:
            refused.append(number)
    return naive, refused


def _assert_agrees(venue, refused, steps):
    naive, refused_there = _model(steps)
    assert refused == refused_there
    fills = [r for r in venue.log if r.event is LogEvent.FILLED]
    told = [
        (m.symbol, m.client_order_id, t.client_order_id, m.quantity, m.price)
        for m, t in zip(*[iter(fills)] * 2, strict=True)
    ]
    assert told == naive.executions
    orders = {o.client_order_id: o for name in ACCOUNTS for o in venue.orders(name)}
    assert {k: (o.filled_qty, o.quantity, not o.status.is_terminal) for k, o in orders.items()} == naive.told()
    for name in (*ACCOUNTS, LIQUIDITY, TAPE):
        account = venue.account(name)
        start = venue.starting_cash if name in ACCOUNTS else 0
        assert Fraction(account.cash) - Fraction(start) == naive.cash.get(name, 0)
        assert Fraction(account.fees) == naive.fees.get(name, 0)
        held = {symbol: quantity for (owner, symbol), quantity in naive.position.items() if owner == name}
        assert {s: q for s, q in account.positions.items() if q} == {s: q for s, q in held.items() if q}


def _assert_conserved(venue):
    accounts = [venue.account(name) for name in (*ACCOUNTS, LIQUIDITY, TAPE)]
    for symbol in GRIDS:
        assert sum(account.positions.get(symbol, 0) for account in accounts) == 0
    assert sum(account.cash + account.fees for account in accounts) == venue.starting_cash * len(ACCOUNTS)


def _assert_not_overfilled(venue):
    for name in ACCOUNTS:
        executed = {o.client_order_id: Decimal(0) for o in venue.orders(name)}
        for fill in venue.fills(name):
            executed[fill.client_order_id] += fill.last_qty
        for order in venue.orders(name):
            assert executed[order.client_order_id] == order.filled_qty <= order.quantity
            if order.status is OrderStatus.FILLED:
                assert order.filled_qty == order.quantity


def _assert_uncrossed(venue):
    for symbol in GRIDS:
        book = venue._listings[symbol].book
        bid, ask = next(iter(book.bids), None), next(iter(book.asks), None)
        assert bid is None or ask is None or bid.price < ask.price


def _assert_priority(venue):
    """Find every side of every book sorted by price, then by place."""
    for symbol in GRIDS:
        book = venue._listings[symbol].book
        for orders, sign in ((list(book.bids), -1), (list(book.asks), 1)):
            assert [(o.price, o.number) for o in orders] == sorted(
                ((o.price, o.number) for o in orders), key=lambda place: (sign * place[0], place[1])
            )


def _assert_only_reducing(venue):
    for name in ACCOUNTS:
        held = venue.account(name).positions
        for order in venue.account(name).working.values():
            if order.reduce_only:
                allowed = -held[order.symbol] if order.side is Side.BUY else held[order.symbol]
                assert order.quantity - order.filled_qty <= allowed


def _assert_nothing_met_waits(venue):
    for name in ACCOUNTS:
        for order in venue.account(name).working.values():
            last = venue._listings[order.symbol].last
            if order.waiting and last:
                assert last < order.stop if order.side is Side.BUY else last > order.stop


def _assert_log_tells_it_all(venue):
    for name in ACCOUNTS:
        true = read_truth(venue.log, name)
        assert tuple(true.fills.values()) == venue.fills(name)
        assert dict(true.positions) == dict(venue.positions(name))
        assert true.cash_flow == venue.account(name).cash - venue.starting_cash
        taken = {key: order for key, order in true.orders.items() if order.status is not None}
        told = {o.client_order_id: (o.status, o.filled_qty, o.quantity) for o in venue.orders(name)}
        assert {key: (o.status, o.filled_qty, o.quantity) for key, o in taken.items()} == told


def _watch(venue):
    _assert_conserved(venue)
    _assert_uncrossed(venue)
    _assert_priority(venue)
    _assert_only_reducing(venue)
    _assert_nothing_met_waits(venue)


def _assert_laws(steps):
    venue, refused = run(steps, _watch)
    _assert_agrees(venue, refused, steps)
    _assert_not_overfilled(venue)
    _assert_log_tells_it_all(venue)
    assert run(steps)[0].log_bytes() == venue.log_bytes()


def test_rates_of_the_model_are_those_of_theopened():
    paid = opened().account().position(opened()._listings["AAA"])
    assert (paid.maker_rate * Fraction(paid.rate_unit), paid.taker_rate * Fraction(paid.rate_unit)) == (MAKER, TAKER)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_venue_agrees_with_the_naive_model_and_keeps_every_law(seed, length):
    _assert_laws(drawn_steps(seed, length))


@pytest.mark.parametrize("seed", range(3))
def test_laws_hold_over_a_long_run_in_which_everything_happens(seed):
    steps = drawn_steps(seed, 600)
    _assert_laws(steps)
    log = run(steps)[0].log
    assert {record.event for record in log} == set(LogEvent) - {LogEvent.DEPTH}
    reasons = " ".join(record.reason for record in log)
    for reason in ("cut to the position", "no position left", "fill or kill", "same account"):
        assert reason in reasons


def test_reading_an_account_changes_nothing(order):
    venues = [opened(), opened()]
    venues[1].account("other")
    for venue in venues:
        for name in (EXAMINED, "other"):
            venue.submit(order("buy 1 @ 90", name, tif=TimeInForce.DAY), name)
        venue.end_session()
    assert venues[0].log_bytes() == venues[1].log_bytes()


# Broken venues: each has to break a law within the same steps.

_add, _met = HalfBook.add, Stops.met
_execute, _end = Clearing.execute, Matching.end


def _put_first(book, order):
    _add(book, order)
    book._levels[order.rank].move_to_end(order.number, last=False)


def _worst_price_first(self):
    return next(iter(self._levels[self.ranks[0]].values()))


def _latest_first(self):
    return next(reversed(self._levels[self.ranks[-1]].values()))


def _execute_twice(self, maker, taker, lots):
    _execute(self, maker, taker, lots)
    maker.left += lots
    taker.left += lots
    _execute(self, maker, taker, lots)


def _at_the_taker_s_price(self, maker, taker, lots):
    limit, maker.limit = maker.limit, taker.limit or maker.limit
    _execute(self, maker, taker, lots)
    maker.limit = limit


def _fee_twice(self, maker, taker, lots):
    _execute(self, maker, taker, lots)
    taker.position.fees += lots * maker.limit * taker.position.taker_rate


def _fee_forgotten(self, maker, taker, lots):
    _execute(self, maker, taker, lots)
    taker.position.fees -= lots * maker.limit * taker.position.taker_rate


def _one_side_settled(self, maker, taker, lots):
    before = maker.position.lots
    _execute(self, maker, taker, lots)
    maker.position.lots = before


def _never_trades(self, order, facing, reach, listing):
    """Leave what crosses standing: the book becomes crossed."""


def _newest_stop_first(self, last):
    return _met(self, last)[::-1]


def _no_stop(self, last):
    return []


def _nothing_cut(self, listing, position):
    """Let reduce-only orders be."""


def _cancelled_order_stays(self, order, status, reason, *, tell=True):
    """Leave an order in the book that its owner cancelled."""
    if tell:
        _end(self, order, status, reason)
    else:
        self._clearing.finish(order, status, reason, tell=tell)


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (HalfBook, "first", _worst_price_first),
        (HalfBook, "first", _latest_first),
        (Clearing, "execute", _execute_twice),
        (Clearing, "execute", _at_the_taker_s_price),
        (Clearing, "execute", _fee_twice),
        (Clearing, "execute", _fee_forgotten),
        (Clearing, "execute", _one_side_settled),
        (Matching, "_trade", _never_trades),
        (Matching, "_keep_reducing", _nothing_cut),
        (Matching, "end", _cancelled_order_stays),
        (Stops, "met", _newest_stop_first),
        (Stops, "met", _no_stop),
        (matching_module, "available", lambda taker, listing: taker.left),
        (Position, "reducible", lambda self, side: 10**9),
    ],
)
def test_broken_venue_breaks_a_law(monkeypatch, owner, name, broken):
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(_BROKEN):
        _assert_all_laws(range(3))


def _assert_all_laws(seeds):
    for seed in seeds:
        _assert_laws(drawn_steps(seed, 200))


#: What a law says; and what a book says that no longer holds together.
_BROKEN = (AssertionError, KeyError)


@pytest.mark.parametrize(
    ("owner", "name", "broken", "law"),
    [
        (Clearing, "execute", _execute_twice, _assert_not_overfilled),
        (Clearing, "execute", _one_side_settled, _assert_conserved),
        (Clearing, "execute", _fee_twice, _assert_log_tells_it_all),
        (Matching, "_trade", _never_trades, _assert_uncrossed),
        (Matching, "_keep_reducing", _nothing_cut, _assert_only_reducing),
        (Stops, "met", _no_stop, _assert_nothing_met_waits),
        (HalfBook, "add", _put_first, _assert_priority),
    ],
)
def test_each_law_notices_what_it_is_for(monkeypatch, owner, name, broken, law):
    steps = drawn_steps(0, 400)
    run(steps, law)
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(AssertionError):
        run(steps, law)
