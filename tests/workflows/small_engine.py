"""A small honest execution component of a third party.

A module of its own, so that children can import it too.
"""

import json
from collections import defaultdict
from decimal import Decimal
from threading import RLock

import attrs
from plain_component import Plain

from allause.exceptions import OrderConflictError, OrderDeniedError, VenueError, VenueUnknownError
from allause.hookspecs import hookimpl
from allause.models import (
    Account,
    Fill,
    OrderIntent,
    OrderReport,
    OrderStatus,
    OrderType,
    Position,
    ReconciliationReport,
    Side,
    TimeInForce,
)

CASH = Decimal(1_000_000)
WORKING = (OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED)
NEW = (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN)


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
            if self.halted or report.status not in WORKING:
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
            if true is not None:
                self.change(name, quantity=true.quantity, price=true.price, stop_price=true.stop_price)
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
