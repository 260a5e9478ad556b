"""Try the main operation on known input, against a paper session whose prices are given here."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from allause.exceptions import OrderConflictError, OrderDeniedError
from allause.models.component import FunctionalityCase
from allause.models.orders import OrderStatus
from allause_execution.orders.ledger import EXACT
from allause_execution.sessions.paper import PaperSession


def run_cases(trader: Any, paper: PaperSession) -> tuple[FunctionalityCase, ...]:
    """Return the outcome of every case; a case that raises has failed and the rest still run.

    Args:
        trader: the component, called as any caller would; it may be broken in any way.
        paper: the venue it trades on.
    """
    symbol = "SELFTEST"
    paper.quote(symbol, Decimal(99), Decimal(101))

    def market_order_fills() -> str:
        report = trader.place_order(
            symbol=symbol, quantity=10, order_type="market", side="buy", client_order_id="selftest-1"
        )
        return _differs((report.status, report.filled_qty, report.avg_px), (OrderStatus.FILLED, 10, 101))

    def same_id_sends_nothing() -> str:
        again = trader.place_order(
            symbol=symbol, quantity=10, order_type="market", side="buy", client_order_id="selftest-1"
        )
        return _differs((again.status, len(paper.fills())), (OrderStatus.FILLED, 1))

    def same_id_other_order_is_refused() -> str:
        return _raises(
            OrderConflictError,
            lambda: trader.place_order(symbol=symbol, quantity=11, order_type="market", client_order_id="selftest-1"),
        )

    def limit_order_waits_and_fills() -> str:
        order = trader.place_order(symbol=symbol, quantity=4, order_type="limit", side="sell", price=105.5)
        waiting = order.status
        paper.quote(symbol, Decimal(106), Decimal(107))
        report = trader.get_order(client_order_id=order.intent.client_order_id)
        return _differs((waiting, report.status, report.avg_px), (OrderStatus.ACCEPTED, OrderStatus.FILLED, 106))

    def cancel_ends_an_order() -> str:
        order = trader.place_order(symbol=symbol, quantity=1, order_type="limit", price=1)
        report = trader.cancel_order(client_order_id=order.intent.client_order_id)
        return _differs((order.status, report.status), (OrderStatus.ACCEPTED, OrderStatus.CANCELED))

    def money_follows_from_the_fills() -> str:
        positions = {position.symbol: position.quantity for position in trader.get_positions()}
        account = trader.get_account()
        change = EXACT.subtract(account.cash, account.starting_cash)
        return _differs((positions, change), ({symbol: 6}, 4 * 106 - 10 * 101))

    def bad_quantities_are_denied() -> str:
        bad = (0, -1, float("nan"), float("inf"), True, "10")
        return "; ".join(
            text
            for value in bad
            if (text := _raises(OrderDeniedError, partial(trader.place_order, symbol, value, "market")))
        )

    def halt_stops_orders() -> str:
        trader.halt(reason="self-test")
        denied = _raises(OrderDeniedError, lambda: trader.place_order(symbol=symbol, quantity=1, order_type="market"))
        trader.resume()
        return denied

    cases: tuple[Callable[[], str], ...] = (
        market_order_fills,
        same_id_sends_nothing,
        same_id_other_order_is_refused,
        limit_order_waits_and_fills,
        cancel_ends_an_order,
        money_follows_from_the_fills,
        bad_quantities_are_denied,
        halt_stops_orders,
    )
    return tuple(_run(case) for case in cases)


def _run(case: Callable[[], str]) -> FunctionalityCase:
    try:
        detail = case()
    except Exception as error:  # noqa: BLE001  a case that raises is a failed case, told as one
        detail = f"raised {type(error).__name__}: {error}"
    return FunctionalityCase(name=case.__name__.replace("_", " "), passed=not detail, detail=detail)


def _differs(found: object, expected: object) -> str:
    return "" if found == expected else f"expected {expected}, found {found}"


def _raises(error: type[Exception], action: Callable[[], object]) -> str:
    try:
        found = action()
    except error:
        return ""
    return f"expected {error.__name__}, found {found}"
