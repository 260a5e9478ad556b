"""A small honest execution component of a third party, and one that is broken in each way the exam knows.

A module of its own, so that children can import it too.
"""

import json
from collections import defaultdict
from decimal import Decimal
from threading import RLock

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
)

CASH = Decimal(1_000_000)
NEW = (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN)


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
    """Execute orders honestly; a subclass breaks one thing."""

    counts_once = True

    def __init__(self, config=None):
        super().__init__()
        self.lock = RLock()
        self.orders, self.trades, self.halted, self.notes = {}, [], False, None

    @hookimpl
    def start(self, context):
        self.session, self.notes = context.venue, context.directory / "notes.jsonl"
        self.clock = context.clock
        for line in self.remembered():
            note = json.loads(line)
            if "halted" in note:
                self.halted = note["halted"]
            else:
                intent = self.intent(**note)
                self.orders[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.UNKNOWN)
        if self.orders:
            self.compare()

    def remembered(self):
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def remember(self, **note):
        if self.notes is not None:
            with self.notes.open("a") as notes:
                notes.write(json.dumps(note) + "\n")

    def intent(
        self, symbol, quantity, order_type, side, price, time_in_force, client_order_id, stop_price=None, **flags
    ):
        return OrderIntent(
            client_order_id=client_order_id or f"own-{len(self.orders)}",
            symbol=symbol,
            side=Side(side or "buy"),
            quantity=Decimal(quantity),
            order_type=OrderType(order_type),
            price=None if price is None else Decimal(price),
            stop_price=None if stop_price is None else Decimal(stop_price),
            time_in_force=TimeInForce(time_in_force or "day"),
            **flags,
        )

    @hookimpl
    def place_order(
        self, symbol, quantity, order_type, side=None, price=None, time_in_force=None, client_order_id=None,
        stop_price=None, post_only=None, reduce_only=None, **not_offered,
    ):  # fmt: skip # arguments of one call
        with self.lock:
            self.operations += 1
            if not_offered:
                raise OrderDeniedError(f"{', '.join(not_offered)}: not offered", "not_offered")
            flags = {"post_only": bool(post_only), "reduce_only": bool(reduce_only)}
            intent = self.intent(
                symbol, quantity, order_type, side, price, time_in_force, client_order_id, stop_price, **flags
            )
            self.check(intent)
            known = self.orders.get(intent.client_order_id)
            if known is not None and known.intent != intent:
                raise OrderConflictError(f"{client_order_id} was used before")
            if known is not None:
                return known
            if self.halted:
                raise OrderDeniedError("halted", "halted")
            self.orders[intent.client_order_id] = OrderReport(intent=intent, status=OrderStatus.SUBMITTED)
            note = {
                "symbol": symbol, "quantity": str(quantity), "order_type": intent.order_type, "side": intent.side,
                "price": None if price is None else str(price), "time_in_force": intent.time_in_force,
                "client_order_id": intent.client_order_id,
                "stop_price": None if stop_price is None else str(stop_price), **flags,
            }  # fmt: skip # one note
            self.remember(**note)
            self.submit(intent)
            self.drain()
            return self.orders[intent.client_order_id]

    def check(self, intent):
        """Refuse what a subclass does not offer."""

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
        with self.lock:
            try:
                events = self.session.poll()
            except VenueUnknownError:
                return
            for event in events:
                if isinstance(event, Fill):
                    self.take(event)
                else:
                    self.told(event)

    def told(self, order):
        """Follow what the venue says of an order, as far as it can be; what is filled follows from the fills."""
        known = self.orders.get(order.client_order_id)
        if known is None or known.status.is_terminal:
            return
        ended = order.status.is_terminal and order.status is not OrderStatus.FILLED
        news = order.status is OrderStatus.ACCEPTED and known.status in NEW
        met = order.status is OrderStatus.TRIGGERED and known.status is OrderStatus.ACCEPTED
        if ended or news or met:
            self.change(order.client_order_id, status=order.status, venue_order_id=order.venue_order_id)

    def take(self, fill):
        if fill.client_order_id not in self.orders:
            return
        if self.counts_once and fill.trade_id in {known.trade_id for known in self.trades}:
            return
        self.trades.append(fill)
        mine = [each for each in self.trades if each.client_order_id == fill.client_order_id]
        quantity = sum(each.last_qty for each in mine)
        report = self.orders[fill.client_order_id]
        whole = quantity == (report.quantity or report.intent.quantity)
        over = report.status.is_terminal and report.status is not OrderStatus.REJECTED
        status = report.status if over else OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
        self.change(
            fill.client_order_id,
            status=status,
            filled_qty=quantity,
            avg_px=sum(each.last_qty * each.last_px for each in mine) / quantity,
        )

    @hookimpl
    def cancel_order(self, client_order_id):
        with self.lock:
            self.operations += 1
            self.drain()
            if not self.orders[client_order_id].status.is_terminal:
                self.cancel(client_order_id)
            self.drain()
            return self.orders[client_order_id]

    def cancel(self, name):
        try:
            canceled = self.session.cancel(name)
        except VenueUnknownError:
            self.change(name, status=OrderStatus.PENDING_CANCEL)
        except VenueError:
            return
        else:
            self.drain()
            self.change(name, status=canceled.status)

    @hookimpl
    def replace_order(self, client_order_id, quantity=None, price=None, stop_price=None):
        with self.lock:
            self.operations += 1
            self.drain()
            report = self.orders[client_order_id]
            if self.halted or report.status not in (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED):
                raise OrderDeniedError(f"{client_order_id} is {report.status}", "status")
            asked = {"quantity": quantity, "price": price, "stop_price": stop_price}
            now = {term: getattr(report, term) or getattr(report.intent, term) for term in asked}
            self.replace(client_order_id, *(value or now[term] for term, value in asked.items()))
            self.drain()
            return self.orders[client_order_id]

    def replace(self, name, quantity, price, stop_price):
        try:
            self.session.replace(name, quantity, price, stop_price)
        except VenueUnknownError:
            self.change(name, status=OrderStatus.PENDING_REPLACE)
        except VenueError:
            return
        else:
            self.change(name, quantity=quantity, price=price, stop_price=stop_price)

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

    def held(self):
        held = defaultdict(Decimal)
        for fill in self.trades:
            held[fill.symbol] += fill.last_qty if fill.side is Side.BUY else -fill.last_qty
        return held

    @hookimpl
    def get_positions(self):
        self.operations += 1
        return tuple(
            Position(symbol=symbol, quantity=quantity, avg_px=None, realized_pnl=Decimal(0))
            for symbol, quantity in sorted(self.held().items())
        )

    @hookimpl
    def get_account(self):
        self.operations += 1
        flow = sum((-f.last_qty if f.side is Side.BUY else f.last_qty) * f.last_px - f.fee for f in self.trades)
        return Account(
            currency="USD",
            starting_cash=CASH,
            cash=CASH + Decimal(flow),
            realized_pnl=Decimal(0),
            fees=Decimal(sum(f.fee for f in self.trades)),
        )

    @hookimpl
    def reconcile(self):
        return self.compare()

    def compare(self):
        with self.lock:
            self.operations += 1
            before = len(self.trades)
            try:
                self.session.reconnect()
                for _ in range(2):  # the venue goes on trading between two questions
                    self.drain()
                    self.take_over()
                drift = self.drift()
            except VenueUnknownError:
                return ReconciliationReport(complete=False)
            recovered = tuple(fill.trade_id for fill in self.trades[before:])
            return ReconciliationReport(complete=not drift, fills_recovered=recovered, drift=drift)

    def take_over(self):
        for name, order in list(self.orders.items()):
            true = None if order.status.is_terminal else self.session.query(name)
            if true is not None and true.quantity != order.intent.quantity:
                self.change(name, quantity=true.quantity)
        known = {fill.trade_id for fill in self.trades}
        for fill in self.session.fills():
            if fill.trade_id not in known:
                self.take(fill)
        for name, order in list(self.orders.items()):
            if not order.status.is_terminal:
                self.settle(name, self.session.query(name))

    def settle(self, name, true):
        if true is None:
            self.change(name, status=OrderStatus.REJECTED)
        elif true.status is not OrderStatus.UNKNOWN and true.filled_qty == self.orders[name].filled_qty:
            self.change(name, status=true.status, venue_order_id=true.venue_order_id)

    def drift(self):
        mine, theirs = self.held(), self.session.positions()
        drift = [
            f"{symbol}: {mine.get(symbol, 0)} here, {theirs.get(symbol, 0)} there"
            for symbol in sorted({*mine, *theirs})
            if mine.get(symbol, 0) != theirs.get(symbol, 0)
        ]
        cash = self.session.cash()
        if cash != self.get_account().cash:
            drift.append(f"cash: {self.get_account().cash} here, {cash} there")
        return tuple(drift)

    @hookimpl
    def halt(self, reason):
        with self.lock:
            self.operations += 1
            self.halted = True
            self.remember(halted=True)
            self.drain()
            for name, order in list(self.orders.items()):
                if not order.status.is_terminal:
                    self.cancel(name)

    @hookimpl
    def resume(self):
        self.operations += 1
        self.halted = False
        self.remember(halted=False)


