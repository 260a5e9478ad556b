"""The order path: entrance, journal, venue, in this order and once."""

from asyncio import to_thread
from collections.abc import Callable
from decimal import Decimal
from threading import Lock
from typing import TypeVar

from allause.exceptions import OrderDeniedError
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
from allause_execution.ids import fresh_ids
from allause_execution.orders.sink import Sink
from allause_execution.orders.state import State
from allause_execution.reconciliation import reconcile
from allause_execution.risk.gate import Gate
from allause_execution.risk.vetoes import Veto
from allause_execution.routing.amending import Amending
from allause_execution.routing.brake import Brake
from allause_execution.routing.commits import Commits
from allause_execution.routing.departure import Departure
from allause_execution.routing.desk import Desk
from allause_execution.routing.entrance import Entrance
from allause_execution.routing.intake import Intake
from allause_execution.routing.lane import Lane
from allause_execution.routing.placing import Placing
from allause_execution.routing.senders import Senders
from allause_execution.routing.watch import Watch
from allause_execution.sessions.pool import Pool

_Answer = TypeVar("_Answer")


class Engine:
    """Place and follow orders over the sessions of one venue account, with one journal.

    Two kinds of lock, always taken in this order: each link's ``wire`` keeps calls to its session apart, ``_lock``
    guards the state. No lock is held while the disk is awaited for a caller's order, so that concurrent orders
    share a commit.

    Args:
        journal: open and replayed.
        state: what the journal says.
        pool: where orders go.
        gate: the pre-trade limits.
        vetoes: asked before them.
        clock: time.
        watch: what is due by the clock.
        id_prefix: of the client order ids chosen here.
        orders_per_commit: most of them in one.
        max_loss: realized loss and fees at which it halts.

    Attributes:
        entrance: what orders have to pass.
        new_id: returns a client order id that was not used here.
    """

    def __init__(
        self,
        *,
        journal: Sink,
        state: State,
        pool: Pool,
        gate: Gate,
        vetoes: tuple[Veto, ...],
        clock: Clock,
        watch: Watch,
        id_prefix: str,
        orders_per_commit: int = 1,
        max_loss: Decimal | None = None,
    ) -> None:
        self.journal = journal
        self.state = state
        self.pool = pool
        self.watch = watch
        self.intake = Intake(state, journal, clock, echoes=len(pool.links) > 1)
        self._monotonic_ns = clock.monotonic_ns
        self.new_id = fresh_ids(id_prefix, state.orders)
        self._lock = Lock()
        self._resynchronizing = Lock()
        self._commits = Commits(journal, self.intake, self._lock)
        self.entrance = Entrance(state, journal, gate, vetoes)
        self._desk = Desk(state, self.intake, journal, self._lock, clock, self.entrance, watch.remind)
        self._watches_loss = max_loss is not None
        self._leaving: dict[str, Departure] = {}
        self._brake = Brake(
            state=state,
            intake=self.intake,
            journal=journal,
            commits=self._commits,
            pool=pool,
            desk=self._desk,
            watch=watch,
            lock=self._lock,
            reconcile=self.reconcile,
            limits=gate.halting,
            max_loss=max_loss,
        )
        self._placing = self._for_new_orders(clock, orders_per_commit)
        self._amending = self._for_orders_that_left()

    def place(self, intent: OrderIntent) -> OrderReport:
        """Place the order once; see the contract."""
        try:
            report = self._placing.place(intent)
        except OrderDeniedError:
            if self._is_due:  # whoever is only ever denied calls too
                self._afterwards()
            raise
        if report is None:
            return self.order(intent.client_order_id)
        if self._is_due:
            self._afterwards()
        return report

    async def aplace(self, intent: OrderIntent) -> OrderReport:
        """Place the order once, from an event loop that goes on meanwhile."""
        try:
            report = await self._placing.aplace(intent)
        except OrderDeniedError:
            if self._is_due:
                await to_thread(self._afterwards)
            raise
        if report is None:
            return await to_thread(self.order, intent.client_order_id)
        if self._is_due:
            await to_thread(self._afterwards)
        return report

    def cancel(self, key: str) -> OrderReport:
        """Ask the venue to cancel; see the contract."""
        report = self._amending.cancel(key)
        self._afterwards()
        return report

    def replace(self, key: str, quantity: Decimal | None, price: Decimal | None, stop: Decimal | None) -> OrderReport:
        """Ask the venue to change an order; see the contract."""
        self.refresh()
        report = self._amending.replace(key, quantity, price, stop)
        self._afterwards()
        return report

    def order(self, key: str) -> OrderReport:
        """Return one order after taking in what the venue has pushed."""
        with self._lock:
            order = self.state.known(key)
        self.refresh()
        return self._commits.settled(order)

    def open_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that are not terminal, oldest first."""
        return self._read(lambda: tuple(order.report() for order in self.state.open.values()))

    def fills(self) -> tuple[Fill, ...]:
        """Return every execution counted."""
        return tuple([fill.shown() for fill in self._read(lambda: [*self.state.fills.values()])])

    def positions(self) -> tuple[Position, ...]:
        """Return every position."""
        return self._read(self.state.ledger.positions)

    def account(self) -> Account:
        """Return the cash side."""
        return self._read(self.state.ledger.account)

    def reconcile(self) -> ReconciliationReport:
        """Compare with the venue, over a new link when the old one was lost."""
        with self.pool.all_wires():
            link = self.pool.revived()
            report = reconcile(link, self.state, self.intake, self._lock)
            answered = not link.trouble
            with self._lock:
                unknown = any(order.status is OrderStatus.UNKNOWN for order in self.state.open.values())
                self.entrance.must_reconcile &= unknown or not answered
                reason = self.state.halted
            if answered:
                if reason is not None:
                    self._desk.cancel_all(link)
                self._desk.drain(link)
        self.watch.reconciled(report, answered=answered)
        self._commits.of_all()
        return report

    def halt(self, reason: str) -> None:
        """Let no new order leave and cancel the open ones; when this returns the journal knows."""
        self._brake.halt(reason)

    def resume(self) -> None:
        """Allow orders again."""
        self._brake.resume()

    def refresh(self) -> None:
        """Take in what the venue has pushed, and do what the clock says."""
        for link in self.pool.links:
            with link.wire:
                self._desk.drain(link)
        self._commits.of_all()
        self._afterwards()

    def problems(self) -> list[str]:
        """Return what is wrong now, one sentence each."""
        self._commits.of_all()
        with self._lock:
            problems = self.watch.problems(self.state)
        if trouble := self.pool.trouble:
            problems.append(f"{trouble}: call reconcile()")
        damage = self.journal.verify()
        return [damage, *problems] if damage else problems

    def figures(self) -> dict[str, float]:
        """Return counts of what was done and what stands."""
        with self._lock:
            return self.watch.figures(self.state, self.intake, self.pool, self.journal)

    def close(self) -> None:
        """Close the journal and the sessions opened here, when what was let in has left; the first is the host's."""
        self._placing.close()
        with self.pool.all_wires():  # until the journal is another engine's, what a thread just sends is answered
            self.pool.shut()
            self._commits.of_all()
            self.journal.close()
        self.pool.close()

    def _for_new_orders(self, clock: Clock, together: int) -> Placing:
        lanes = {
            link: Lane(
                link,
                intake=self.intake,
                commits=self._commits,
                desk=self._desk,
                lock=self._lock,
                clock=clock,
                together=together,
                leaving=self._leaving,
            )
            for link in self.pool.links
        }
        return Placing(
            state=self.state,
            pool=self.pool,
            entrance=self.entrance,
            intake=self.intake,
            lanes=lanes,
            leaving=self._leaving,
            brake=self._brake,
            lock=self._lock,
            resynchronize=self._resynchronize,
            senders=Senders(len(self.pool.links), self.watch.listeners),
        )

    def _for_orders_that_left(self) -> Amending:
        return Amending(
            state=self.state,
            pool=self.pool,
            entrance=self.entrance,
            intake=self.intake,
            commits=self._commits,
            desk=self._desk,
            brake=self._brake,
            leaving=self._leaving,
            wait=self._placing.wait,
            lock=self._lock,
            resynchronize=self._resynchronize,
        )

    def _resynchronize(self) -> None:
        """Compare with the venue before anything leaves over a link that lost an answer; of many callers one does."""
        with self._resynchronizing:
            if self.pool.trouble:
                self.reconcile()

    @property
    def _is_due(self) -> bool:
        """Tell whether there may be anything to do afterwards."""
        return self._watches_loss or self._monotonic_ns() >= self.watch.next or bool(self.pool.trouble)

    def _afterwards(self) -> None:
        """Do what fills and the clock ask for; the caller holds no lock."""
        if self._watches_loss:
            self._brake.halt_at_loss()
        in_trouble = bool(self.pool.trouble)
        self.watch.tick(in_trouble=in_trouble, reconcile=self.reconcile, retry=self._retry, figures=self.figures)

    def _retry(self) -> None:
        with self.pool.all_wires():
            self._desk.retry(self.pool.healthiest())
        self._commits.of_all()

    def _read(self, read: Callable[[], _Answer]) -> _Answer:
        self.refresh()
        with self._lock:
            return read()
