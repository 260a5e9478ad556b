"""Where a component trades at the exam venue, call by call: the venue here, the component in its child."""

import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import AllauseError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.remote import RemoteComponent
from allause.venue import Change, FaultySession, Venue, alterations, loose_ends, read_bracket

_DEADLINE_S = 5.0
#: The market in every instrument, and how much of it there is.
BID, ASK, DEPTH = Decimal("100.05"), Decimal("100.07"), Decimal(3)
#: Where the exits of a bracket stand.
PROFIT, LOSS = Decimal(110), Decimal(90)


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
        forgotten: orders that it answered for before it was killed, and does not know afterwards.
        changes: the replacements asked for, by client order id.
        altered: what the venue received otherwise than it was asked for.
        brackets: those that it took, by the ids of their entries.
        refused: what it said instead of taking a bracket; empty when it took it.
        loose: what the venue's log shows to be wrong with the brackets.
    """

    component: RemoteComponent
    venue: Venue
    session: FaultySession
    prefix: str
    told: list[dict[str, Any]] = attrs.field(factory=list)
    asked: dict[str, OrderIntent] = attrs.field(factory=dict)
    followed: list[str] = attrs.field(factory=list)
    received_while_halted: int = 0
    forgotten: list[str] = attrs.field(factory=list)
    changes: dict[str, list[Change]] = attrs.field(factory=dict)
    altered: list[str] = attrs.field(factory=list)
    brackets: list[str] = attrs.field(factory=list)
    refused: str = ""
    loose: list[str] = attrs.field(factory=list)
    _known: set[str] = attrs.field(factory=set)
    _ts: int = 0
    _killed: bool = False

    def start(self) -> None:
        """Start the component, on the directory of the one before."""
        self.session.on_crash(self.kill)
        context = Context(
            clock=SystemClock(), directory=Path("floor"), seed=1, logger=logging.getLogger("floor"), venue=self.session
        )  # fmt: skip # what the child makes one of its own from
        self.component.call("start", context=context)

    def quote(self, symbol: str, bid: Decimal = BID, ask: Decimal = ASK, depth: Decimal = DEPTH) -> None:
        """Open the market in an instrument anew."""
        self._ts += 1_000_000
        self.venue.quote(symbol, bid, ask, depth, depth, self._ts)

    def kill(self) -> None:
        """Kill the component, wherever it is; the call under way, or the next one, finds it dead."""
        self._killed = True
        self.component.kill()

    def restart(self) -> None:
        """Put another instance in the place of the one that was killed, and have it reconcile."""
        known, self._killed = self._known, False
        self.component.revive()
        self.start()
        self.call("reconcile")
        self.forgotten += sorted(known - self._known)

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method; what it raised is written down and answered as None.

        Raises:
            AllauseError: the component is gone.
        """
        shown = arguments.get("client_order_id", "")
        value, error = self._attempt(method, **arguments)
        if error is not None:
            self.told.append({"call": f"{method}({shown})", "error": error, "orders": self._orders()})
        return value

    def _attempt(self, method: str, **arguments: Any) -> tuple[Any, str | None]:
        """Return what a call answered and the class of what it raised; None for that after a restart."""
        try:
            return self.component.call(method, deadline_s=_DEADLINE_S, **arguments), ""
        except AllauseError as raised:
            if self._killed:
                self.restart()
                return None, None
            if self.component.lost:
                raise
            return None, type(raised.__cause__ or raised).__name__

    def write(self, number: str, symbol: str, quantity: str, price: Decimal | None, **more: Any) -> dict[str, Any]:
        """Take down an order, to buy unless ``more`` says otherwise, and return the arguments that ask for it."""
        plain = {
            "side": Side.BUY,
            "order_type": OrderType.MARKET if price is None else OrderType.LIMIT,
            "time_in_force": TimeInForce.GTC,
        }
        intent = OrderIntent(
            client_order_id=f"{self.prefix}-{number}", symbol=symbol, quantity=Decimal(quantity), price=price,
            **plain | more,
        )  # fmt: skip # one order
        self.asked[intent.client_order_id] = intent
        return attrs.asdict(intent, filter=lambda field, value: value != field.default and value is not None)

    def place(self, number: str, symbol: str, quantity: str, price: Decimal | None, **more: Any) -> None:
        """Ask for an order, or for the same one again."""
        arguments = self.write(number, symbol, quantity, price, **more)
        if arguments["client_order_id"] not in self.followed:
            self.followed.append(arguments["client_order_id"])
        self.call("place_order", **arguments)

    def send(self, number: str, symbol: str, quantity: str, price: Decimal | None, **more: Any) -> None:
        """Ask for an order of which only counts how it arrives: nothing is read afterwards."""
        self._attempt("place_order", **self.write(number, symbol, quantity, price, **more))

    def change(self, number: str, **terms: Decimal) -> None:
        """Ask for other terms of an order that works at the venue; what is left out stays as it is."""
        name = f"{self.prefix}-{number}"
        order = self.venue.account().orders.get(name)
        if order is None or order.status.is_terminal:
            return  # it was not offered, or is found by how it arrived
        now = {field: getattr(order, field) for field in ("quantity", "price", "stop_price")} | terms
        self.changes.setdefault(name, []).append((now["quantity"], now["price"], now["stop_price"]))
        self._attempt("replace_order", client_order_id=name, **terms)

    def bracket(self, number: str, symbol: str) -> bool:
        """Ask for a bracket, again when the component was killed over it, and tell whether it is offered."""
        exits = {"take_profit": PROFIT, "stop_loss": LOSS}
        self.followed += [f"{self.prefix}-{number}/{name}" for name in exits]
        for _ in range(2):
            self.place(number, symbol, "5", ASK, **exits)
            if self.told[-1]["error"] == "OrderDeniedError":
                shown = ", ".join(f"{name}={price}" for name, price in exits.items())
                self.refused = f"place_order({shown}) raised OrderDeniedError"
                return False
        self.brackets.append(f"{self.prefix}-{number}")
        return True

    def judge(self) -> None:
        """Read out of the venue's log what is wrong with the orders, now that all is told."""
        self.altered += alterations(self.asked.values(), self.changes, self.venue.log)
        for entry in self.brackets:
            found = read_bracket(self.venue.log, entry)
            if found.most_ahead:
                self.loose.append(f"bracket {entry}: its exits traded {found.most_ahead} more than was filled by then")
            self.loose += [f"bracket {entry}: {sentence}" for sentence in loose_ends(found)]

    def cancel(self, number: str) -> None:
        """Ask for an order's cancellation."""
        self.call("cancel_order", client_order_id=f"{self.prefix}-{number}")

    def _orders(self) -> list[dict[str, Any]]:
        """Return each order as the component tells it now."""
        reports, self._known = [], set()
        for name in self.followed:
            try:
                report: Any = self.component.call("get_order", deadline_s=_DEADLINE_S, client_order_id=name)
            except AllauseError as error:
                if self.component.lost:
                    raise
                if not isinstance(error.__cause__, KeyError):  # else it does not know the order
                    self._known.add(name)
                continue
            read = report.get if isinstance(report, dict) else lambda field, of=report: getattr(of, field, None)
            self._known.add(name)
            filled = read("filled_qty")
            if isinstance(filled, Decimal) and filled.is_finite():
                reports.append({"name": name, "status": str(read("status")), "filled_qty": filled})
        return reports
