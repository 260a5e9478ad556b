"""The small engine broken in each way the exam knows, and in ways that are honest all the same.

A module of its own, so that children can import it too.
"""

import attrs
from small_engine import SmallEngine

from allause.exceptions import OrderDeniedError, VenueError, VenueUnknownError
from allause.hookspecs import hookimpl
from allause.models import (
    OrderStatus,
    OrderType,
    ReconciliationReport,
    TimeInForce,
)
from allause.venue import CHANGED


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
                now = {"quantity": true.quantity, "price": true.price, "stop_price": true.stop_price}
                self.change(name, status=true.status, filled_qty=true.filled_qty, **now)


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
            changes = {term: value for term, value in changes.items() if term not in CHANGED}
        super().change(name, **changes)


class ForgetsPricesAtAReconciliation(SmallEngine):
    """Cancel races: take over the quantity that a lost replacement left at the venue, and not its prices."""

    def take_over(self):
        before = {name: (order.price, order.stop_price) for name, order in self.orders.items()}
        super().take_over()
        for name, (price, stop_price) in before.items():
            self.change(name, price=price, stop_price=stop_price)


class SendsAStopAgainAsALimit(SmallEngine):
    """Submits that time out: a stop order that never arrived is sent again, as a limit order at its stop price."""

    def settle(self, name, true):
        super().settle(name, true)
        intent = self.orders[name].intent
        if true is None and intent.order_type is OrderType.STOP:
            limit = {"order_type": OrderType.LIMIT, "price": intent.stop_price, "stop_price": None}
            self.submit(attrs.evolve(intent, **limit))


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


class OffersNoDay(SmallEngine):
    """A venue without trading days: orders work until they are cancelled, or end at once."""

    def check(self, intent):
        if intent.time_in_force is TimeInForce.DAY:
            raise OrderDeniedError("an order for a day: not offered", "not_offered")


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


class OffersTheLeast(SmallEngine):
    """Look-alike: offer no sort of orders that a component need not offer."""

    def check(self, intent):
        plain = intent.order_type is not OrderType.STOP_LIMIT and not (intent.post_only or intent.reduce_only)
        if not plain or intent.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
            raise OrderDeniedError("not offered here", "not_offered")


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
