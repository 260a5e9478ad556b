"""What an injector is: one fault, and the points of a session at which it can act."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from typing import Generic, NoReturn, TypeVar

import attrs

from allause.fronts import CrashError
from allause.models.orders import Fill, OrderIntent
from allause.models.venue import VenueEvent, VenueOrder
from allause.venue.faults import Fault, FaultClass
from allause.venue.session import InProcessSession

F = TypeVar("F", bound=Fault)


@attrs.frozen(kw_only=True)
class InjectedFault:
    """Hold a fault that happened.

    Attributes:
        fault_id: place in the script, such as ``fault-0``.
        fault: as scripted.
        client_order_id: the order it hit; the order sent from elsewhere, for one that closes a position.
        trade_ids: executions never delivered, delivered twice, or made elsewhere.
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


@attrs.define(eq=False, kw_only=True)
class Line:
    """Hold what injectors act on: the link between a component and its session.

    Attributes:
        session: behaves; its venue's log is the truth.
        inbox: events that the component has not asked for yet.
        indices: place of each order in order of submission; -1 for one that no fault may choose.
        paused: whether no fault may choose the orders submitted now.
        hit: ids of the faults that have hit an order or are reserved for it, by order.
        delivered: number of fills delivered, by order.
        delivered_qty: quantity of fills delivered, by order.
        injected: faults that happened, by id.
        cut_by: id of the fault that cut the link; None while it is open.
        charged: cash taken outside of executions.
        elsewhere: what was traded by orders from elsewhere, by symbol, signed.
        silent: orders of which nothing is pushed.
        on_crash: kills the component's process; None where that is not one of its own.
        calls: made over the link so far: the clock of all that lasts.
    """

    session: InProcessSession
    inbox: deque[VenueEvent] = attrs.field(factory=deque)
    indices: dict[str, int] = attrs.field(factory=dict)
    paused: bool = False
    hit: dict[str, set[str]] = attrs.field(factory=lambda: defaultdict(set))
    delivered: Counter[str] = attrs.field(factory=Counter)
    delivered_qty: dict[str, Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))
    injected: dict[str, InjectedFault] = attrs.field(factory=dict)
    cut_by: str | None = None
    charged: Decimal = Decimal(0)
    elsewhere: dict[str, Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))
    silent: set[str] = attrs.field(factory=set)
    on_crash: Callable[[], None] | None = None
    calls: int = 0
    _submitted: int = 0

    def number(self, client_order_id: str) -> None:
        """Give an order its place, when it is submitted for the first time."""
        if client_order_id not in self.indices:
            self.indices[client_order_id] = -1 if self.paused else self._submitted
            self._submitted += not self.paused

    def deliver(self, fill: Fill) -> None:
        """Put a fill into the inbox."""
        self.delivered[fill.client_order_id] += 1
        self.delivered_qty[fill.client_order_id] += fill.last_qty
        self.inbox.append(fill)

    def working(self, client_order_id: str) -> VenueOrder | None:
        """Return the order as it now stands, or None when it does not work."""
        order = self.session.query(client_order_id)
        return None if order is None or order.status.is_terminal else order

    def crash(self) -> NoReturn:
        """Kill the component; it gets no answer any more."""
        if self.on_crash is not None:
            self.on_crash()
        raise CrashError


class Injector(Generic[F]):
    """Inject one fault; what is not overridden does nothing.

    Attributes:
        fault_id: of its place in the script.
        fault: that it injects.
        reserved: whether it has chosen its order and waits for the moment.
        done: whether the fault has happened.
    """

    def __init__(self, fault_id: str, fault: F) -> None:
        self.fault_id = fault_id
        self.fault = fault
        self.reserved = False
        self.done = False

    def happened(self, line: Line, client_order_id: str, *trade_ids: str) -> None:
        """Take down that the fault has happened to an order."""
        self.done = True
        line.hit[client_order_id].add(self.fault_id)
        line.injected[self.fault_id] = InjectedFault(
            fault_id=self.fault_id,
            fault=self.fault,
            client_order_id=client_order_id,
            trade_ids=trade_ids,
            ts=line.session.venue.now_ns,
        )

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Act before an order is sent; an order that is returned is the answer, and nothing more is sent."""

    def accepted(self, line: Line, intent: OrderIntent) -> None:
        """Act after the venue took an order."""

    def cancelling(self, line: Line, order: VenueOrder) -> VenueOrder | None:
        """Act before a cancel is sent; an order that is returned is the answer, and nothing more is sent."""

    def replacing(self, line: Line, order: VenueOrder, send: Callable[[], VenueOrder]) -> VenueOrder | None:
        """Act before a replacement is sent; an order that is returned is the answer, and nothing more is sent."""

    def delivering(self, line: Line, fill: Fill) -> bool:  # noqa: ARG002 - for those that override it
        """Act before a fill is delivered; tell whether its delivery is taken care of."""
        return False

    def called(self, line: Line) -> None:
        """Act before each call, whichever it is."""

    def told(self, line: Line) -> None:
        """Act after every execution was told."""

    def queried(self, line: Line, order: VenueOrder) -> VenueOrder:  # noqa: ARG002 - the same
        """Return what a query answers."""
        return order

    def reconnecting(self, line: Line) -> None:
        """Act before the link is opened again; what is raised keeps it closed."""

    def reconnected(self, line: Line) -> None:
        """Act after the link was opened again."""

    def settle(self, line: Line) -> None:
        """Let what is held back happen."""

    def mended(self, line: Line) -> None:
        """Let what lasts be over."""
