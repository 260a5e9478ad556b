"""Systems of the real six components, and a small honest execution component to break in one way at a time."""

from collections import defaultdict
from decimal import Decimal
from importlib import import_module

import attrs
import pytest

from allause.component import Component
from allause.exceptions import OrderConflictError, OrderDeniedError, VenueError, VenueUnknownError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
from allause.isolation import Helper
from allause.kinds import KINDS
from allause.models import (
    Account,
    ComponentInfo,
    ComponentValidation,
    Fill,
    FunctionalityCase,
    FunctionalityReport,
    OptimizationMetrics,
    OrderIntent,
    OrderReport,
    OrderStatus,
    OrderType,
    PerformanceStats,
    Position,
    ReconciliationReport,
    Side,
    TimeInForce,
)
from allause.system import System
from allause.workflows import find, run_workflow

REAL = {
    "market_data": "allause_market_data.plugin:LiveMarketDataSystem",
    "market_data_enhancer": "allause_enhancer.plugin:MarketDataEnhancer",
    "execution": "allause_execution.plugin:TradingExecutionEngine",
    "optimizer": "allause_optimizer.plugin:TradingSystemOptimizer",
    "monitoring": "allause_monitoring.plugin:AdvancedMonitoringFramework",
    "analytics": "allause_analytics.plugin:AnalyticsEngine",
}


def _real(kind):
    module, _, name = REAL[kind].partition(":")
    return getattr(import_module(module), name)


@pytest.fixture(scope="session")
def real():
    """Return the class of the first-party component of a kind."""
    return _real


@pytest.fixture
def run(tmp_path):
    """Run one workflow on the real components, some of them replaced; return the report."""
    runs = 0

    def run(workflow, *, seed=0, deadline_s=5.0, announce=None, **replaced):
        nonlocal runs
        runs += 1
        planned = find(workflow) if isinstance(workflow, str) else workflow
        instances = {kind: replaced.get(kind, _real(kind))() for kind in planned.kinds}
        components = {k: Component(f"dist-{k.replace('_', '-')}:it", KINDS[k], i) for k, i in instances.items()}
        system = System(components, tmp_path / str(runs))
        return run_workflow(planned, system, seed=seed, deadline_s=deadline_s, announce=announce)

    return run


@pytest.fixture
def not_passed():
    """Return status and message of every step that did not pass, by name."""

    def not_passed(report):
        return {step.name: (str(step.status), step.message) for step in report.steps if step.status != "passed"}

    return not_passed


@pytest.fixture
def failed(not_passed):
    """Return the messages of the failed steps by name."""

    def failed(report):
        return {name: message for name, (status, message) in not_passed(report).items() if status == "failed"}

    return failed


@pytest.fixture
def evidence():
    """Return the evidence of a step."""

    def evidence(report, name):
        return next(step.evidence for step in report.steps if step.name == name)

    return evidence


@pytest.fixture(scope="session")
def helper():
    with Helper() as helper:
        yield helper


