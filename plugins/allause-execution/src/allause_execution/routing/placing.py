"""Orders that are being placed: let in once, sent once, and whoever asks for the same one gets the same answer."""

from asyncio import Future, get_running_loop, shield, to_thread
from collections.abc import Callable, Mapping
from threading import Lock

import attrs

from allause.exceptions import OrderConflictError, OrderDeniedError
from allause.models.orders import OrderIntent, OrderReport
from allause_execution.orders.events import Event, EventKind
from allause_execution.orders.kept import keep_intent
from allause_execution.orders.state import State
from allause_execution.routing.brake import Brake
from allause_execution.routing.departure import Departure
from allause_execution.routing.entrance import Entrance
from allause_execution.routing.intake import Intake
from allause_execution.routing.lane import Lane
from allause_execution.routing.senders import Senders
from allause_execution.sessions.link import Link
from allause_execution.sessions.pool import Pool

_INTENT = EventKind.INTENT  # bound once, as in ``state``


@attrs.define(eq=False, kw_only=True)
class Placing:
    """Place orders; the caller holds no lock.

    Args:
        state: what is placed.
        pool: where orders go.
        entrance: what they have to pass.
        intake: where it is told.
        lanes: in which they leave.
        leaving: those who have not left yet, by client order id.
        brake: pulled when a limit asks for it.
        lock: guards the state.
        resynchronize: compares with the venue when a link is in trouble.
        senders: that send what is awaited.
    """

    _state: State
    _pool: Pool
    _entrance: Entrance
    _intake: Intake
    _lanes: Mapping[Link, Lane]
    _leaving: Mapping[str, Departure]
    _brake: Brake
    _lock: Lock
    _resynchronize: Callable[[], None]
    _senders: Senders

    def place(self, intent: OrderIntent) -> OrderReport | None:
        """Place an order and return how it stands; None when it was placed before.

        Raises:
            OrderDeniedError: it may not leave.
            OrderConflictError: the id stands for another order.
            JournalError: its intent is not on disk, so it did not leave.
        """
        link = self._pool.link(intent.symbol)
        if intent.client_order_id not in self._state.orders:
            self._entrance.prepare(intent, link, self._resynchronize)
        try:
            departure = self._let_in(intent, link)
        except OrderDeniedError as error:
            self._brake.halt_if(error)
            raise
        if departure is None:
            return None
        try:
            departure.lane.wait(departure)
        except BaseException:
            self._leave(departure, owns=departure.intent is intent)  # whoever asks for the same one only waits
            raise
        return departure.outcome()

    def wait(self, departure: Departure) -> None:
        """Return when an order of somebody else left or never will, sent by this thread or another."""
        try:
            departure.lane.wait(departure)
        except BaseException:
            self._leave(departure, owns=False)
            raise

    def _leave(self, departure: Departure, *, owns: bool) -> None:
        """Take an order back after an interrupt where the caller owns it, unless it is leaving.

        What this thread would have sent for event loops is left to a thread of theirs.
        """
        lane = departure.lane
        if owns:
            lane.withdraw(departure)
        if not lane.done:
            self._senders.send(lane)

    async def aplace(self, intent: OrderIntent) -> OrderReport | None:
        """Place an order as ``place`` does, from an event loop; it leaves although the wait is cancelled.

        Those of one loop leave in the order in which they were placed, but for what vetoes and a lost link hold up. One
        thing is asked on the loop, so that they do: what the venue asks of orders in a symbol, before the first of it.
        """
        link = self._pool.link(intent.symbol)
        if intent.client_order_id not in self._state.orders:
            if self._entrance.may_wait(link):
                await to_thread(self._entrance.prepare, intent, link, self._resynchronize)
            else:
                self._entrance.prepare(intent, link, self._resynchronize)
        told: Future[None] = get_running_loop().create_future()
        try:
            departure = self._let_in(intent, link, told)
        except OrderDeniedError as error:
            if self._brake.is_asked_by(
                error
            ):  # and the halt comes although the wait is cancelled before a thread is free
                await shield(get_running_loop().run_in_executor(None, self._brake.halt_if, error))
            raise
        if departure is None:
            return None
        try:
            self._senders.send(departure.lane)
        except Exception as error:  # noqa: BLE001  whoever awaits it is told, also of a thread that sends it just now
            departure.lane.withdraw(departure, error)
        await told
        return departure.outcome()

    def close(self) -> None:
        """Let in no more, and return when what was let in has left."""
        with self._lock:
            self._entrance.closed = True
            leaving = [*self._leaving.values()]
        for departure in leaving:
            self.wait(departure)
        self._senders.close()

    def _let_in(self, intent: OrderIntent, link: Link, told: "Future[None] | None" = None) -> Departure | None:
        """Return the order on its way out, None when it was placed before; ``told`` is resolved when it left."""
        key = intent.client_order_id
        with self._lock:
            order = self._state.orders.get(key)
            if order is None:
                self._entrance.admit(intent, link)
                event = Event(_INTENT, self._intake.now(), key, intent=keep_intent(intent))
                ticket = self._intake.record(event, durable=True)
                lane = self._lanes[link]
                departure = Departure(self._state.orders[key], intent, ticket, lane)
                lane.begin(departure)
            elif order.intent != keep_intent(intent):
                raise OrderConflictError(
                    f"client order id {key} was used for {order.intent.shown()}; found {intent}; choose another id"
                )
            elif key in self._leaving:
                departure = self._leaving[key]
            else:
                return None
            if told is not None:
                departure.awaited += (told,)
        return departure
