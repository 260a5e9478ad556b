"""The example strategy and the records that strategies use."""

from decimal import Decimal

import pytest

from allause.models.market import Bar
from allause.models.orders import OrderType, Side, TimeInForce
from allause.strategies import BarEvent, MovingAverageCrossover, OrderRequest, Portfolio


def _event(number, log_return, is_outlier=False):
    bar = Bar(symbol="X", ts_event=number, ts_init=number, open=50, high=51, low=49, close=50, volume=100)
    return BarEvent(bar=bar, log_return=log_return, rolling_volatility=None, vwap=None, is_outlier=is_outlier)


def _portfolio(held=0, working=0):
    positions = {"X": Decimal(held)} if held else {}
    return Portfolio(cash=Decimal(0), positions=positions, working={"X": Decimal(working)} if working else {})


@pytest.fixture
def make_strategy():
    return lambda: MovingAverageCrossover(fast=2, slow=4, notional=1_000)


def _orders(strategy, returns, portfolio, **changes):
    return [order for n, r in enumerate(returns) for order in strategy(_event(n, r, **changes), portfolio)]


def test_it_buys_for_its_notional_once_prices_rise(make_strategy):
    orders = _orders(make_strategy(), [0.01] * 6, _portfolio())
    assert orders[0] == OrderRequest(symbol="X", quantity=20, side=Side.BUY)


def test_it_gives_no_order_before_its_slow_average_is_warm(make_strategy):
    assert _orders(make_strategy(), [0.01] * 4, _portfolio()) == []


def test_it_sells_all_it_holds_once_prices_fall(make_strategy):
    orders = _orders(make_strategy(), [-0.01] * 5, _portfolio(held=7))
    assert orders == [OrderRequest(symbol="X", quantity=7, side=Side.SELL)]


def test_it_waits_while_an_order_is_working(make_strategy):
    assert _orders(make_strategy(), [0.01] * 9, _portfolio(working=1)) == []


def test_an_outlier_moves_nothing(make_strategy):
    strategy = make_strategy()
    assert _orders(strategy, [0.01] * 9, _portfolio(), is_outlier=True) == []
    assert _orders(strategy, [0.01] * 4, _portfolio()) == []


def test_the_same_events_give_the_same_orders(make_strategy):
    returns = [0.01, -0.02, 0.03, None, 0.01, -0.01, 0.02, 0.02, -0.05, 0.01]
    first, second = (_orders(make_strategy(), returns, _portfolio()) for _ in range(2))
    assert first
    assert first == second


def test_numbers_of_a_request_are_taken_as_the_decimals_they_print_as():
    request = OrderRequest(symbol="X", quantity=0.1, side="sell", order_type="limit", price=1.1, time_in_force="ioc")
    assert (request.quantity, request.price) == (Decimal("0.1"), Decimal("1.1"))
    assert (request.side, request.order_type) == (Side.SELL, OrderType.LIMIT)
    assert request.time_in_force is TimeInForce.IOC


@pytest.mark.parametrize("quantity", [0, -1, float("nan"), float("inf"), True, "1"])
def test_a_request_needs_a_positive_number(quantity):
    with pytest.raises((ValueError, TypeError)):
        OrderRequest(symbol="X", quantity=quantity, side="buy")


def test_a_flat_symbol_has_position_zero():
    assert _portfolio().position("Y") == 0
