from decimal import Context, Decimal, FloatOperation, Inexact, Rounded, localcontext

import pytest

from allause.exceptions import VenueError
from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause_execution import PaperSession


@pytest.mark.parametrize(
    ("side", "price", "filled_at"),
    [
        ("buy", None, 101),
        ("sell", None, 99),
        ("buy", 101, 101),
        ("buy", 100, None),
        ("sell", 99, 99),
        ("sell", 100, None),
    ],
)
def test_a_quote_fills_what_it_reaches_at_its_price(intent, side, price, filled_at):
    paper = PaperSession()
    paper.submit(
        intent(
            side=Side(side),
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            price=None if price is None else Decimal(price),
        )
    )
    assert paper.fills() == ()
    paper.quote("AAPL", Decimal(99), Decimal(101))
    assert [fill.last_px for fill in paper.fills()] == ([] if filled_at is None else [filled_at])


def test_no_price_is_made_up(intent):
    paper = PaperSession()
    order = paper.submit(intent())
    assert (order.status, order.reason) == (OrderStatus.ACCEPTED, "paper session: the order waits for a price")
    assert paper.poll() == ()


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_for_at_once_ends_without_a_quote(intent, time_in_force):
    assert PaperSession().submit(intent(time_in_force=time_in_force)).status is OrderStatus.CANCELED


def test_an_id_can_be_submitted_once(intent):
    paper = PaperSession()
    paper.submit(intent())
    with pytest.raises(VenueError, match="duplicate"):
        paper.submit(intent())


def test_a_filled_order_is_not_filled_again(intent):
    paper = PaperSession()
    paper.submit(intent())
    paper.quote("AAPL", Decimal(99), Decimal(101))
    paper.quote("AAPL", Decimal(98), Decimal(100))
    assert len(paper.fills()) == 1


@pytest.mark.parametrize(("bid", "ask"), [(2, 1), (0, 1), (-1, 1)])
def test_an_impossible_quote_is_refused(bid, ask):
    with pytest.raises(ValueError, match="expected 0 < bid <= ask"):
        PaperSession().quote("AAPL", Decimal(bid), Decimal(ask))


def test_money_follows_from_the_fills(intent):
    paper = PaperSession(Decimal(5000))
    paper.submit(intent())
    paper.quote("AAPL", Decimal(99), Decimal(101))
    assert (paper.cash(), dict(paper.positions())) == (5000 - 1010, {"AAPL": 10})


def test_a_program_that_lowers_its_own_precision_trades_the_same(intent):
    paper = PaperSession()
    limit = {"order_type": OrderType.LIMIT, "price": Decimal("101.25"), "quantity": Decimal("1234.5")}
    with localcontext(Context(prec=2, traps=[Inexact, Rounded, FloatOperation])):
        paper.submit(intent(**limit))
        paper.quote("AAPL", Decimal("101.22"), Decimal("101.23"))
        paper.submit(intent(client_order_id="o2", side=Side.SELL, quantity=Decimal(99999), reduce_only=True))
    assert [(fill.last_qty, fill.last_px) for fill in paper.fills()] == [
        (Decimal("1234.5"), Decimal("101.23")),
        (Decimal("1234.5"), Decimal("101.22")),
    ]
    assert [paper.query(key).status for key in ("o1", "o2")] == [OrderStatus.FILLED, OrderStatus.CANCELED]
    assert paper.cash() == 1_000_000 - Decimal("12.345")