class Plain:
    """Answer the standard API and nothing else."""

    kind = "execution"

    def __init__(self, config=None):
        self.operations = 0

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(name="it", kind=self.kind, version="1", contract_version=CONTRACT_VERSION)

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=0, busy_ns=0)

    @hookimpl
    def test_functionality(self):
        return FunctionalityReport(cases=(FunctionalityCase(name="it is there", passed=True),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics()

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True)

    @hookimpl
    def start(self, context):
        self.session = context.venue

    @hookimpl
    def close(self):
        pass


class SmallEngine(Plain):
    """Execute orders honestly, in memory; a subclass breaks one thing."""

    counts_once = True

    def __init__(self, config=None):
        super().__init__()
        self.orders, self.trades, self.halted = {}, [], False

    @hookimpl
    def place_order(
        self, symbol, quantity, order_type, side=None, price=None, time_in_force=None, client_order_id=None
    ):
        self.operations += 1
        intent = OrderIntent(
            client_order_id=client_order_id or f"own-{len(self.orders)}",
            symbol=symbol,
            side=Side(side or "buy"),
            quantity=quantity,
            order_type=OrderType(order_type),
            price=price,
            time_in_force=TimeInForce(time_in_force or "day"),
        )
        known = self.orders.get(intent.client_order_id)
        if known is not None and known.intent != intent:
            raise OrderConflictError(f"{client_order_id} was used before")
        if known is not None:
            return known
        if self.halted:
            raise OrderDeniedError("halted", "halted")
        self.orders[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.SUBMITTED)
        self.submit(intent)
        self.drain()
        return self.orders[intent.client_order_id]

    def submit(self, intent):
        try:
            acknowledged = self.session.submit(intent)
        except VenueUnknownError as error:
            self.change(intent.client_order_id, status=OrderStatus.UNKNOWN, reason=str(error))
        except VenueError as error:
            self.change(intent.client_order_id, status=OrderStatus.REJECTED, reason=str(error))
        else:
            self.change(intent.client_order_id, status=acknowledged.status, venue_order_id=acknowledged.venue_order_id)

    def change(self, name, **changes):
        self.orders[name] = attrs.evolve(self.orders[name], **changes)

    def drain(self):
        try:
            events = self.session.poll()
        except VenueUnknownError:
            return
        for event in events:
            if isinstance(event, Fill):
                self.take(event)
            else:
                self.change(event.client_order_id, status=event.status)

    def take(self, fill):
        if self.counts_once and fill.trade_id in {known.trade_id for known in self.trades}:
            return
        self.trades.append(fill)
        mine = [each for each in self.trades if each.client_order_id == fill.client_order_id]
        quantity = sum(each.last_qty for each in mine)
        whole = quantity == self.orders[fill.client_order_id].intent.quantity
        self.change(
            fill.client_order_id,
            status=OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED,
            filled_qty=quantity,
            avg_px=sum(each.last_qty * each.last_px for each in mine) / quantity,
        )

    @hookimpl
    def cancel_order(self, client_order_id):
        self.operations += 1
        if not self.orders[client_order_id].status.is_terminal:
            self.change(client_order_id, status=self.session.cancel(client_order_id).status)
        return self.orders[client_order_id]

    @hookimpl
    def get_order(self, client_order_id):
        self.operations += 1
        self.drain()
        return self.orders[client_order_id]

    @hookimpl
    def get_open_orders(self):
        self.operations += 1
        self.drain()
        return tuple(order for order in self.orders.values() if not order.status.is_terminal)

    @hookimpl
    def get_fills(self):
        self.operations += 1
        self.drain()
        return tuple(self.trades)

    @hookimpl
    def get_positions(self):
        self.operations += 1
        held = defaultdict(Decimal)
        for fill in self.trades:
            held[fill.symbol] += fill.last_qty if fill.side is Side.BUY else -fill.last_qty
        return tuple(
            Position(symbol=symbol, quantity=quantity, avg_px=None, realized_pnl=Decimal(0))
            for symbol, quantity in sorted(held.items())
        )

    @hookimpl
    def get_account(self):
        self.operations += 1
        flow = sum((-f.last_qty if f.side is Side.BUY else f.last_qty) * f.last_px - f.fee for f in self.trades)
        return Account(
            currency="USD",
            starting_cash=Decimal(1_000_000),
            cash=1_000_000 + Decimal(flow),
            realized_pnl=Decimal(0),
            fees=Decimal(sum(f.fee for f in self.trades)),
        )

    @hookimpl
    def reconcile(self):
        self.operations += 1
        try:
            self.session.reconnect()
            self.drain()
            before = len(self.trades)
            for fill in self.session.fills():
                if fill.trade_id not in {known.trade_id for known in self.trades}:
                    self.take(fill)
            for name, order in list(self.orders.items()):
                true = self.session.query(name)
                if not order.status.is_terminal and true is None:
                    self.change(name, status=OrderStatus.REJECTED)
                elif not order.status.is_terminal:
                    self.change(name, status=true.status, venue_order_id=true.venue_order_id)
        except VenueUnknownError:
            return ReconciliationReport(complete=False)
        recovered = tuple(fill.trade_id for fill in self.trades[before:])
        return ReconciliationReport(complete=True, fills_recovered=recovered)

    @hookimpl
    def halt(self, reason):
        self.operations += 1
        self.halted = True

    @hookimpl
    def resume(self):
        self.operations += 1
        self.halted = False


class DoNothing(SmallEngine):
    """Say that all is well and send nothing."""

    def submit(self, intent):
        self.change(intent.client_order_id, status=OrderStatus.ACCEPTED, venue_order_id="V1")

    def drain(self):
        pass

    @hookimpl
    def reconcile(self):
        return ReconciliationReport(complete=True)


@pytest.fixture(scope="session")
def small_engine():
    return SmallEngine


@pytest.fixture(scope="session")
def do_nothing():
    return DoNothing


@pytest.fixture(scope="session")
def plain_component():
    return Plain
