from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allause.models.orders import Fill, Side
from allause_execution.orders import ledger
from allause_execution.orders.ledger import Ledger

CASH = Decimal(1_000_000)
amounts = st.decimals(min_value="0.001", max_value=10_000, places=3)
fills = st.lists(
    st.builds(
        Fill,
        trade_id=st.just("t"),
        client_order_id=st.just("o"),
        venue_order_id=st.just("v"),
        symbol=st.sampled_from(["A", "B"]),
        side=st.sampled_from(Side),
        last_qty=amounts,
        last_px=amounts,
        fee=st.decimals(min_value=-1, max_value=5, places=4),
    ),
    max_size=30,
)


def make_fill(side, quantity, price, fee=0):
    return Fill(
        trade_id="t",
        client_order_id="o",
        venue_order_id="v",
        symbol="A",
        side=side,
        last_qty=Decimal(quantity),
        last_px=Decimal(price),
        fee=Decimal(fee),
    )


def conserves(ledger, executions):
    """Compare with sums written as naively as can be."""
    for execution in executions:
        ledger.apply(execution)
    signed = [(f, 1 if f.side is Side.BUY else -1) for f in executions]
    spent = sum((Fraction(f.last_qty) * Fraction(f.last_px) * s + Fraction(f.fee) for f, s in signed), Fraction(0))
    assert Fraction(ledger.account().cash) == Fraction(CASH) - spent
    assert Fraction(ledger.account().fees) == sum((Fraction(f.fee) for f in executions), Fraction(0))
    open_cost = Fraction(0)
    for position in ledger.positions():
        assert position.quantity == sum(f.last_qty * s for f, s in signed if f.symbol == position.symbol)
        assert (position.avg_px is None) == (position.quantity == 0)
        open_cost += Fraction(position.quantity) * Fraction(position.avg_px or 0)
    # Cash plus what is open at cost is what was there, plus profit, less fees; average prices are rounded.
    account = ledger.account()
    left = Fraction(account.cash) + open_cost
    right = Fraction(CASH) + Fraction(account.realized_pnl) - Fraction(account.fees)
    assert abs(left - right) < Fraction(1, 10**12)
    assert Fraction(ledger.result()) == Fraction(account.realized_pnl) - Fraction(account.fees)


@given(fills)
def test_cash_and_positions_are_the_sums_of_the_fills(executions):
    conserves(Ledger(CASH, "USD"), executions)


class ForgetsFees(Ledger):
    def apply(self, fill):
        super().apply(make_fill(fill.side, fill.last_qty, fill.last_px))


class BuysEverything(Ledger):
    def apply(self, fill):
        super().apply(make_fill(Side.BUY, fill.last_qty, fill.last_px, fill.fee))


class CountsTwice(Ledger):
    def apply(self, fill):
        super().apply(fill)
        super().apply(fill)


@pytest.mark.parametrize("variant", [ForgetsFees, BuysEverything, CountsTwice])
def test_a_broken_ledger_does_not_conserve(variant):
    with pytest.raises(AssertionError):
        conserves(variant(CASH, "USD"), [make_fill(Side.SELL, 3, 10, 1)])


def test_crossing_zero_realizes_the_closed_part_and_opens_the_rest():
    ledger = Ledger(CASH, "USD")
    ledger.apply(make_fill(Side.BUY, 10, 100))
    ledger.apply(make_fill(Side.SELL, 15, 110))
    (position,) = ledger.positions()
    assert (position.quantity, position.avg_px, position.realized_pnl) == (-5, 110, 100)


def test_a_closed_position_stays_listed_and_flat():
    ledger = Ledger(CASH, "USD")
    ledger.apply(make_fill(Side.SELL, 3, 10))
    ledger.apply(make_fill(Side.BUY, 3, 8))
    (position,) = ledger.positions()
    assert (position.quantity, position.avg_px, position.realized_pnl) == (0, None, 6)


def test_a_lowered_precision_of_the_program_changes_no_money():
    with localcontext() as context:
        context.prec = 3
        ledger = Ledger(CASH, "USD")
        ledger.apply(make_fill(Side.BUY, "1234.567", "89.0123"))
        cash = ledger.account().cash
    assert cash == CASH - Decimal("1234.567") * Decimal("89.0123")


def test_a_position_is_read_at_one_moment(monkeypatch):
    class Closing(ledger._Holding):
        """A position that another thread closes right after it was looked at."""

        @property
        def quantity(self):
            held, self.held = self.held, Decimal(0)
            return held

        @quantity.setter
        def quantity(self, value):
            self.held = value

    monkeypatch.setattr(ledger, "_Holding", Closing)
    book = Ledger(CASH, "USD")
    book._holdings["A"] = holding = Closing(cost=Decimal(500))
    holding.held = Decimal(5)
    position = book.position("A")
    assert (position.quantity, position.avg_px, holding.held) == (5, 100, 0)


def test_the_result_is_known_without_a_look_at_every_position():
    book = Ledger(CASH, "USD")
    for side, quantity, price in (("buy", 3, 100), ("sell", 1, 90), ("sell", 1, 91), ("buy", 4, 80)):
        book.apply(make_fill(Side(side), quantity, price, fee=1))
    book._holdings = None
    assert book.result() == -10 - 9 - 4
