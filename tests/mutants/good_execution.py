"""A small, honest component of kind execution: paper trading by itself, a venue's session when it is started with one."""

import json
from collections import deque
from decimal import Decimal
from importlib.metadata import version
from threading import RLock
from time import perf_counter_ns

import attrs
from allause.exceptions import OrderConflictError, OrderDeniedError, VenueError, VenueUnknownError
from allause.hookspecs import CONTRACT_VERSION, hookimpl
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
    VenueOrder,
)

CASH = Decimal(1_000_000)
AWAITED = (OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE)
WORKING = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED)
OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


class Paper:
    """Take every order and let none of them trade."""

    def __init__(self):
        self.orders = {}
        self.events = deque()

    def submit(self, intent):
        return self._put(intent, OrderStatus.ACCEPTED, f"P{len(self.orders) + 1}")

    def cancel(self, client_order_id):
        intent, name = self.orders[client_order_id]
        return self._put(intent, OrderStatus.CANCELED, name)

    def replace(self, client_order_id, quantity, price, stop_price):
        intent, name = self.orders[client_order_id]
        changed = attrs.evolve(intent, quantity=quantity, price=price, stop_price=stop_price)
        return self._put(changed, OrderStatus.ACCEPTED, name)

    def poll(self):
        return ()

    def query(self, client_order_id):
        return None

    def fills(self):
        return ()

    def _put(self, intent, status, name):
        self.orders[intent.client_order_id] = (intent, name)
        return VenueOrder(
            venue_order_id=name,
            client_order_id=intent.client_order_id,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            price=intent.price,
            stop_price=intent.stop_price,
            filled_qty=Decimal(0),
            status=status,
        )


def read(note):
    """Return the intent that was written down."""
    amounts = ("quantity", "price", "stop_price", "take_profit", "stop_loss")
    exact = {name: None if note[name] is None else Decimal(note[name]) for name in amounts}
    words = {"side": Side, "order_type": OrderType, "time_in_force": TimeInForce}
    return OrderIntent(**note | exact | {name: kind(note[name]) for name, kind in words.items()})


def counted(function):
    """Count and time a call under the lock of its instance."""
    import functools

    @functools.wraps(function)
    def inner(self, *args, **kwargs):
        with self.lock:
            self.operations += 1
            started = perf_counter_ns()
            try:
                return function(self, *args, **kwargs)
            except Exception:
                self.errors += 1
                raise
            finally:
                self.busy_ns += perf_counter_ns() - started

    return inner


