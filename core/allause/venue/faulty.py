"""A session that misbehaves by script, and says afterwards what it did."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from itertools import repeat
from threading import RLock
from typing import Any

import attrs

from allause.exceptions import VenueUnknownError
from allause.models.orders import Fill, OrderIntent
from allause.models.venue import Instrument, VenueEvent, VenueOrder
from allause.venue.faults import Fault
from allause.venue.injectors import INJECTORS, InjectedFault, Injector, Line
from allause.venue.script import FaultScript
from allause.venue.session import InProcessSession


class FaultySession:
    """Stand between a component and an in-process session, and inject the faults of a script.

    The venue itself always behaves: its log stays the truth. The host calls ``settle`` when the component has
    done what it will do, before it compares. Calls are safe from several threads.
    """

    def __init__(self, session: InProcessSession, script: FaultScript) -> None:
        self._session = session
        self._line = Line(session=session)
        self._injectors: tuple[Injector[Any], ...] = tuple(
            INJECTORS[type(fault)](f"fault-{number}", fault) for number, fault in enumerate(script.faults)
        )
        self._together = script.together
        self._latency: Iterator[int] = script.latency.drawn(script.seed)
        self._under_way: deque[tuple[int, VenueEvent]] = deque()
        self._lock = RLock()

    def injected(self) -> tuple[InjectedFault, ...]:
        """Return the faults that happened, in the order in which they began."""
        with self._lock:
            return tuple(self._line.injected.values())

    def pending(self) -> tuple[Fault, ...]:
        """Return the scripted faults that did not happen, in script order."""
        return tuple(injector.fault for injector in self._injectors if not injector.done)

    def forgo(self, kind: type[Fault]) -> None:
        """Inject no fault of a kind any more."""
        with self._lock:
            self._injectors = tuple(each for each in self._injectors if each.done or not isinstance(each.fault, kind))

    def delivered_qty(self, client_order_id: str) -> Decimal:
        """Return how much of an order was filled by the fills that the component has been told of."""
        with self._lock:
            waiting = (
                e.last_qty for e in self._line.inbox if isinstance(e, Fill) and e.client_order_id == client_order_id
            )
            return max(Decimal(0), self._line.delivered_qty[client_order_id] - sum(waiting))

    def settle(self) -> None:
        """Let every order trade that a time-out still holds back, and every event arrive from now on at once."""
        with self._lock:
            self.mend()
            for injector in self._injectors:
                injector.settle(self._line)
            self._latency = repeat(0)
            self._under_way = deque((0, event) for _, event in self._under_way)
            self._receive()

    def mend(self) -> None:
        """Let whatever lasts be over: a link that is cut can be opened, a session opens, every message is taken."""
        with self._lock:
            for injector in self._injectors:
                injector.mended(self._line)

    @property
    def is_cut(self) -> bool:
        """Tell whether the link is down."""
        return self._line.cut_by is not None

    @property
    def is_throttled(self) -> bool:
        """Tell whether the venue takes only so many messages a second now."""
        return self._session.throttle is not None

    def on_crash(self, kill: Callable[[], None] | None) -> None:
        """Have ``kill`` end the component's process where the script wants it dead."""
        self._line.on_crash = kill

    def pause(self, *, paused: bool) -> None:
        """Let no fault choose an order that is submitted for the first time while this is paused."""
        with self._lock:
            self._line.paused = paused

    def take(self, wanted: Callable[[Fault], bool], client_order_id: str) -> InjectedFault | None:
        """Return a fault that is the caller's to bring about at this order, and take it as happened."""
        with self._lock:
            for injector in self._due(client_order_id):
                if wanted(injector.fault):
                    injector.happened(self._line, client_order_id)
                    return self._line.injected[injector.fault_id]
        return None

    def awaits(self, client_order_id: str) -> bool:
        """Tell whether a fault may still choose this order."""
        with self._lock:
            return any(True for _ in self._due(client_order_id))

    def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order, unless the link is cut; the answer may be lost."""
        with self._lock:
            self._begin("submit")
            name = intent.client_order_id
            self._line.number(name)
            for injector in self._due(name):
                if (answer := injector.submitting(self._line, intent)) is not None:
                    break
            else:
                answer = self._session.submit(intent)
                for injector in self._due(name):
                    injector.accepted(self._line, intent)
            self._receive()
            return answer

    def cancel(self, client_order_id: str) -> VenueOrder:
        """Cancel an order, unless the link is cut."""
        with self._lock:
            self._begin("cancel")
            for injector in self._due(client_order_id):
                order = self._line.working(client_order_id)
                if order is not None and (answer := injector.cancelling(self._line, order)) is not None:
                    return answer
            return self._session.cancel(client_order_id)

    def replace(
        self, client_order_id: str, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
    ) -> VenueOrder:
        """Change an order, unless the link is cut."""
        with self._lock:
            self._begin("replace")
            send = partial(self._session.replace, client_order_id, quantity, price, stop_price)
            for injector in self._due(client_order_id):
                order = self._line.working(client_order_id)
                if order is not None and (answer := injector.replacing(self._line, order, send)) is not None:
                    return answer
            return send()

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the venue asks of an instrument, unless the link is cut."""
        with self._lock:
            self._begin("instrument")
            return self._session.instrument(symbol)

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return what was delivered, also before a cut; with nothing left and the link cut, raise."""
        with self._lock:
            self._advance()
            if not self._line.inbox and self._line.cut_by is not None:
                raise self._no_link("poll")
            events = tuple(self._line.inbox)
            self._line.inbox.clear()
            return events

    def query(self, client_order_id: str) -> VenueOrder | None:
        """Return the order, unless the link is cut."""
        with self._lock:
            self._begin("query")
            order = self._session.query(client_order_id)
            for injector in self._injectors:
                order = order and injector.queried(self._line, order)
            return order

    def open_orders(self) -> tuple[VenueOrder, ...]:
        """Return the working orders, unless the link is cut."""
        with self._lock:
            self._begin("open_orders")
            return self._session.open_orders()

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution, unless the link is cut."""
        with self._lock:
            self._begin("fills")
            fills = self._session.fills()
            for injector in self._injectors:
                injector.told(self._line)
            return fills

    def positions(self) -> Mapping[str, Decimal]:
        """Return the positions, unless the link is cut."""
        with self._lock:
            self._begin("positions")
            return self._session.positions()

    def cash(self) -> Decimal:
        """Return the cash, unless the link is cut."""
        with self._lock:
            self._begin("cash")
            return self._session.cash() - self._line.charged

    def reconnect(self) -> None:
        """Open the link again; what was pushed meanwhile is gone, and old fills may come again."""
        with self._lock:
            self._advance()
            for injector in self._injectors:
                injector.reconnecting(self._line)
            self._line.cut_by = None
            self._session.reconnect()
            for injector in self._injectors:
                injector.reconnected(self._line)

    def _begin(self, call: str) -> None:
        self._advance()
        if self._line.cut_by is not None:
            raise self._no_link(call)

    def _advance(self) -> None:
        self._line.calls += 1
        self._receive()
        for injector in self._injectors:
            injector.called(self._line)
        self._receive()

    def _no_link(self, call: str) -> VenueUnknownError:
        return VenueUnknownError(f"{call}: the link to the venue is down; reconnect() opens it again")

    def _due(self, client_order_id: str) -> Iterator[Injector[Any]]:
        """Yield the injectors that may choose this order, as long as it is not hit often enough."""
        index = self._line.indices.get(client_order_id, -1)
        for injector in self._injectors:
            if len(self._line.hit.get(client_order_id, ())) >= self._together:
                return
            if not (injector.done or injector.reserved) and index >= injector.fault.order_index:
                yield injector

    def _receive(self) -> None:
        line = self._line
        for event in self._session.poll():
            before = self._under_way[-1][0] if self._under_way else 0
            self._under_way.append((max(before, line.calls + next(self._latency)), event))
        while self._under_way and self._under_way[0][0] <= line.calls:
            _, event = self._under_way.popleft()
            if event.client_order_id in line.silent:
                continue
            if line.cut_by is not None:
                if isinstance(event, Fill):
                    lost = line.injected[line.cut_by]
                    line.injected[line.cut_by] = attrs.evolve(lost, trade_ids=(*lost.trade_ids, event.trade_id))
            elif not isinstance(event, Fill):
                line.inbox.append(event)
            elif not any(injector.delivering(line, event) for injector in self._due(event.client_order_id)):
                line.deliver(event)
