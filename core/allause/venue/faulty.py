"""A session that misbehaves by script, and says afterwards what it did."""

from collections import Counter, deque
from collections.abc import Mapping
from decimal import Decimal

import attrs

from allause.exceptions import VenueUnknownError
from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueEvent, VenueOrder
from allause.venue.faults import (
    DuplicateFill,
    Fault,
    FaultClass,
    FaultScript,
    FillsLostOnDisconnect,
    SubmitTimeoutFillsLater,
)
from allause.venue.session import InProcessSession


@attrs.frozen(kw_only=True)
class InjectedFault:
    """Hold a fault that happened.

    Attributes:
        fault_id: place in the script, such as ``fault-0``.
        fault: as scripted.
        client_order_id: the order it hit.
        trade_ids: executions never delivered, or delivered twice; empty for a time-out.
        ts: the venue's logical time when it began.
    """

    fault_id: str
    fault: Fault
    client_order_id: str
    trade_ids: tuple[str, ...]
    ts: int

    @property
    def fault_class(self) -> FaultClass:
        """Return the class of the fault."""
        return self.fault.fault_class


class FaultySession:
    """Stand between a component and an in-process session, and inject the faults of a script.

    The venue itself always behaves: its log stays the truth. The host calls ``settle`` when the component has
    done what it will do, before it compares.
    """

    def __init__(self, session: InProcessSession, script: FaultScript) -> None:
        self._session = session
        self._pending = {f"fault-{number}": fault for number, fault in enumerate(script.faults)}
        self._injected: dict[str, InjectedFault] = {}
        self._index: dict[str, int] = {}
        self._hit: set[str] = set()
        self._delivered: Counter[str] = Counter()
        self._inbox: deque[VenueEvent] = deque()
        self._cut_by: str | None = None
        self._repeats: list[tuple[str, Fill]] = []
        self._held: dict[str, int] = {}

    def injected(self) -> tuple[InjectedFault, ...]:
        """Return the faults that happened, in the order in which they began."""
        return tuple(self._injected.values())

    def pending(self) -> tuple[Fault, ...]:
        """Return the scripted faults that did not happen, in script order."""
        return tuple(self._pending.values())

    def settle(self) -> None:
        """Let every order trade that a time-out still holds back."""
        for client_order_id in list(self._held):
            del self._held[client_order_id]
            self._session.venue.release(client_order_id, self._session.account)

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order, unless the link is cut; the answer may be lost."""
        self._begin("submit")
        name = intent.client_order_id
        index = self._index.setdefault(name, len(self._index))
        fault_id = self._due(SubmitTimeoutFillsLater, name, index)
        if fault_id is None:
            acknowledgement = self._session.submit(intent)
            self._receive()
            return acknowledgement
        self._session.venue.submit(intent, self._session.account, hold=True)
        fault = self._inject(fault_id, name)
        if isinstance(fault, SubmitTimeoutFillsLater):
            self._held[name] = fault.calls_later
        raise VenueUnknownError(f"no answer to order {name!r} in time; whether the venue has it is not known")

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel an order, unless the link is cut."""
        self._begin("cancel")
        return self._session.cancel(client_order_id)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change an order, unless the link is cut."""
        self._begin("replace")
        return self._session.replace(client_order_id, quantity, price, stop_price)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the venue asks of orders in ``symbol``, unless the link is cut."""
        self._begin("instrument")
        return self._session.instrument(symbol)

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return what was delivered, also before a cut; with nothing left and the link cut, raise."""
        self._trade_held()
        self._receive()
        if not self._inbox and self._cut_by is not None:
            raise self._no_link("poll")
        events = tuple(self._inbox)
        self._inbox.clear()
        return events

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, unless the link is cut."""
        self._begin("query")
        return self._session.query(client_order_id)

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return the working orders, unless the link is cut."""
        self._begin("open_orders")
        return self._session.open_orders()

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, unless the link is cut."""
        self._begin("fills")
        return self._session.fills()

    def positions(self) -> Mapping[str, Decimal]:
        """Return the positions, unless the link is cut."""
        self._begin("positions")
        return self._session.positions()

    def cash(self) -> Decimal:
        """Return the cash, unless the link is cut."""
        self._begin("cash")
        return self._session.cash()

    def reconnect(self) -> None:
        """Open the link again; what was pushed meanwhile is gone, and old fills may come again."""
        self._trade_held()
        self._receive()
        self._cut_by = None
        self._session.reconnect()
        for fault_id, fill in self._repeats:
            self._inbox.append(fill)
            self._inject(fault_id, fill.client_order_id, fill.trade_id)
        self._repeats.clear()

    def _begin(self, call: str) -> None:
        self._trade_held()
        self._receive()
        if self._cut_by is not None:
            raise self._no_link(call)

    def _no_link(self, call: str) -> VenueUnknownError:
        return VenueUnknownError(f"{call}: the link to the venue is down; reconnect() opens it again")

    def _trade_held(self) -> None:
        for name in list(self._held):
            self._held[name] -= 1
            if not self._held[name]:
                del self._held[name]
                self._session.venue.release(name, self._session.account)

    def _receive(self) -> None:
        for event in self._session.poll():
            if self._cut_by is None and isinstance(event, Fill):
                self._deliver(event)
            elif self._cut_by is None:
                self._inbox.append(event)
            elif isinstance(event, Fill):
                lost = self._injected[self._cut_by]
                self._injected[self._cut_by] = attrs.evolve(lost, trade_ids=(*lost.trade_ids, event.trade_id))

    def _deliver(self, fill: Fill) -> None:
        name = fill.client_order_id
        index = self._index.get(name, -1)
        cut = self._due(FillsLostOnDisconnect, name, index)
        if cut is not None:
            self._inject(cut, name, fill.trade_id)
            self._cut_by = cut
            return
        self._delivered[name] += 1
        self._inbox.append(fill)
        repeat = self._due(DuplicateFill, name, index)
        if repeat is None:
            return
        self._hit.add(name)
        fault = self._pending[repeat]
        if isinstance(fault, DuplicateFill) and fault.after_reconnect:
            self._repeats.append((repeat, fill))
        else:
            self._inbox.append(fill)
            self._inject(repeat, name, fill.trade_id)

    def _due(self, kind: type[Fault], client_order_id: str, index: int) -> str | None:
        if client_order_id in self._hit:
            return None
        waiting = {fault_id for fault_id, _ in self._repeats}
        for fault_id, fault in self._pending.items():
            if not isinstance(fault, kind) or fault_id in waiting or index < fault.order_index:
                continue
            if not isinstance(fault, FillsLostOnDisconnect) or self._delivered[client_order_id] >= fault.fills_before:
                return fault_id
        return None

    def _inject(self, fault_id: str, client_order_id: str, *trade_ids: str) -> Fault:
        fault = self._pending.pop(fault_id)
        self._hit.add(client_order_id)
        self._injected[fault_id] = InjectedFault(
            fault_id=fault_id,
            fault=fault,
            client_order_id=client_order_id,
            trade_ids=trade_ids,
            ts=self._session.venue.now_ns,
        )
        return fault