class Engine:
    """Place each order once and count each execution once."""

    def __init__(self, config=None):
        self.lock = RLock()
        self.operations = 0
        self.errors = 0
        self.busy_ns = 0
        self.session = Paper()
        self.reports = {}
        self.counted_fills = {}
        self.halted = ""
        self.notes = None

    @hookimpl
    def get_component_info(self):
        return ComponentInfo(
            name="engine",
            kind="execution",
            version=version("mutant-analytics"),
            contract_version=CONTRACT_VERSION,
        )

    @hookimpl
    def get_performance_stats(self):
        return PerformanceStats(operations=self.operations, errors=self.errors, busy_ns=self.busy_ns)

    @hookimpl
    def test_functionality(self):
        trial = Engine()
        report = trial.place_order("TEST", Decimal(1), OrderType.LIMIT, price=Decimal(1), client_order_id="test-1")
        passed = report.status is OrderStatus.ACCEPTED and len(trial.get_open_orders()) == 1
        return FunctionalityReport(cases=(FunctionalityCase(name="an order works", passed=passed, detail="one order"),))

    @hookimpl
    def get_optimization_metrics(self):
        return OptimizationMetrics(metrics={"errors_total": float(self.errors)})

    @hookimpl
    def validate_component(self):
        return ComponentValidation(valid=True, examined=("orders",))

    @hookimpl
    def start(self, context):
        self.session = context.venue or Paper()
        if context.venue is not None:
            self.notes = context.directory / "notes.jsonl"
            self._remember()

    @hookimpl
    def close(self):
        self.session = Paper()

    def _note(self, **note):
        """Write down what a restart has to know, before it is acted upon."""
        if self.notes is not None:
            with self.notes.open("a") as notes:
                notes.write(json.dumps(note, default=str) + "\n")

    def _remember(self):
        lines = self.notes.read_text().splitlines() if self.notes.exists() else ()
        for note in map(json.loads, lines):
            if "halted" in note:
                self.halted = note["halted"]
            else:
                intent = read(note)
                self.reports[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.UNKNOWN)
                self._hold(intent)

    @hookimpl
    @counted
    def place_order(
        self,
        symbol,
        quantity,
        order_type,
        side=None,
        price=None,
        time_in_force=None,
        client_order_id=None,
        stop_price=None,
        post_only=None,
        reduce_only=None,
        oco_group=None,
        take_profit=None,
        stop_loss=None,
        parent_id=None,
        parent_quantity=None,
    ):
        if any(value is not None for value in (oco_group, parent_id, parent_quantity)):
            raise OrderDeniedError("groups and slices are not offered here", reason="not_offered")
        intent = OrderIntent(
            client_order_id=client_order_id or f"own-{len(self.reports)}",
            symbol=symbol,
            side=Side(side or "buy"),
            quantity=quantity,
            order_type=OrderType(order_type),
            price=price,
            time_in_force=TimeInForce(time_in_force or "day"),
            stop_price=stop_price,
            post_only=bool(post_only),
            reduce_only=bool(reduce_only),
            take_profit=take_profit,
            stop_loss=stop_loss,
        )
        known = self.reports.get(intent.client_order_id)
        if known is not None and known.intent != intent:
            raise OrderConflictError(f"order {intent.client_order_id} was asked for otherwise before")
        if known is not None:
            return known
        if self.halted:
            raise OrderDeniedError(f"halted: {self.halted}", reason="halted")
        self._check(intent)
        self._hold(intent)
        return self._send(intent)

    def _check(self, intent):
        kind = intent.order_type
        fits = kind.is_priced != (intent.price is None) and kind.is_stop != (intent.stop_price is None)
        rests = kind is OrderType.LIMIT and intent.time_in_force in (TimeInForce.DAY, TimeInForce.GTC)
        amounts = (intent.quantity, intent.price, intent.stop_price)
        positive = all(value is None or value > 0 for value in amounts)
        if not positive or not fits or (intent.post_only and not rests) or "/" in intent.client_order_id:
            raise OrderDeniedError("expected positive amounts, the prices of the order's type, no slash", "bad_value")

    def _hold(self, entry):
        """Keep the exits of a bracket until its entry fills."""
        limit = {"take_profit": (OrderType.LIMIT, entry.take_profit, None)}
        stop = {"stop_loss": (OrderType.STOP, None, entry.stop_loss)}
        for name, (kind, price, stop_price) in (limit | stop).items():
            if price is not None or stop_price is not None:
                intent = OrderIntent(
                    client_order_id=f"{entry.client_order_id}/{name}",
                    symbol=entry.symbol,
                    side=OPPOSITE[entry.side],
                    quantity=entry.quantity,
                    order_type=kind,
                    price=price,
                    time_in_force=TimeInForce.GTC,
                    stop_price=stop_price,
                    reduce_only=True,
                )
                self.reports[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.HELD)

    def _follow(self):
        """Have the exits of each bracket follow its entry, and end each other."""
        for name, entry in list(self.reports.items()):
            exits = [f"{name}/{leg}" for leg in ("take_profit", "stop_loss") if f"{name}/{leg}" in self.reports]
            traded = [leg for leg in exits if self.reports[leg].filled_qty]
            if traded:
                for leg in {name, *exits} - set(traded):
                    self._end(leg)
                continue
            for leg in exits:
                self._exit(leg, entry)

    def _exit(self, leg, entry):
        report, filled = self.reports[leg], entry.filled_qty
        if report.status is OrderStatus.HELD and filled:
            self._send(attrs.evolve(report.intent, quantity=filled))
        elif report.status is OrderStatus.HELD and entry.status.is_terminal:
            self._end(leg)
        elif report.status in WORKING and (report.quantity or report.intent.quantity) < filled:
            self._amend(leg, (filled, report.intent.price, report.intent.stop_price))

    def _end(self, name):
        status = self.reports[name].status
        if status is OrderStatus.HELD:
            self._tell(name, status=OrderStatus.CANCELED)
        elif not status.is_terminal:
            try:
                self._tell(name, status=self.session.cancel(name).status)
            except VenueUnknownError:
                self._tell(name, status=OrderStatus.PENDING_CANCEL)
            except VenueError:
                pass  # it traded meanwhile, which is told next

    def _send(self, intent):
        name = intent.client_order_id
        self._note(**attrs.asdict(intent))
        self.reports[name] = OrderReport(intent=intent, status=OrderStatus.SUBMITTED)
        try:
            order = self.session.submit(intent)
        except VenueUnknownError as error:
            self._tell(name, status=OrderStatus.UNKNOWN, reason=str(error))
        except VenueError as error:
            self._tell(name, status=OrderStatus.REJECTED, reason=str(error))
        else:
            self._tell(name, status=OrderStatus.ACCEPTED, venue_order_id=order.venue_order_id)
            self._take_in()
        return self.reports[name]

    def _tell(self, name, **changes):
        self.reports[name] = attrs.evolve(self.reports[name], **changes)

    def _take_in(self):
        for event in self.session.poll():
            if isinstance(event, Fill):
                self._count(event)
            elif event.status.is_terminal and not self.reports[event.client_order_id].status.is_terminal:
                self._tell(event.client_order_id, status=event.status)
        self._follow()

    def _count(self, fill):
        if fill.trade_id in self.counted_fills:
            return
        self.counted_fills[fill.trade_id] = fill
        report = self.reports[fill.client_order_id]
        filled = report.filled_qty + fill.last_qty
        full = filled == (report.quantity or report.intent.quantity)
        status = OrderStatus.FILLED if full else OrderStatus.PARTIALLY_FILLED
        self._tell(fill.client_order_id, status=status, filled_qty=filled)

    @hookimpl
    @counted
    def cancel_order(self, client_order_id):
        self._take_in()
        if not self.reports[client_order_id].status.is_terminal:
            self._tell(client_order_id, status=self.session.cancel(client_order_id).status)
        self._follow()
        return self.reports[client_order_id]

    @hookimpl
    @counted
    def replace_order(self, client_order_id, quantity=None, price=None, stop_price=None):
        self._take_in()
        report = self.reports[client_order_id]
        now = (report.quantity or report.intent.quantity, report.price or report.intent.price)
        now = (*now, report.stop_price or report.intent.stop_price)
        terms = tuple(old if new is None else new for old, new in zip(now, (quantity, price, stop_price)))
        if report.status.is_terminal or terms == now or self.halted:
            raise OrderDeniedError(f"order {client_order_id} cannot be replaced: {report.status}", "not_replaceable")
        self._check(attrs.evolve(report.intent, quantity=terms[0], price=terms[1], stop_price=terms[2]))
        self._amend(client_order_id, terms)
        return self.reports[client_order_id]

    def _amend(self, name, terms):
        try:
            self.session.replace(name, *terms)
        except VenueUnknownError as error:
            self._tell(name, status=OrderStatus.PENDING_REPLACE, reason=str(error))
        except VenueError as error:
            self._tell(name, reason=str(error))
        else:
            self._tell(name, quantity=terms[0], price=terms[1], stop_price=terms[2])

    @hookimpl
    @counted
    def get_order(self, client_order_id):
        self._take_in()
        return self.reports[client_order_id]

    @hookimpl
    @counted
    def get_open_orders(self):
        self._take_in()
        return tuple(report for report in self.reports.values() if not report.status.is_terminal)

    @hookimpl
    @counted
    def get_fills(self):
        self._take_in()
        return tuple(self.counted_fills.values())

    @hookimpl
    @counted
    def get_positions(self):
        self._take_in()
        held = {}
        for fill in self.counted_fills.values():
            signed = fill.last_qty if fill.side is Side.BUY else -fill.last_qty
            held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + signed
        return tuple(
            Position(symbol=symbol, quantity=quantity, avg_px=None, realized_pnl=Decimal(0))
            for symbol, quantity in sorted(held.items())
        )

    @hookimpl
    @counted
    def get_account(self):
        cash = CASH
        for fill in self.counted_fills.values():
            value = fill.last_qty * fill.last_px
            cash += (-value if fill.side is Side.BUY else value) - fill.fee
        zero = Decimal(0)
        return Account(currency="USD", starting_cash=CASH, cash=cash, realized_pnl=zero, fees=zero)

    @hookimpl
    @counted
    def reconcile(self):
        awaited = [name for name, report in self.reports.items() if report.status in AWAITED]
        found = {name: self.session.query(name) for name in awaited}
        for name, order in found.items():
            if order is not None and order.quantity != self.reports[name].intent.quantity:
                self._tell(name, quantity=order.quantity)
        for fill in self.session.fills():
            self._count(fill)
        for name, order in found.items():
            self._tell(name, status=OrderStatus.REJECTED if order is None else order.status)
        self._follow()
        return ReconciliationReport(complete=True, orders_resolved=tuple(found))

    @hookimpl
    @counted
    def halt(self, reason):
        self.halted = reason
        self._note(halted=reason)
        self._take_in()
        for name in [n for n, report in self.reports.items() if not report.status.is_terminal]:
            self._end(name)

    @hookimpl
    @counted
    def resume(self):
        self.halted = ""
        self._note(halted="")
