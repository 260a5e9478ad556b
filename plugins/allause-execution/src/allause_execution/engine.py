"""The order path: gate, journal, venue, in this order and once."""

from concurrent.futures import Future, wait
from itertools import count
from threading import Lock

from allause.exceptions import JournalError, OrderConflictError, OrderDeniedError
from allause.models.context import Clock
from allause.models.orders import (
    Account,
    Fill,
    OrderIntent,
    OrderReport,
    OrderStatus,
    Position,
    ReconciliationReport,
)
from allause.models.venue import VenueSession
from allause_execution.events import Event, EventKind
from allause_execution.intake import Intake
from allause_execution.journal import Journal, Ticket
from allause_execution.limits import Limits
from allause_execution.link import Answer, Link
from allause_execution.reconciliation import reconcile
from allause_execution.state import Order, State


class Engine:
    """Place and follow orders over one venue session, with one journal.

    Two locks, always taken in this order: ``_wire`` keeps calls to the session apart, ``_lock`` guards the state.
    No lock is held while the disk is awaited, so that concurrent orders share a commit.

    Args:
        journal: open and replayed.
        state: what the journal says.
        session: where orders go.
        limits: the pre-trade gate.
        clock: time.
        id_prefix: of the client order ids chosen here.
    """

    def __init__(
        self, *, journal: Journal, state: State, session: VenueSession, limits: Limits, clock: Clock, id_prefix: str
    ) -> None:
        self.journal = journal
        self.state = state
        self.link = Link(session)
        self.must_reconcile = bool(state.open)
        self.intake = Intake(state, journal, clock)
        self._limits = limits
        self._id_prefix = id_prefix
        self._numbers = count(len(state.orders) + 1)
        self._placing: dict[str, Future[OrderReport]] = {}
        self._wire = Lock()
        self._lock = Lock()

    def new_id(self) -> str:
        """Return a client order id that was not used here."""
        while (chosen := f"{self._id_prefix}-{next(self._numbers)}") in self.state.orders:
            pass
        return chosen

    def place(self, intent: OrderIntent) -> OrderReport:
        """Place the order once; see the contract."""
        key = intent.client_order_id
        with self._lock:
            order, placing = self.state.orders.get(key), self._placing.get(key)
            if order is not None and order.intent != intent:
                raise OrderConflictError(
                    f"client order id {key} was used for {order.intent}; found {intent}; choose another id"
                )
            if order is None:
                self._gate(intent)
                mine = self._placing[key] = Future[OrderReport]()
                event = Event(kind=EventKind.INTENT, ts=self.intake.now(), client_order_id=key, intent=intent)
                ticket = self.intake.record(event, durable=True)
        if placing is not None:
            return placing.result()
        if order is not None:
            return self.order(key)
        try:
            assert ticket is not None
            report = self._send(intent, ticket)
        except BaseException as error:
            mine.set_exception(error)  # whoever placed the same id meanwhile gets the same answer
            raise
        else:
            mine.set_result(report)
            return report
        finally:
            with self._lock:
                del self._placing[key]
                self._withdraw_unsent(key)

    def cancel(self, key: str) -> OrderReport:
        """Ask the venue to cancel; see the contract."""
        with self._lock:
            placing = self._placing.get(key)
        if placing is not None:
            wait([placing])
        with self._wire:
            self._drain()
            with self._lock:
                order = self._known(key)
                if order.status.is_terminal:
                    return order.report()
                if order.status is not OrderStatus.UNKNOWN:
                    self.intake.tell(EventKind.CANCEL_REQUESTED, key)
            answer = self.link.cancel(key)
            with self._lock:
                if answer.order is not None:
                    self.intake.take(answer.order, asked=True)
                elif order.status is OrderStatus.PENDING_CANCEL:
                    self.intake.tell(EventKind.CANCEL_REQUESTED, key, text=answer.text)
            self._drain()
        return self._settled(order)

    def order(self, key: str) -> OrderReport:
        """Return one order after taking in what the venue has pushed."""
        with self._lock:
            order = self._known(key)
        self.refresh()
        return self._settled(order)

    def open_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that are not terminal, oldest first."""
        self.refresh()
        with self._lock:
            return tuple(order.report() for order in self.state.open.values())

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution counted."""
        self.refresh()
        with self._lock:
            return tuple(self.state.fills.values())

    def positions(self) -> tuple[Position, ...]:
        """Return every position."""
        self.refresh()
        with self._lock:
            return self.state.ledger.positions()

    def account(self) -> Account:
        """Return the cash side."""
        self.refresh()
        with self._lock:
            return self.state.ledger.account()

    def reconcile(self) -> ReconciliationReport:
        """Compare with the venue, over a new link when the old one was lost."""
        with self._wire:
            report = reconcile(self.link, self.state, self.intake, self._lock)
            with self._lock:
                unknown = any(order.status is OrderStatus.UNKNOWN for order in self.state.open.values())
                self.must_reconcile = self.must_reconcile and (unknown or bool(self.link.trouble))
        self._flush()
        return report

    def halt(self, reason: str) -> None:
        """Let no new order leave; when this returns none will, and the journal knows."""
        with self._lock:
            ticket = self.intake.tell(EventKind.HALTED, text=reason, durable=True)
        with self._wire:
            pass  # the order that was just leaving has left
        assert ticket is not None
        self.journal.flush(ticket)

    def resume(self) -> None:
        """Allow orders again."""
        with self._lock:
            if self.state.halted is None:
                return
            ticket = self.intake.tell(EventKind.RESUMED, durable=True)
        assert ticket is not None
        self.journal.flush(ticket)

    def refresh(self) -> None:
        """Take in what the venue has pushed."""
        with self._wire:
            self._drain()
        self._flush()

    def problems(self) -> list[str]:
        """Return what is wrong now, one sentence each."""
        with self._lock:
            unknown = [key for key, order in self.state.open.items() if order.status is OrderStatus.UNKNOWN]
            problems = [f"order {key} is unknown: call reconcile()" for key in unknown]
            problems += list(self.state.illegal)
        if self.link.trouble:
            problems.append(f"{self.link.trouble}: call reconcile()")
        self._flush()
        damage = self.journal.verify()
        return [damage, *problems] if damage else problems

    def figures(self) -> dict[str, float]:
        """Return counts of what was done and what stands."""
        with self._lock:
            statuses = [order.status for order in self.state.open.values()]
            return {
                "orders": len(self.state.orders),
                "open_orders": len(statuses),
                "unknown_orders": statuses.count(OrderStatus.UNKNOWN),
                "fills": len(self.state.fills),
                "repeated_fills": self.intake.duplicates,
                "illegal_events": len(self.state.illegal),
                "journal_events": self.journal.events_written,
                "journal_commits": self.journal.commits,
            }

    def close(self) -> None:
        """Close the journal; the session belongs to the host."""
        self._flush()
        self.journal.close()

    def _known(self, key: str) -> Order:
        if key not in self.state.orders:
            raise KeyError(f"no order {key!r} was placed here")
        return self.state.orders[key]

    def _gate(self, intent: OrderIntent) -> None:
        if self.journal.broken:
            raise JournalError(f"{self.journal.broken}; the order was not sent")
        if self.state.halted is not None:
            raise _halted(intent, self.state.halted)
        if self.must_reconcile:
            raise OrderDeniedError(
                f"order {intent.client_order_id} denied: {len(self.state.open)} orders of an earlier run are open "
                "and were not compared with the venue; call reconcile() first",
                "not_reconciled",
            )
        self._limits.check(intent, self.state)

    def _send(self, intent: OrderIntent, ticket: Ticket) -> OrderReport:
        key = intent.client_order_id
        order = self.state.orders[key]
        try:
            self.journal.flush(ticket)
        except JournalError as error:
            raise JournalError(f"{error}; the order was not sent") from error
        with self._wire:
            with self._lock:
                halted = self.state.halted
                if halted is not None:
                    self.intake.tell(EventKind.DENIED, key, text="halted")
                else:
                    self.state.apply(Event(kind=EventKind.SUBMITTED, ts=self.intake.now(), client_order_id=key))
            if halted is None:
                self._submit(intent)
                self._drain()
        report = self._settled(order)
        if halted is not None:
            raise _halted(intent, halted)
        return report

    def _submit(self, intent: OrderIntent) -> None:
        key = intent.client_order_id
        answer = Answer(None, EventKind.UNKNOWN, "interrupted while the venue was answering")
        try:
            answer = self.link.submit(intent)
        finally:
            with self._lock:
                if answer.order is not None:
                    self.intake.take(answer.order, asked=True)
                if self.state.orders[key].status is OrderStatus.SUBMITTED:
                    self.intake.tell(answer.kind, key, text=answer.text)

    def _withdraw_unsent(self, key: str) -> None:
        """Free the id of an order that the journal or an interrupt kept from leaving."""
        order = self.state.orders.get(key)
        if order is not None and order.status is OrderStatus.INITIALIZED:
            self.intake.tell(EventKind.DENIED, key, text="it did not leave")

    def _drain(self) -> None:
        events = self.link.poll()
        with self._lock:
            for event in events:
                self.intake.take(event)

    def _settled(self, order: Order) -> OrderReport:
        with self._lock:
            report = order.report()
        self._flush()
        return report

    def _flush(self) -> None:
        ticket = self.intake.last
        if ticket is None or ticket.done:
            return
        try:
            self.journal.flush(ticket)
        except JournalError:
            # What the venue told stays true when it cannot be written. The journal is broken from here on:
            # no order is accepted, validate_component says so, and a restart asks the venue again.
            return


def _halted(intent: OrderIntent, reason: str) -> OrderDeniedError:
    return OrderDeniedError(f"order {intent.client_order_id} denied: halted ({reason}); call resume() first", "halted")
