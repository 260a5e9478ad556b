"""Cancels and replacements of orders that were placed here."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from threading import Lock

import attrs

from allause.exceptions import OrderDeniedError
from allause.models.orders import OrderIntent, OrderReport
from allause_execution.orders.events import EventKind
from allause_execution.orders.intents import check_bracket, check_prices
from allause_execution.orders.order import Order, Terms
from allause_execution.orders.state import State
from allause_execution.routing.brake import Brake
from allause_execution.routing.commits import Commits
from allause_execution.routing.departure import Departure
from allause_execution.routing.desk import Desk
from allause_execution.routing.entrance import Entrance, refuse_replacement
from allause_execution.routing.intake import Intake
from allause_execution.sessions.link import Link
from allause_execution.sessions.pool import Pool


@attrs.define(eq=False, kw_only=True)
class Amending:
    """Change and end orders; the caller holds no lock.

    Args:
        state: what was placed.
        pool: over which the requests go.
        entrance: what a replacement has to pass.
        intake: where it is told.
        commits: of the requests and of what is answered.
        desk: that sends them.
        brake: pulled when a limit asks for it.
        leaving: orders that have not left yet, by client order id.
        wait: returns when one of them left or never will.
        lock: guards the state.
        resynchronize: compares with the venue when a link is in trouble.
    """

    _state: State
    _pool: Pool
    _entrance: Entrance
    _intake: Intake
    _commits: Commits
    _desk: Desk
    _brake: Brake
    _leaving: Mapping[str, Departure]
    _wait: Callable[[Departure], None]
    _lock: Lock
    _resynchronize: Callable[[], None]

    def cancel(self, key: str) -> OrderReport:
        """Ask the venue to cancel an order, once it has left; one that ended is returned as it is.

        Raises:
            KeyError: no such order was placed here.
        """
        with self._lock:
            order = self._state.known(key)
            leaving = self._leaving.get(key)
            self._entrance.gate.count_cancel()
        if leaving is not None:
            self._wait(leaving)
        link = self._pool.link(order.intent.symbol)
        with link.wire:
            self._desk.drain(link)
            with self._lock:
                order = self._state.known(key)
            if not order.status.is_terminal or order.lost:
                self._desk.cancel(link, order)
                self._desk.drain(link)
        return self._commits.settled(order)

    def replace(self, key: str, quantity: Decimal | None, price: Decimal | None, stop: Decimal | None) -> OrderReport:
        """Ask the venue to change an order; what is None stays as it is.

        Raises:
            KeyError: no such order was placed here.
            OrderDeniedError: it does not work, nothing would change, or a limit or halt forbids it.
            JournalError: the request is not on disk, so it was not sent.
        """
        with self._lock:
            order = self._state.known(key)
        link = self._pool.link(order.intent.symbol)
        try:
            while (terms := self._request(order, link, quantity, price, stop)) is None:
                continue  # another replacement came between
        except OrderDeniedError as error:
            self._brake.halt_if(error)
            raise
        with link.wire:
            refusal = self._desk.replace(link, order, terms)
            self._desk.drain(link)
        report = self._commits.settled(order)
        if refusal is not None:
            raise refusal
        return report

    def _request(
        self, order: Order, link: Link, quantity: Decimal | None, price: Decimal | None, stop: Decimal | None
    ) -> Terms | None:
        """Journal what is asked for and return it; None when other terms came into force while it was examined."""
        key = order.intent.client_order_id
        with self._lock:
            before = order.terms
        terms = Terms(
            before.quantity if quantity is None else quantity,
            before.price if price is None else price,
            before.stop_price if stop is None else stop,
        )
        asked = order.intent.shown()
        changed = attrs.evolve(asked, quantity=terms.quantity, price=terms.price, stop_price=terms.stop_price)
        refuse_replacement(order, terms)
        check_prices(changed)
        check_bracket(self._with_exits(order, changed))
        self._entrance.prepare(changed, link, self._resynchronize)
        with self._lock:
            if order.terms != before:
                return None
            refuse_replacement(order, terms)
            self._entrance.admit(changed, link, replaced=order)
            ticket = self._intake.tell(EventKind.REPLACE_REQUESTED, key, terms=terms, durable=True)
        self._commits.before_sending(ticket, key)
        return terms

    def _with_exits(self, order: Order, changed: OrderIntent) -> OrderIntent:
        """Return an entry as it would be beside its exits as they are, whose owner may have moved them."""
        exits = [self._state.orders[key] for key in order.exits]
        working = [each for each in exits if not each.status.is_terminal]
        return attrs.evolve(
            changed,
            take_profit=next((each.price for each in working if not each.intent.order_type.is_stop), None),
            stop_loss=next((each.stop_price for each in working if each.intent.order_type.is_stop), None),
        )
