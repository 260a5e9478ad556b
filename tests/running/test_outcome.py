"""Equity and returns, from fills and closes."""

from decimal import Decimal

import pytest

from allause.models.market import Bar
from allause.models.orders import Account, Fill, ReconciliationReport, Side
from allause.running.outcome import Outcome, equity

_DAY = 86_400 * 10**9


def _bar(symbol, ts, close):
    return Bar(symbol=symbol, ts_event=ts, ts_init=ts, open=close, high=close, low=close, close=close, volume=1)


def _fill(side, quantity, price, ts, symbol="X", fee="0"):
    return Fill(
        trade_id=f"{symbol}{ts}{side}",
        client_order_id="c",
        venue_order_id="v",
        symbol=symbol,
        side=side,
        last_qty=Decimal(quantity),
        last_px=Decimal(price),
        fee=Decimal(fee),
        ts_event=ts,
    )


def _outcome(values, times=None):
    return Outcome(
        orders={},
        fills=(),
        positions=(),
        account=Account(currency="USD", starting_cash=Decimal(1), cash=Decimal(1), realized_pnl=Decimal(0), fees=0),
        reconciliation=ReconciliationReport(complete=True),
        problems=(),
        equity=tuple(Decimal(value) for value in values),
        times=tuple(times or range(len(values))),
    )


def test_equity_is_cash_and_positions_at_the_last_close():
    fills = [_fill(Side.BUY, 10, "5", 1, fee="0.5"), _fill(Side.SELL, 4, "7", 3)]
    bars = [_bar("X", 1, 5.0), _bar("X", 2, 6.0), _bar("X", 3, 7.0)]
    values = [value for _, value in equity(Decimal(100), fills, bars)]
    assert values == [Decimal("99.5"), Decimal("109.5"), Decimal("119.5")]


def test_a_short_position_loses_when_prices_rise():
    values = [v for _, v in equity(Decimal(100), [_fill(Side.SELL, 1, "5", 1)], [_bar("X", 1, 5.0), _bar("X", 2, 6.0)])]
    assert values == [Decimal(100), Decimal(99)]


def test_there_is_one_value_for_each_time_whatever_the_number_of_symbols():
    bars = [_bar("X", 1, 5.0), _bar("Y", 1, 2.0), _bar("X", 2, 5.0)]
    assert [ts for ts, _ in equity(Decimal(1), [], bars)] == [1, 2]


def test_returns_are_simple_and_one_fewer_than_the_times():
    assert _outcome([100, 110, 99]).returns == pytest.approx((0.1, -0.1))


@pytest.mark.parametrize("values", [[], [100], [100, 0], [100, -5, 3]])
def test_returns_that_are_not_defined_are_left_out(values):
    assert _outcome(values).returns == ()


def test_the_periods_of_a_year_follow_from_the_times():
    days = [n * _DAY for n in range(366)]
    assert _outcome([1] * 366, days).periods_per_year == pytest.approx(365.25)


@pytest.mark.parametrize("times", [[], [5]])
def test_one_time_has_no_period(times):
    assert _outcome([1] * len(times), times).periods_per_year is None
