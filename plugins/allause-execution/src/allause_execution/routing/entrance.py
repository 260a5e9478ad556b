"""What an order has to pass before it is journalled."""

from collections.abc import Callable

from allause.exceptions import ConfigurationError, JournalError, OrderDeniedError, VenueError
from allause.models.orders import OrderIntent, OrderStatus
from allause_execution.orders.intents import check_size
from allause_execution.orders.order import Order, Terms
from allause_execution.orders.sink import Sink
from allause_execution.orders.state import State
from allause_execution.risk.gate import Gate
from allause_execution.risk.vetoes import Veto
from allause_execution.sessions.link import CLOSED, Link

_REPLACEABLE = frozenset({OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED})


class Entrance:
    """Let an order in or raise ``OrderDeniedError``.

    Attributes:
        must_reconcile: whether the state was not compared with the venue yet, so that no order may leave.
        closed: whether no more are let in.
    """

    def __init__(self, state: State, journal: Sink, gate: Gate, vetoes: tuple[Veto, ...]) -> None:
        self.must_reconcile = False
        self.closed = False
        self.gate = gate
        self._state = state
        self._journal = journal
        self._vetoes = vetoes

    def may_wait(self, link: Link) -> bool:
        """Tell whether ``prepare`` asks more than once for each instrument: a veto, or the venue over a lost link."""
        return bool(link.trouble or self._vetoes)

    def prepare(self, intent: OrderIntent, link: Link, resynchronize: Callable[[], None]) -> None:
        """Ask whatever may take long; the caller holds no lock.

        Raises:
            ConfigurationError: the component was closed.
            OrderDeniedError: a veto, a price or quantity the venue does not take, or no answer about them.
        """
        if link.trouble:
            if link.breaker.is_due:
                resynchronize()
            if link.trouble and not self.must_reconcile:
                raise _down(intent, link)
        if intent.symbol not in link.instruments:
            with link.wire:
                try:
                    link.learn(intent.symbol)
                except VenueError as error:
                    if self.closed:  # meanwhile, with all links
                        raise ConfigurationError(CLOSED) from None
                    message = f"order {intent.client_order_id} denied: the venue did not say what it asks of orders in"
                    raise OrderDeniedError(f"{message} {intent.symbol} ({error}); try again", "instrument") from error
        instrument = link.instruments[intent.symbol]
        if instrument is not None:
            check_size(intent, instrument)
        if self._vetoes:
            position = self._state.ledger.position(intent.symbol)
            for veto in self._vetoes:
                veto(intent, position)

    def admit(self, intent: OrderIntent, link: Link, replaced: Order | None = None) -> None:
        """Let the order in; the caller holds the state's lock.

        Raises:
            ConfigurationError: the component was closed.
            JournalError: nothing can be written any more.
            OrderDeniedError: a halt, a limit, or no link.
        """
        key, state = intent.client_order_id, self._state
        if self.closed:
            raise ConfigurationError(CLOSED)
        if self._journal.broken:
            raise JournalError(f"{self._journal.broken}; the order was not sent")
        if state.halted is not None:
            raise halted(intent, state.halted)
        if self.must_reconcile:
            raise OrderDeniedError(
                f"order {key} denied: the state was not compared with the venue, {len(state.open)} orders are open; "
                "call reconcile() first",
                "not_reconciled",
            )
        if link.breaker.failures and link.breaker.is_open:
            raise _down(intent, link)
        if intent.oco_group is not None and replaced is None:
            _refuse_late(intent, state)
        rate = link.rate
        if rate is not None and rate.is_full:
            raise too_many(intent)
        self.gate.check(intent, state, replaced)  # the last one: it counts what passes
        if rate is not None:
            rate.count()


def refuse_replacement(order: Order, terms: Terms) -> None:
    """Say why an order cannot be changed now.

    Raises:
        OrderDeniedError: it does not work, an answer about it is awaited, or nothing would change.
    """
    key = order.intent.client_order_id
    if order.status not in _REPLACEABLE:
        hint = "" if order.status.is_terminal else "; call reconcile() or wait for the answer"
        raise OrderDeniedError(f"order {key} cannot be replaced: it is {order.status}{hint}", "status")
    if order.entry and terms.quantity != order.quantity:
        raise OrderDeniedError(
            f"order {key} cannot be replaced: an exit has the quantity that its entry {order.entry} filled, found "
            f"{terms.quantity}; change its price, or cancel it and place another",
            "bracket",
        )
    if terms == order.terms:
        raise OrderDeniedError(f"order {key} cannot be replaced: nothing would change; give another value", "unchanged")


def halted(intent: OrderIntent, reason: str) -> OrderDeniedError:
    """Return the refusal of a halted engine."""
    return OrderDeniedError(f"order {intent.client_order_id} denied: halted ({reason}); call resume() first", "halted")


def too_many(intent: OrderIntent) -> OrderDeniedError:
    """Return the refusal of a session that is sent as many messages as it may be."""
    message = (
        f"order {intent.client_order_id} denied by messages_per_second: the session is sent no more in this second"
    )
    return OrderDeniedError(message, "messages_per_second")


def _down(intent: OrderIntent, link: Link) -> OrderDeniedError:
    message = f"order {intent.client_order_id} denied: {link.trouble}; the link is tried again shortly"
    return OrderDeniedError(message, "link_down")


def _refuse_late(intent: OrderIntent, state: State) -> None:
    group = state.groups.get(intent.oco_group or "")
    if group is not None and group.winner:
        raise OrderDeniedError(
            f"order {intent.client_order_id} denied: {group.winner} of its group {intent.oco_group} traded; "
            "choose another group",
            "oco_group",
        )