class DoNothing(SmallEngine):
    """Say that all is well and send nothing."""

    def submit(self, intent):
        self.change(intent.client_order_id, status=OrderStatus.ACCEPTED, venue_order_id="V1")

    def drain(self):
        pass

    @hookimpl
    def reconcile(self):
        return ReconciliationReport(complete=True)


class ForgetsLostFills(SmallEngine):
    """Fills lost on a disconnect: believe that what was pushed is all there is."""

    def take_over(self):
        for name, order in list(self.orders.items()):
            true = self.session.query(name)
            if not order.status.is_terminal and true is None:
                self.change(name, status=OrderStatus.REJECTED)
            elif not order.status.is_terminal and true.status is not OrderStatus.UNKNOWN:
                self.change(name, status=true.status, filled_qty=true.filled_qty, quantity=true.quantity)


class ForgetsAtARestart(SmallEngine):
    """Duplicate orders after a restart: remember orders in memory only, and send what it does not know."""

    def remembered(self):
        return [line for line in super().remembered() if "halted" in line]


class CountsEveryDelivery(SmallEngine):
    """Double-counted fills: add whatever arrives."""

    counts_once = False


class FollowsEveryEvent(SmallEngine):
    """Illegal transitions: take the status of whatever event came last."""

    def told(self, order):
        if order.client_order_id in self.orders and order.status is not OrderStatus.UNKNOWN:
            self.change(order.client_order_id, status=order.status)


