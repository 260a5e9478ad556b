"""The component: arguments in, records out; the work is done by the engine."""

from copy import copy
from decimal import Decimal
from threading import Lock

from allause.exceptions import AllauseError, ConfigurationError
from allause.hookspecs import hookimpl
from allause.measurement import Tally
from allause.models.component import (
    ComponentInfo,
    ComponentValidation,
    FunctionalityReport,
    OptimizationMetrics,
    PerformanceStats,
)
from allause.models.context import Context
from allause.models.orders import (
    Account,
    Fill,
    OrderReport,
    OrderType,
    Position,
    ReconciliationReport,
    Side,
    TimeInForce,
)
from allause_execution import configuration, description
from allause_execution.engine import Engine
from allause_execution.fork import leave_in_children
from allause_execution.inspection import problems_of
from allause_execution.opening import open_engine
from allause_execution.orders.intents import make_intent, number
from allause_execution.selftest import run_cases
from allause_execution.sessions.link import CLOSED
from allause_execution.sessions.paper import PaperSession

_FORKED = "the component is at work in the process from which this one was forked; make a new instance here"


class TradingExecutionEngine:
    """Place orders once, whatever happens.

    Without ``start`` and without ``Config.directory`` it trades on paper with a journal in memory.

    Args:
        config: see ``Config``.
    """

    Config = configuration.Config

    def __init__(self, config: configuration.Config | None = None) -> None:
        self._config = config or configuration.Config()
        self._tally = Tally()
        self._opening = Lock()
        self._opened: Engine | None = None
        self._closed = ""
        self._inherited: Engine | None = None

    @hookimpl
    def place_order(
        self,
        symbol: str,
        quantity: Decimal | float,
        order_type: OrderType | str,
        side: Side | str | None = None,
        price: Decimal | float | None = None,
        time_in_force: TimeInForce | str | None = None,
        client_order_id: str | None = None,
        stop_price: Decimal | float | None = None,
        post_only: bool | None = None,
        reduce_only: bool | None = None,
        oco_group: str | None = None,
        take_profit: Decimal | float | None = None,
        stop_loss: Decimal | float | None = None,
        parent_id: str | None = None,
        parent_quantity: Decimal | float | None = None,
    ) -> OrderReport:
        """Place one order, once; the words of the vocabularies may be given as strings, see the contract."""
        tally, failed = self._tally, True
        begun = tally.clock.monotonic_ns()
        try:  # what ``call`` does, in a third of its time
            engine = self._opened
            if engine is None or self._closed:
                engine = self._engine
            intent = make_intent(
                client_order_id, symbol, quantity, order_type, side, price, time_in_force, stop_price, post_only,
                reduce_only, oco_group, take_profit, stop_loss, parent_id, parent_quantity, engine.new_id,
            )  # fmt: skip # the same names in the same order, and by keyword each call would take longer
            report = engine.place(intent)
            failed = False
        finally:
            tally.take(tally.clock.monotonic_ns() - begun, failed=failed)
        return report

    async def aplace_order(
        self,
        symbol: str,
        quantity: Decimal | float,
        order_type: OrderType | str,
        side: Side | str | None = None,
        price: Decimal | float | None = None,
        time_in_force: TimeInForce | str | None = None,
        client_order_id: str | None = None,
        stop_price: Decimal | float | None = None,
        post_only: bool | None = None,
        reduce_only: bool | None = None,
        oco_group: str | None = None,
        take_profit: Decimal | float | None = None,
        stop_loss: Decimal | float | None = None,
        parent_id: str | None = None,
        parent_quantity: Decimal | float | None = None,
    ) -> OrderReport:
        """Place one order as ``place_order`` does, with the same arguments, without blocking the event loop.

        Orders of one loop that wait at the same time share commits and wakes, so that many in flight cost far less
        than as many threads. A cancelled wait does not take the order back: ask for it by its client order id. The
        first order of a symbol has the venue asked what holds for orders in it, and the loop waits for that answer.
        """
        tally, failed = self._tally, True
        begun = tally.clock.monotonic_ns()
        try:  # as in ``place_order``
            engine = self._opened
            if engine is None or self._closed:
                engine = self._engine
            intent = make_intent(
                client_order_id, symbol, quantity, order_type, side, price, time_in_force, stop_price, post_only,
                reduce_only, oco_group, take_profit, stop_loss, parent_id, parent_quantity, engine.new_id,
            )  # fmt: skip # the same names in the same order, and by keyword each call would take longer
            report = await engine.aplace(intent)
            failed = False
        finally:
            tally.take(tally.clock.monotonic_ns() - begun, failed=failed)
        return report

    @hookimpl
    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Ask the venue to cancel; allowed while halted."""
        with self._tally.call():
            return self._engine.cancel(client_order_id)

    @hookimpl
    def replace_order(
        self,
        client_order_id: str,
        quantity: Decimal | float | None = None,
        price: Decimal | float | None = None,
        stop_price: Decimal | float | None = None,
    ) -> OrderReport:
        """Ask the venue to change a working order; what is left out stays as it is."""
        with self._tally.call():
            return self._engine.replace(
                client_order_id,
                None if quantity is None else number("quantity", quantity),
                None if price is None else number("price", price),
                None if stop_price is None else number("stop_price", stop_price),
            )

    @hookimpl
    def get_order(self, client_order_id: str) -> OrderReport:
        """Return the order after taking in what the venue has pushed."""
        with self._tally.call():
            return self._engine.order(client_order_id)

    @hookimpl
    def get_open_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that are not terminal, oldest first."""
        with self._tally.call():
            return self._engine.open_orders()

    @hookimpl
    def get_fills(self) -> tuple[Fill, ...]:
        """Return every execution counted, each once."""
        with self._tally.call():
            return self._engine.fills()

    @hookimpl
    def get_positions(self) -> tuple[Position, ...]:
        """Return the net position of every instrument ever filled."""
        with self._tally.call():
            return self._engine.positions()

    @hookimpl
    def get_account(self) -> Account:
        """Return the cash side of the fills counted."""
        with self._tally.call():
            return self._engine.account()

    @hookimpl
    def reconcile(self) -> ReconciliationReport:
        """Compare with the venue, take over what was missed, report the rest."""
        with self._tally.call():
            return self._engine.reconcile()

    @hookimpl
    def halt(self, reason: str) -> None:
        """Let no new order leave and cancel the open ones; survives a restart with a journal."""
        with self._tally.call():
            self._engine.halt(reason)

    @hookimpl
    def resume(self) -> None:
        """Allow orders again."""
        with self._tally.call():
            self._engine.resume()

    @hookimpl
    def start(self, context: Context) -> None:
        """Open the journal in the host's directory and recover from it."""
        with self._opening:
            if self._closed:
                raise ConfigurationError(self._closed)
            if self._opened is not None:
                message = "start: expected once, before any order; found an engine at work; make a new instance"
                raise ConfigurationError(message)
            leave_in_children(self, TradingExecutionEngine._leave)
            self._opened = open_engine(self._config, context)
            self._tally.clock = context.clock

    @hookimpl
    def close(self) -> None:
        """Close the journal."""
        with self._opening:
            self._closed = self._closed or CLOSED
            if self._opened is not None:
                self._opened.close()

    @hookimpl
    def get_component_info(self) -> ComponentInfo:
        """Say what this component is."""
        return description.info(self._config)

    @hookimpl
    def get_performance_stats(self) -> PerformanceStats:
        """Count calls, and what is in the journal and the state."""
        return self._tally.stats(self._figures())

    @hookimpl
    def test_functionality(self) -> FunctionalityReport:
        """Trade on a paper session of its own with this object's methods; its own orders stay untouched."""
        paper = PaperSession(Decimal(1_000_000))
        trial = copy(self)  # with whatever was put in place of its methods
        trial._tally, trial._opening, trial._closed = Tally(), Lock(), ""  # noqa: SLF001  our own class
        trial._opened = open_engine(configuration.Config(id_prefix="selftest-order"), session=paper)  # noqa: SLF001  the same
        try:
            return FunctionalityReport(cases=run_cases(trial, paper))
        finally:
            trial._opened.close()  # noqa: SLF001  the same

    @hookimpl
    def get_optimization_metrics(self) -> OptimizationMetrics:
        """Offer the number of orders that may share a commit."""
        return OptimizationMetrics(metrics=self._figures(), settings=description.settings(self._config))

    @hookimpl
    def validate_component(self) -> ComponentValidation:
        """Read the journal again, and look for what needs a reconciliation."""
        if self._closed:
            return ComponentValidation(valid=True)
        try:
            problems = self._problems()
        except AllauseError as error:
            problems = [str(error)]
        examined = description.examined(self._config)
        return ComponentValidation(valid=not problems, examined=examined, problems=tuple(problems))

    def _problems(self) -> list[str]:
        """Ask the engine at work; without one the journal is read, and nothing is changed."""
        with self._opening:
            return problems_of(self._config) if self._opened is None else self._opened.problems()

    @property
    def _engine(self) -> Engine:
        if self._opened is None or self._closed:
            if self._closed:  # also while ``close`` waits, which holds the lock
                raise ConfigurationError(self._closed)
            with self._opening:
                if self._closed:
                    raise ConfigurationError(self._closed)
                if self._opened is None:
                    leave_in_children(self, TradingExecutionEngine._leave)
                    self._opened = open_engine(self._config)
        return self._opened

    def _leave(self) -> None:
        """Leave the engine, with its journal and its sessions, to the parent: this is a process forked from it.

        Another thread of the parent may have held any of its locks, so none of them is asked for here.
        """
        self._closed = self._closed or _FORKED
        self._opening, self._tally = Lock(), Tally()
        if self._opened is not None:  # not so in a process that is forked from this one
            self._inherited, self._opened = self._opened, None  # kept, so that no session of it is closed

    def _figures(self) -> dict[str, float]:
        engine = self._opened
        return {} if engine is None else engine.figures()
