"""Trade with a component at the exam venue and tell what happened: the venue here, the component in its child.

The sequence is fixed; the venue misbehaves in some of the exam's cases, each at an order of its own.
"""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any

import attrs
import msgspec

from allause.component import Component
from allause.exceptions import AllauseError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import (
    EXAMINED,
    CancelRace,
    DuplicateFill,
    FaultScript,
    FaultySession,
    FillBeforeAcknowledgement,
    InProcessSession,
    Race,
    Stale,
    StaleAcknowledgement,
    SubmitTimeoutFillsLater,
    Venue,
)

#: Calls after which the order whose answer was lost trades: more than there are, so that only ``settle`` lets it.
_LATER = 10_000
#: What goes wrong, at the place of its order in the sequence below.
FAULTS = (
    StaleAcknowledgement(order_index=1, after=Stale.PARTIAL_FILL),
    SubmitTimeoutFillsLater(order_index=4, calls_later=_LATER),
    DuplicateFill(order_index=5),
    DuplicateFill(order_index=6, after_reconciliation=True),
    FillBeforeAcknowledgement(order_index=7),
    CancelRace(order_index=8, race=Race.FILLED),
    CancelRace(order_index=9, race=Race.SAID_TO_BE_UNKNOWN),
)
_DEADLINE_S = 5.0
_SETTLING_S = 0.05
_BID, _ASK = Decimal("100.05"), Decimal("100.07")
_DEPTH = Decimal(3)
_THREADS, _BURST = 2, 15


@attrs.define(eq=False)
class Floor:
    """Hold the venue, the component and what was told so far.

    Attributes:
        component: under examination; started with ``session``.
        venue: its log is the truth.
        session: misbehaves.
        prefix: of every client order id.
        told: after each call, the call, the class of what it raised, and every order as the component told it.
        asked: every order asked for.
        followed: those whose status is read after every call.
        received_while_halted: orders that arrived after ``halt`` had answered.
    """

    component: Component
    venue: Venue
    session: FaultySession
    prefix: str
    told: list[dict[str, Any]] = attrs.field(factory=list)
    asked: dict[str, OrderIntent] = attrs.field(factory=dict)
    followed: list[str] = attrs.field(factory=list)
    received_while_halted: int = 0
    _ts: int = 0

    def quote(self, symbol: str) -> None:
        """Open the market in an instrument anew."""
        self._ts += 1_000_000
        self.venue.quote(symbol, _BID, _ASK, _DEPTH, _DEPTH, self._ts)

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method; what it raised is written down and answered as None.

        Raises:
            AllauseError: the component is gone.
        """
        shown = arguments.get("client_order_id", "")
        value, error = None, ""
        try:
            value = self.component.call(method, deadline_s=_DEADLINE_S, **arguments)
        except AllauseError as raised:
            if self.component.lost:
                raise
            error = type(raised.__cause__ or raised).__name__
        self.told.append({"call": f"{method}({shown})", "error": error, "orders": self._orders()})
        return value

    def write(self, number: str, symbol: str, quantity: str, price: Decimal | None) -> dict[str, Any]:
        """Take down an order to buy and return the arguments that ask for it."""
        intent = OrderIntent(
            client_order_id=f"{self.prefix}-{number}",
            symbol=symbol,
            side=Side.BUY,
            quantity=Decimal(quantity),
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            price=price,
            time_in_force=TimeInForce.GTC,
        )
        self.asked[intent.client_order_id] = intent
        return attrs.asdict(intent, filter=lambda field, value: value != field.default and value is not None)

    def place(self, number: str, symbol: str, quantity: str, price: Decimal | None) -> None:
        """Ask for an order, or for the same one again."""
        arguments = self.write(number, symbol, quantity, price)
        if arguments["client_order_id"] not in self.followed:
            self.followed.append(arguments["client_order_id"])
        self.call("place_order", **arguments)

    def cancel(self, number: str) -> None:
        """Ask for an order's cancellation."""
        self.call("cancel_order", client_order_id=f"{self.prefix}-{number}")

    def _orders(self) -> list[dict[str, Any]]:
        """Return each order as the component tells it now."""
        reports = []
        for name in self.followed:
            try:
                report: Any = self.component.call("get_order", deadline_s=_DEADLINE_S, client_order_id=name)
            except AllauseError:  # it does not know the order
                if self.component.lost:
                    raise
                continue
            read = report.get if isinstance(report, dict) else lambda field, of=report: getattr(of, field, None)
            filled = read("filled_qty")
            if isinstance(filled, Decimal) and filled.is_finite():
                reports.append({"name": name, "status": str(read("status")), "filled_qty": filled})
        return reports


