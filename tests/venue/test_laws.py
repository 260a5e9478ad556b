"""Laws of the venue against a naive model, and broken venues that break them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.exceptions import VenueError
from allause.models import OrderIntent, OrderStatus, OrderType, Side, TimeInForce
from allause.venue import EXAMINED, LIQUIDITY, HalfBook, LogEvent, Venue, read_truth
from allause.venue.account import VenueAccount
from allause.venue.clearing import Clearing

_ACCOUNTS = (EXAMINED, "other", "third")
_FEE = Decimal("0.001")
_PRICES, _SIZES = st.integers(95, 105), st.integers(1, 9)
_ORDERS = st.tuples(
    st.just("order"),
    st.sampled_from(_ACCOUNTS),
    st.sampled_from(list(Side)),
    _SIZES,
    st.one_of(st.none(), _PRICES),
    st.sampled_from(list(TimeInForce)),
)
_QUOTES = st.tuples(st.just("quote"), _PRICES, st.integers(1, 4), st.integers(0, 9), st.integers(0, 9))
_CANCELS = st.tuples(st.just("cancel"), st.integers(0, 30))
_STEPS = st.lists(st.one_of(_ORDERS, _ORDERS, _ORDERS, _QUOTES, _CANCELS, st.just(("end",))), max_size=40)


def _run(steps):
    venue = Venue(seed=1, fee_rate=_FEE)
    venue.list_instrument("AAA")
    for number, (what, *rest) in enumerate(steps):
        if what == "quote":
            bid, spread, bid_size, ask_size = rest
            venue.quote("AAA", bid, bid + spread, bid_size, ask_size, ts=number)
        elif what == "end":
            venue.end_session()
        else:
            _try(venue, what, rest, number, steps)
    return venue


def _try(venue, what, rest, number, steps):
    try:
        if what == "cancel":
            (target,) = rest
            if target < len(steps) and steps[target][0] == "order":
                venue.cancel(f"c{target}", steps[target][1])
            return
        account, side, quantity, price, tif = rest
        venue.submit(
            OrderIntent(
                client_order_id=f"c{number}",
                symbol="AAA",
                side=side,
                quantity=Decimal(quantity),
                order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
                price=None if price is None else Decimal(price),
                time_in_force=tif,
            ),
            account,
        )
    except VenueError:
        pass  # a refusal is an outcome; the model has to come to the same one


class Naive:
    """Keep one unsorted list of resting orders and sort it for every order that comes in."""

    def __init__(self):
        self.resting, self.executions = [], []

    def facing(self, side, price):
        sign = 1 if side is Side.BUY else -1
        within = [
            o for o in self.resting if o["side"] is not side and (price is None or sign * (price - o["price"]) >= 0)
        ]
        return sorted(within, key=lambda o: sign * o["price"])

    def order(self, name, account, side, quantity, price, tif):
        facing = self.facing(side, price)
        fillable = sum(o["left"] for o in facing if o["account"] != account)
        if (tif is TimeInForce.FOK and fillable < quantity) or (price is None and not fillable):
            return
        left = quantity
        for maker in facing:
            if left and maker["account"] == account:
                self.resting.remove(maker)
            elif left:
                left -= self.trade(maker, name, min(left, maker["left"]))
        if left and price is not None and tif in {TimeInForce.DAY, TimeInForce.GTC}:
            rest = {"name": name, "account": account, "side": side, "left": left, "price": price, "tif": tif}
            self.resting.append(rest)

    def trade(self, maker, taker, quantity):
        self.executions.append((maker["name"], taker, quantity, maker["price"]))
        maker["left"] -= quantity
        self.keep(lambda o: o["left"])
        return quantity

    def quote(self, bid, spread, bid_size, ask_size):
        self.keep(lambda o: o["name"])
        for side, price, size in ((Side.BUY, bid, bid_size), (Side.SELL, bid + spread, ask_size)):
            if size:
                self.order("", LIQUIDITY, side, size, price, TimeInForce.GTC)

    def keep(self, condition):
        self.resting = [o for o in self.resting if condition(o)]


def _model(steps):
    """Return the executions as (maker, taker, quantity, price), and what rests in the end."""
    naive = Naive()
    for number, (what, *rest) in enumerate(steps):
        if what == "order":
            naive.order(f"c{number}", *rest)
        elif what == "quote":
            naive.quote(*rest)
        elif what == "cancel":
            naive.keep(lambda o, name=f"c{rest[0]}": o["name"] != name)
        else:
            naive.keep(lambda o: o["tif"] is not TimeInForce.DAY)
    return naive.executions, sorted((o["name"], o["left"]) for o in naive.resting if o["name"])


def _assert_priority(venue, steps):
    fills = [r for r in venue.log if r.event is LogEvent.FILLED]
    told = [
        (m.client_order_id, t.client_order_id, m.quantity, m.price) for m, t in zip(*[iter(fills)] * 2, strict=True)
    ]
    working = sorted(
        (o.client_order_id, o.quantity - o.filled_qty) for name in _ACCOUNTS for o in venue.orders(name, working=True)
    )
    assert (told, working) == _model(steps)


def _assert_conserved(venue):
    accounts = [venue.account(name) for name in (*_ACCOUNTS, LIQUIDITY)]
    assert sum(account.positions.get("AAA", 0) for account in accounts) == 0
    assert sum(account.cash + account.fees for account in accounts) == venue.starting_cash * len(_ACCOUNTS)


def _assert_not_overfilled(venue):
    for name in _ACCOUNTS:
        executed = {o.client_order_id: Decimal(0) for o in venue.orders(name)}
        for fill in venue.fills(name):
            executed[fill.client_order_id] += fill.last_qty
        for order in venue.orders(name):
            assert executed[order.client_order_id] == order.filled_qty <= order.quantity
            assert (order.status is OrderStatus.FILLED) == (order.filled_qty == order.quantity)


def _assert_uncrossed(venue):
    bid, ask = venue._books["AAA"].bids.first(), venue._books["AAA"].asks.first()
    assert bid is None or ask is None or bid.price < ask.price


def _assert_log_tells_it_all(venue):
    for name in _ACCOUNTS:
        true = read_truth(venue.log, name)
        assert tuple(true.fills.values()) == venue.fills(name)
        assert dict(true.positions) == dict(venue.positions(name))
        assert true.cash_flow == venue.account(name).cash - venue.starting_cash
        taken = {key: order for key, order in true.orders.items() if order.status is not None}
        assert {key: (o.status, o.filled_qty) for key, o in taken.items()} == {
            o.client_order_id: (o.status, o.filled_qty) for o in venue.orders(name)
        }


def _assert_laws(steps):
    venue = _run(steps)
    _assert_priority(venue, steps)
    _assert_conserved(venue)
    _assert_not_overfilled(venue)
    _assert_uncrossed(venue)
    _assert_log_tells_it_all(venue)
    assert _run(steps).log_bytes() == venue.log_bytes()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_STEPS)
def test_venue_agrees_with_the_naive_model_and_conserves_quantity_and_cash(steps):
    _assert_laws(steps)


_GTC = TimeInForce.GTC
_TELLING = [
    ("order", "other", Side.SELL, 5, 101, _GTC),
    ("order", "other", Side.SELL, 5, 100, _GTC),
    ("order", "third", Side.SELL, 5, 100, _GTC),
    ("order", EXAMINED, Side.BUY, 7, 101, _GTC),
    ("order", EXAMINED, Side.BUY, 8, 99, _GTC),
    ("quote", 98, 1, 3, 3),
]


def test_telling_steps_keep_the_laws():
    _assert_laws(_TELLING)


def _worst_price_first(self):
    return next(iter(self._levels[0].values())) if self._levels else None


def _latest_first(self):
    return next(reversed(self._levels[-1].values())) if self._levels else None


_execute, _settle = Clearing.execute, VenueAccount.settle


def _execute_twice(self, maker, taker, quantity):
    _execute(self, maker, taker, quantity)
    _execute(self, maker, taker, quantity)


def _settle_buys_only(self, order, quantity, price):
    return _settle(self, order, quantity, price) if order.side is Side.BUY else Decimal(0)


def _forget_the_fee(self, order, quantity, price):
    fee = _settle(self, order, quantity, price)
    self.cash += fee
    return fee


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (HalfBook, "first", _worst_price_first),
        (HalfBook, "first", _latest_first),
        (Clearing, "execute", _execute_twice),
        (VenueAccount, "settle", _settle_buys_only),
        (VenueAccount, "settle", _forget_the_fee),
    ],
)
def test_broken_venue_breaks_a_law(monkeypatch, owner, name, broken):
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(AssertionError):
        _assert_laws(_TELLING)


def test_overfilled_order_is_noticed_by_its_own_law(monkeypatch):
    monkeypatch.setattr(Clearing, "execute", _execute_twice)
    with pytest.raises(AssertionError):
        _assert_not_overfilled(_run(_TELLING))


def test_one_sided_settlement_is_noticed_by_conservation(monkeypatch):
    monkeypatch.setattr(VenueAccount, "settle", _settle_buys_only)
    with pytest.raises(AssertionError):
        _assert_conserved(_run(_TELLING))
