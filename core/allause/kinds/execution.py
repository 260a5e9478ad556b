"""Kind ``execution``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from allause import models
from allause.hookspecs import ExecutionSpec
from allause.kinds.kind import Ask, Heard, Kind, Problem, refusal


def _order(random: Random) -> dict[str, Any]:
    return {
        "symbol": f"X{random.randrange(10**6)}",
        "quantity": Decimal(random.randint(1, 9)),
        "order_type": "limit",
        "side": random.choice(("buy", "sell")),
        "price": Decimal(random.randint(100, 9_999)) / 100,
        "time_in_force": "gtc",
        "client_order_id": f"q-{random.randrange(10**12)}",
    }


def _call(order: Mapping[str, Any]) -> str:
    return "place_order(" + ", ".join(f"{name}={value!r}" for name, value in order.items()) + ")"


def _found(heard: Heard) -> str:
    return f"{heard.error}: {heard.message:.120}" if heard.error else f"{heard.value!r:.160}"


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    order = _order(random)
    heard = ask("place_order", **order)
    report = heard.value
    intent = report.get("intent") if isinstance(report, Mapping) else None
    echoed = isinstance(intent, Mapping) and all(intent.get(name) == value for name, value in order.items())
    status = models.OrderStatus
    alive = {status.SUBMITTED, status.ACCEPTED, status.PARTIALLY_FILLED, status.FILLED}
    if not echoed or report.get("status") not in alive:
        yield Problem(
            call=_call(order),
            expected="an OrderReport whose intent is the order, exact, with a status of a live order",
            found=_found(heard),
        )
        return
    again = ask("place_order", **order).value
    working = ask("get_open_orders").value
    ids = [o["intent"]["client_order_id"] for o in working] if isinstance(working, list) else []
    same = isinstance(again, Mapping) and again.get("venue_order_id") == report.get("venue_order_id")
    if not same or (report["status"] != models.OrderStatus.FILLED and ids.count(order["client_order_id"]) != 1):
        yield Problem(
            call=f"the same {_call(order)} again",
            expected="the order placed before, and one working order",
            found=f"{again!r:.120}; open orders with this id: {ids.count(order['client_order_id'])}",
        )
    changed = dict(order, quantity=order["quantity"] + 1)
    yield from _refused(ask, changed, "OrderConflictError", "the id was used with another quantity")
    yield from _cancel(ask, order["client_order_id"])
    for value in (Decimal(0), Decimal(-1)):
        bad = dict(_order(random), quantity=value)
        yield from _refused(ask, bad, "OrderDeniedError", "a quantity must be positive")
    unpriced = {name: value for name, value in _order(random).items() if name != "price"}
    yield from _refused(ask, unpriced, "OrderDeniedError", "a limit order needs a price")
    yield from _halted(ask, random)


def _refused(ask: Ask, order: Mapping[str, Any], error: str, why: str) -> Iterator[Problem]:
    yield from refusal(_call(order), ask("place_order", **order), error, why)


def _cancel(ask: Ask, client_order_id: str) -> Iterator[Problem]:
    heard = ask("cancel_order", client_order_id=client_order_id)
    status = heard.value.get("status") if isinstance(heard.value, Mapping) else None
    if status not in {models.OrderStatus.CANCELED, models.OrderStatus.PENDING_CANCEL, models.OrderStatus.FILLED}:
        yield Problem(
            call=f"cancel_order(client_order_id={client_order_id!r})",
            expected="the order, canceled or pending cancel (or filled before)",
            found=_found(heard),
        )


def _halted(ask: Ask, random: Random) -> Iterator[Problem]:
    ask("halt", reason="examination")
    order = _order(random)
    yield from _refused(ask, order, "OrderDeniedError", "the component is halted")
    ask("resume")
    heard = ask("place_order", **order)
    if heard.error:
        yield Problem(call=f"resume(), then {_call(order)}", expected="an OrderReport", found=_found(heard))


def _work(ask: Ask, random: Random) -> int:
    calls = random.randint(2, 4)
    for _ in range(calls):
        ask("place_order", **_order(random))
    return calls


EXECUTION = Kind(
    name="execution",
    class_name="TradingExecutionEngine",
    spec=ExecutionSpec,
    main_method="place_order",
    interview=_interview,
    work=_work,
    budget=500,
    trades=True,
    volatile=frozenset({"ts_init", "ts_last", "ts_event"}),
)
