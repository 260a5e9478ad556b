"""Trade with a component at the exam venue, inside the child, and tell what happened; the host judges.

The venue loses one answer and repeats one execution by script; see ``allause.venue.faults``.
"""

import logging
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import Any

import attrs

from allause.component import Component
from allause.exceptions import AllauseError
from allause.kinds import KINDS
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import DuplicateFill, FaultScript, FaultySession, InProcessSession, SubmitTimeoutFillsLater, Venue

#: Whose answer is lost, and whose execution comes twice: the places of these orders in the sequence below.
_LOST, _REPEATED = 4, 5
#: Calls after which the order whose answer was lost trades: more than there are, so that only ``settle`` lets it.
_LATER = 10_000
_DEADLINE_S = 5.0
_SETTLING_S = 0.05
_BID, _ASK = Decimal("100.05"), Decimal("100.07")
_DEPTH = Decimal(3)


@attrs.define
class _Floor:
    """Hold the venue, the component and what was told so far."""

    component: Component
    venue: Venue
    told: list[dict[str, Any]] = attrs.field(factory=list)
    asked: dict[str, OrderIntent] = attrs.field(factory=dict)
    ts: int = 0

    def quote(self, symbol: str) -> None:
        self.ts += 1_000_000
        self.venue.quote(symbol, _BID, _ASK, _DEPTH, _DEPTH, self.ts)

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method; what it raised is written down and answered as None."""
        shown = arguments.get("client_order_id", "")
        try:
            value = self.component.call(method, deadline_s=_DEADLINE_S, **arguments)
        except AllauseError as error:
            cause = error.__cause__ or error
            self.told.append({"call": f"{method}({shown})", "error": type(cause).__name__, "orders": self._orders()})
            return None
        self.told.append({"call": f"{method}({shown})", "error": "", "orders": self._orders()})
        return value

    def place(self, name: str, symbol: str, quantity: str, price: Decimal | None) -> None:
        """Ask for an order to buy, or for the same one again."""
        intent = self.asked[name] = OrderIntent(
            client_order_id=name,
            symbol=symbol,
            side=Side.BUY,
            quantity=Decimal(quantity),
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            price=price,
            time_in_force=TimeInForce.GTC,
        )
        self.call("place_order", **attrs.asdict(intent, filter=lambda _, value: value is not None))

    def _orders(self) -> list[dict[str, Any]]:
        """Return each order as the component tells it now."""
        reports = []
        for name in self.asked:
            try:
                report: Any = self.component.call("get_order", deadline_s=_DEADLINE_S, client_order_id=name)
            except AllauseError:  # it does not know the order
                continue
            read = report.get if isinstance(report, dict) else lambda field, of=report: getattr(of, field, None)
            filled = read("filled_qty")
            if isinstance(filled, Decimal) and filled.is_finite():
                reports.append({"name": name, "status": str(read("status")), "filled_qty": filled})
        return reports


def trade(module: str, attribute: str, kind: str, prefix: str) -> dict[str, Any]:
    """Go through one fixed sequence of orders and return every status told, and the venue's log.

    :param prefix: of every client order id.
    """
    venue = Venue(seed=1)
    faults = (SubmitTimeoutFillsLater(order_index=_LOST, calls_later=_LATER), DuplicateFill(order_index=_REPEATED))
    session = FaultySession(InProcessSession(venue), FaultScript(faults=faults))
    component = Component(f"examined:{kind}", KINDS[kind], _built(module, attribute))
    folder = Path("floor").absolute()
    folder.mkdir()
    component.call("start", context=Context(
        clock=SystemClock(), directory=folder, seed=1, logger=logging.getLogger("floor"), venue=session
    ))  # fmt: skip # one call
    floor = _Floor(component, venue)
    _sequence(floor, prefix)
    session.settle()
    floor.call("reconcile")
    before = venue.orders_received
    _while_halted(floor, prefix)
    answer = {
        "told": floor.told,
        "asked": list(floor.asked.values()),
        "fills": floor.call("get_fills"),
        "positions": floor.call("get_positions"),
        "log": [record for record in venue.log if record.client_order_id],
        "received_while_halted": venue.orders_received - before,
        "injected": [str(fault.fault_class) for fault in session.injected()],
    }
    component.close()
    return answer


def _sequence(floor: _Floor, prefix: str) -> None:
    for symbol in ("MARKET", "PARTIAL", "RESTING", "LOST", "TWICE", "FRACTION"):
        floor.quote(symbol)
    floor.place(f"{prefix}-0", "MARKET", "2", None)
    floor.call("cancel_order", client_order_id=f"{prefix}-0")  # filled: returned as it is
    floor.place(f"{prefix}-1", "PARTIAL", "7", _ASK)
    for _ in range(2):
        floor.quote("PARTIAL")
        floor.call("get_fills")
    floor.place(f"{prefix}-2", "RESTING", "4", _BID)
    floor.call("cancel_order", client_order_id=f"{prefix}-2")
    floor.place(f"{prefix}-2", "RESTING", "4", _BID)  # the same again: nothing may be sent
    floor.place(f"{prefix}-3", "FRACTION", "0.3", _ASK)
    for _ in range(2):  # its answer is lost, and the caller tries again
        floor.place(f"{prefix}-4", "LOST", "3", _ASK)
    floor.call("reconcile")
    floor.place(f"{prefix}-4", "LOST", "3", _ASK)
    floor.place(f"{prefix}-5", "TWICE", "2", _ASK)
    floor.call("get_fills")


def _while_halted(floor: _Floor, prefix: str) -> None:
    floor.quote("MARKET")
    floor.call("halt", reason="examination")
    floor.place(f"{prefix}-6", "MARKET", "1", _ASK)
    sleep(_SETTLING_S)  # what was queued would leave now
    floor.call("get_open_orders")


def _built(module: str, attribute: str) -> Any:
    target: Any = import_module(module)
    for name in attribute.split("."):
        target = getattr(target, name)
    return target()