def trade(component: Component, prefix: str) -> dict[str, Any]:
    """Go through the sequence and return every status told, and the venue's records of the component's orders.

    :param component: not yet started.
    :param prefix: of every client order id.

    Raises:
        AllauseError: the component could not be started, or was lost.
    """
    venue = Venue(seed=1)
    session = FaultySession(InProcessSession(venue), FaultScript(faults=FAULTS))
    floor = Floor(component, venue, session, prefix)
    context = Context(
        clock=SystemClock(), directory=Path("floor"), seed=1, logger=logging.getLogger("floor"), venue=session
    )  # fmt: skip # what the child makes one of its own from
    component.call("start", context=context)
    _sequence(floor)
    _out_of_turn(floor)
    session.settle()
    floor.call("reconcile")
    fills, positions = floor.call("get_fills"), floor.call("get_positions")
    _halted(floor)
    component.close()
    return {
        "told": floor.told,
        "asked": {name: attrs.asdict(intent) for name, intent in floor.asked.items()},
        "fills": _plain(fills),
        "positions": _plain(positions),
        "log": [msgspec.structs.asdict(record) for record in venue.log if record.account == EXAMINED],
        "received_while_halted": floor.received_while_halted,
    }


def _sequence(floor: Floor) -> None:
    for symbol in ("MARKET", "PARTIAL", "RESTING", "LOST", "TWICE", "FRACTION", "LATER", "EARLY"):
        floor.quote(symbol)
    floor.place("0", "MARKET", "2", None)
    floor.cancel("0")  # filled: returned as it is
    floor.place("1", "PARTIAL", "7", _ASK)
    for _ in range(2):
        floor.quote("PARTIAL")
        floor.call("get_fills")
    floor.place("2", "RESTING", "4", _BID)
    floor.cancel("2")
    floor.place("2", "RESTING", "4", _BID)  # the same again: nothing may be sent
    floor.place("3", "FRACTION", "0.3", _ASK)
    for _ in range(2):  # its answer is lost, and the caller tries again
        floor.place("4", "LOST", "3", _ASK)
    floor.call("reconcile")
    floor.place("4", "LOST", "3", _ASK)
    floor.place("5", "TWICE", "2", _ASK)
    floor.call("get_fills")


def _out_of_turn(floor: Floor) -> None:
    """Let events come in another order than they happened."""
    floor.place("6", "LATER", "2", _ASK)
    floor.call("reconcile")
    floor.call("get_fills")
    floor.place("7", "EARLY", "2", _ASK)
    floor.call("reconcile")
    for number, symbol in (("8", "FILLED"), ("9", "UNKNOWN")):
        floor.quote(symbol)
        floor.place(number, symbol, "4", _BID)
        floor.cancel(number)
        floor.call("get_fills")


def _halted(floor: Floor) -> None:
    """Halt under load, and ask for one more order."""
    floor.quote("MARKET")
    load = [
        [("place_order", floor.write(f"load-{thread}-{number}", "MARKET", "1", _BID)) for number in range(_BURST)]
        for thread in range(_THREADS)
    ]
    received: list[int] = []
    floor.component.burst(
        [*load, [("halt", {"reason": "examination"})]], lambda: received.append(floor.venue.orders_received), "halt"
    )
    floor.place("10", "MARKET", "1", _ASK)
    sleep(_SETTLING_S)  # what was queued would leave now
    floor.call("get_open_orders")
    floor.received_while_halted = floor.venue.orders_received - (received[0] if received else 0)


def _plain(values: Any) -> list[Mapping[str, Any]]:
    """Return records as mappings."""
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else ()
    return [attrs.asdict(value, recurse=False) if attrs.has(type(value)) else value for value in listed]
