"""Kind ``execution``: what is asked of a component, and how the answers are judged."""

from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from allause import models
from allause.hookspecs import ExecutionSpec
from allause.kinds.kind import Ask, Heard, Kind, Problem, asked, refusal


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
    placed = yield from _placed(ask, order)
    if not placed:
        return
    report = ask("get_order", client_order_id=order["client_order_id"]).value
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
    yield from _replaced(ask, order)
    yield from _cancel(ask, order["client_order_id"])
    for words in ({"order_type": "stop", "price": None}, {"order_type": "stop_limit"}):
        yield from _placed(ask, dict(_order(random), stop_price=Decimal(random.randint(100, 9_999)) / 100, **words))
    yield from _placed(ask, dict(_order(random), post_only=True))
    yield from _bracket(ask, random)
    yield from _malformed(ask, random)
    yield from _sliced(ask, random)
    yield from _halted(ask, random)


def _placed(ask: Ask, order: Mapping[str, Any]) -> Generator[Problem, None, bool]:
    """Place an order and return whether it lives as it was asked for."""
    given = {name: value for name, value in order.items() if value is not None}
    heard = ask("place_order", **given)
    report = heard.value
    intent = report.get("intent") if isinstance(report, Mapping) else None
    echoed = isinstance(intent, Mapping) and all(intent.get(name) == value for name, value in given.items())
    if echoed and report.get("status") in _alive():
        return True
    yield Problem(
        call=_call(given),
        expected="an OrderReport whose intent is the order, exact, with a status of a live order",
        found=_found(heard),
    )
    return False


def _replaced(ask: Ask, order: Mapping[str, Any]) -> Iterator[Problem]:
    """Change price and quantity of the order, if it still works."""
    key, price, quantity = order["client_order_id"], order["price"] + 1, order["quantity"] + 1
    before = ask("get_order", client_order_id=key).value
    if not isinstance(before, Mapping) or before.get("status") != models.OrderStatus.ACCEPTED:
        return
    call = f"replace_order(client_order_id={key!r}, price={price!r}, quantity={quantity!r})"
    heard = ask("replace_order", client_order_id=key, price=price, quantity=quantity)
    report = heard.value if isinstance(heard.value, Mapping) else {}
    terms = (report.get("price"), report.get("quantity"), report.get("intent", {}).get("price"))
    if terms != (price, quantity, order["price"]) or report.get("status") not in _alive():
        expected = "the order alive, with the new price and quantity, exact, beside the intent as it was"
        yield Problem(call=call, expected=expected, found=_found(heard))
    call = f"replace_order(client_order_id={key!r})"
    yield from refusal(call, ask("replace_order", client_order_id=key), "OrderDeniedError", "nothing would change")
    call = "replace_order(client_order_id='never-placed', price=Decimal('1'))"
    heard = ask("replace_order", client_order_id="never-placed", price=Decimal(1))
    yield from refusal(call, heard, "KeyError", "no such order was placed")


def _bracket(ask: Ask, random: Random) -> Iterator[Problem]:
    """Place a bracket: it has both exits, or it is refused as a whole."""
    order = dict(_order(random), side="buy")
    order |= {"take_profit": order["price"] * 2, "stop_loss": (order["price"] / 2).quantize(Decimal("0.01"))}
    heard = ask("place_order", **order)
    key = order["client_order_id"]
    exits = {name: ask("get_order", client_order_id=f"{key}/{name}") for name in ("take_profit", "stop_loss")}
    if heard.error == "OrderDeniedError":
        left = ask("get_order", client_order_id=key)
        yield from refusal(f"get_order(client_order_id={key!r})", left, "KeyError", "the bracket was refused")
        return
    for name, exit_heard in exits.items():
        report = exit_heard.value
        status = report.get("status") if isinstance(report, Mapping) else None
        if status not in {models.OrderStatus.HELD, *_alive()}:
            yield Problem(
                call=f"{_call(order)}, then get_order(client_order_id={key + '/' + name!r})",
                expected="an OrderReport of the exit, held until the order fills; or OrderDeniedError for the bracket",
                found=_found(exit_heard),
            )
    ask("cancel_order", client_order_id=key)


def _malformed(ask: Ask, random: Random) -> Iterator[Problem]:
    for change, why in _MALFORMED:
        bad = {name: value for name, value in dict(_order(random), **change).items() if value is not None}
        yield from _refused(ask, bad, "OrderDeniedError", why)


_MALFORMED: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"quantity": Decimal(0)}, "a quantity must be positive"),
    ({"quantity": Decimal(-1)}, "a quantity must be positive"),
    ({"price": None}, "a limit order needs a price"),
    ({"order_type": "stop", "price": None}, "a stop order needs a stop price"),
    ({"order_type": "stop_limit"}, "a stop-limit order needs a stop price"),
    ({"stop_price": Decimal(1)}, "a limit order has no stop price"),
    ({"post_only": True, "time_in_force": "ioc"}, "an order that may not rest cannot be post-only"),
    ({"client_order_id": "a/b"}, "an id with a slash belongs to the exit of a bracket"),
)


def _sliced(ask: Ask, random: Random) -> Iterator[Problem]:
    """Place slices up to their parent's quantity: one more is refused and halts, if slices are offered at all."""
    order = _order(random)
    parent = {"parent_id": f"p-{random.randrange(10**12)}", "parent_quantity": order["quantity"]}
    if ask("place_order", **order, **parent).error == "OrderDeniedError":
        return
    more = dict(_order(random), **parent)
    yield from _refused(ask, more, "OrderDeniedError", "the slices would exceed their parent")
    after = _order(random)
    yield from _refused(ask, after, "OrderDeniedError", "slices above their parent halt the component")
    ask("resume")


def _alive() -> "frozenset[models.OrderStatus]":  # not evaluated: the records of orders are slow to load
    status = models.OrderStatus
    return frozenset({status.SUBMITTED, status.ACCEPTED, status.PARTIALLY_FILLED, status.FILLED})


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
    ask("place_order", **_order(random))
    ask("halt", reason="examination")
    working = ask("get_open_orders")
    left = [o for o in working.value if o["status"] != models.OrderStatus.PENDING_CANCEL] if working.value else []
    if working.error or left:
        yield Problem(call="halt(), then get_open_orders()", expected="no order: halt cancels", found=_found(working))
    order = _order(random)
    yield from _refused(ask, order, "OrderDeniedError", "the component is halted")
    ask("resume")
    heard = ask("place_order", **order)
    if heard.error:
        yield Problem(call=f"resume(), then {_call(order)}", expected="an OrderReport", found=_found(heard))


def _work(ask: Ask, random: Random) -> int:
    calls = random.randint(2, 4)
    asked(ask, *[("place_order", _order(random)) for _ in range(calls)])
    return calls


EXECUTION = Kind(
    name="execution",
    class_name="TradingExecutionEngine",
    spec=ExecutionSpec,
    main_method="place_order",
    provider="allause-execution",
    interview=_interview,
    work=_work,
    budget=500,
    trades=True,
    volatile=frozenset({"ts_init", "ts_last", "ts_event"}),
)