class TakesUnknownAsRejected(SmallEngine):
    """Unknown taken as rejected: let the order go when no answer came."""

    def submit(self, intent):
        super().submit(intent)
        if self.orders[intent.client_order_id].status is OrderStatus.UNKNOWN:
            self.change(intent.client_order_id, status=OrderStatus.REJECTED)

    def take(self, fill):
        known = self.orders.get(fill.client_order_id)
        if known is not None and known.status is not OrderStatus.REJECTED:
            super().take(fill)


class TakesACancelForGranted(SmallEngine):
    """Cancel races: an order that was asked to be cancelled is cancelled."""

    def cancel(self, name):
        try:
            self.session.cancel(name)
        except VenueUnknownError:
            self.change(name, status=OrderStatus.PENDING_CANCEL)
        except VenueError:
            self.change(name, status=OrderStatus.CANCELED)
        else:
            self.drain()
            self.change(name, status=OrderStatus.CANCELED)


class ForgetsAReplacement(SmallEngine):
    """Cancel races: a replacement whose answer was lost is forgotten."""

    def replace(self, name, *terms):
        before = self.orders[name]
        super().replace(name, *terms)
        if self.orders[name].status is OrderStatus.PENDING_REPLACE:
            self.change(name, status=before.status)
            self.forgotten = {*getattr(self, "forgotten", ()), name}

    def change(self, name, **changes):
        if name in getattr(self, "forgotten", ()):
            changes.pop("quantity", None)
        super().change(name, **changes)


class CallsEveryEndCanceled(SmallEngine):
    """Status vocabulary: one word for every way in which an order ends without a fill."""

    def change(self, name, **changes):
        status = changes.get("status")
        if status is OrderStatus.EXPIRED or (status is OrderStatus.REJECTED and changes.get("reason")):
            changes["status"] = OrderStatus.CANCELED
        super().change(name, **changes)


class ComparesNothing(SmallEngine):
    """Position and cash drift: take over what was missed, and look at nothing else."""

    def drift(self):
        return ()


class HaltsTooLate(SmallEngine):
    """Kill switch: keep what is in a queue going after the halt."""

    left = 0

    @hookimpl
    def halt(self, reason):
        super().halt(reason)
        self.left = 5

    @hookimpl
    def place_order(self, **order):
        if self.halted and self.left:
            self.left -= 1
            self.halted = False
            try:
                return super().place_order(**order)
            finally:
                self.halted = True
        return super().place_order(**order)


class ForgetsTheHalt(SmallEngine):
    """Kill switch: be ready again after a restart."""

    def remembered(self):
        return [line for line in super().remembered() if "halted" not in line]


class SendsAgainWhatWasTooFast(SmallEngine):
    """Status vocabulary: what a venue refused for the moment is sent again, and again."""

    def submit(self, intent):
        super().submit(intent)
        report = self.orders[intent.client_order_id]
        if report.status is OrderStatus.REJECTED and "messages in" in report.reason:
            super().submit(intent)


class BelievesTheSessionIsOpen(SmallEngine):
    """Status vocabulary: what was refused because the session was closed waits for the opening, as it thinks."""

    def change(self, name, **changes):
        if changes.get("status") is OrderStatus.REJECTED and "session has ended" in changes.get("reason", ""):
            changes["status"] = OrderStatus.SUBMITTED
        super().change(name, **changes)

    def settle(self, name, true):
        if true is not None:
            super().settle(name, true)


class ExpiresByItsOwnClock(SmallEngine):
    """A clock that is set: a day order has expired when it says that an hour has passed since."""

    def submit(self, intent):
        self.taken = {**getattr(self, "taken", {}), intent.client_order_id: self.clock.now_ns()}
        super().submit(intent)

    def drain(self):
        super().drain()
        for name, taken in getattr(self, "taken", {}).items():
            order = self.orders[name]
            waits = order.status is OrderStatus.ACCEPTED and order.intent.time_in_force is TimeInForce.DAY
            if waits and self.clock.now_ns() - taken > 3_000 * 10**9:
                self.change(name, status=OrderStatus.EXPIRED)


class TakesSilenceForTheEnd(SmallEngine):
    """A link that is slow: an order that the market had to fill, and of which nothing was heard, is canceled."""

    def drain(self):
        super().drain()
        for name, order in list(self.orders.items()):
            if order.status is OrderStatus.ACCEPTED and order.intent.order_type is OrderType.MARKET:
                self.change(name, status=OrderStatus.CANCELED)


class AsksTheVenueFirst(SmallEngine):
    """Look-alike: keep notes of what was asked, and ask the venue again before anything that is not certain is sent."""

    def submit(self, intent):
        try:
            known = self.session.query(intent.client_order_id)
        except VenueUnknownError:
            known = None
        if known is None:
            super().submit(intent)
        else:
            self.change(intent.client_order_id, status=OrderStatus.ACCEPTED, venue_order_id=known.venue_order_id)


class StampsWithItsOwnClock(SmallEngine):
    """Look-alike: tell the times of a clock that somebody sets, and decide nothing by them."""

    @hookimpl
    def get_order(self, client_order_id):
        report = super().get_order(client_order_id)
        return attrs.evolve(report, ts_init=self.clock.now_ns(), ts_last=self.clock.now_ns())


class WaitsAfterTooMuch(SmallEngine):
    """Look-alike: send nothing more for a few orders when the venue said that too much came."""

    left = 0

    def check(self, intent):
        self.left -= bool(self.left)
        if self.left:
            raise OrderDeniedError("too much came, wait", "rate")

    def submit(self, intent):
        super().submit(intent)
        if "messages in" in self.orders[intent.client_order_id].reason:
            self.left = 3


class TellsItsOrdersAsMappings(SmallEngine):
    """Look-alike: answer plain mappings of the contract's shape."""

    @hookimpl
    def get_order(self, client_order_id):
        return attrs.asdict(super().get_order(client_order_id))

    @hookimpl
    def get_fills(self):
        return [attrs.asdict(fill) for fill in super().get_fills()]


class SendsWithCoroutines(SmallEngine):
    """Look-alike: every call is a coroutine."""

    @hookimpl
    async def place_order(self, **order):
        return super().place_order(**order)

    @hookimpl
    async def cancel_order(self, client_order_id):
        return super().cancel_order(client_order_id)

    @hookimpl
    async def reconcile(self):
        return super().reconcile()


class CountsWhatOthersTraded(SmallEngine):
    """Look-alike: take over executions of orders that others sent, and report them as external."""

    def __init__(self, config=None):
        super().__init__()
        self.others = []

    def take(self, fill):
        if fill.client_order_id in self.orders:
            super().take(fill)
        elif fill.trade_id not in {known.trade_id for known in self.trades}:
            self.trades.append(fill)
            self.others.append(fill.client_order_id)

    def compare(self):
        report = super().compare()
        others, self.others = tuple(dict.fromkeys(self.others)), []
        return attrs.evolve(report, external_orders=others)
