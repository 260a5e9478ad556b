"""Workflow: orders are placed, filled in parts, cancelled and sent again; the venue's log decides what is true."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from allause.exceptions import OrderConflictError, OrderDeniedError
from allause.models.orders import OrderReport, OrderStatus, OrderType, Side
from allause.workflows.answers import many
from allause.workflows.brackets import follow_brackets, follow_group
from allause.workflows.desk import Desk, asked, listed, worded
from allause.workflows.feed import Level, read_levels, show
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.vocabulary import (
    follow_fok,
    follow_ioc,
    follow_post_only,
    follow_reduce_only,
    follow_replacements,
    follow_slices,
    follow_stop,
    follow_stop_limit,
)
from allause.workflows.workflow import Step, Workflow

_LEVELS = 88
_ORDERS = 12
_PLENTY = Decimal(1_000)
_Course = Callable[[Desk, Level, Side], None]


@attrs.define(eq=False)
class _Script:
    scene: Scene
    desk: Desk = attrs.field(init=False)
    levels: list[Level] = attrs.field(factory=list)
    last: Level = attrs.field(init=False)
    working: str = ""

    def __attrs_post_init__(self) -> None:
        self.desk = Desk(self.scene, self.scene.system["execution"], self.scene.venue, "execution")

    def read_market(self) -> None:
        """Read the recorded prices that the venue will quote."""
        self.levels = read_levels(self.scene, _LEVELS)
        self.last = self.levels[0]

    def fill_at_once(self) -> None:
        """Place orders that trade at once; each must be filled whole, at the price the venue showed."""
        for _ in range(_ORDERS):
            at = self._next()
            intent = self.desk.intend(at, self.scene.random)
            self.desk.place(intent)
            report = self.desk.order(intent.client_order_id)
            price = at.far(intent.side)
            if (report.status, report.filled_qty, report.avg_px) != (OrderStatus.FILLED, intent.quantity, price):
                raise StepFailed(f"{worded(intent)} had to be filled whole at {price}; {_told(report)}")
        self.scene.note(orders=[worded(intent) for intent in self.desk.intents.values()], digest=self.desk.digest())

    def fill_in_parts(self) -> None:
        """Place an order for more than is offered: filled as far as that goes, working for the rest."""
        offered = self.scene.random.randint(2, 5)
        at = self._next(size=Decimal(offered))
        wanted = offered + self.scene.random.randint(1, 4)
        intent = self.desk.write(at.symbol, Side.BUY, wanted, at.ask)
        self.desk.place(intent)
        report = self.desk.order(intent.client_order_id)
        truth = self.desk.arrived(intent.client_order_id)
        self.scene.note(order=worded(intent), filled=report.filled_qty, status=report.status)
        if (report.status, report.filled_qty) != (OrderStatus.PARTIALLY_FILLED, truth.filled_qty):
            raise StepFailed(f"{worded(intent)}: {truth.filled_qty} were filled at the venue; {_told(report)}")
        listing = many(self.scene.ask("execution", "get_open_orders"), OrderReport, "get_open_orders()")
        times = [report.intent for report in listing].count(intent)
        if times != 1:
            raise StepFailed(f"{worded(intent)} works at the venue; get_open_orders() lists it {times} times")
        self.working = intent.client_order_id

    def cancel(self) -> None:
        """Cancel what is left of it; a second cancel changes nothing, an unknown order is refused."""
        name = self.working
        self.desk.cancel(name)
        report = self.desk.order(name)
        truth = self.desk.arrived(name)
        self.scene.note(order=name, status=report.status, at_venue=truth.status, filled=report.filled_qty)
        if (truth.status, report.status) != (OrderStatus.CANCELED, OrderStatus.CANCELED):
            raise StepFailed(f"cancel_order({name!r}): the venue says {truth.status}; {_told(report)}")
        again = self.desk.cancel(name)
        if again.status != OrderStatus.CANCELED:
            raise StepFailed(f"cancel_order({name!r}) a second time: {_told(again)}")
        self.scene.refused(KeyError, "execution", "cancel_order", client_order_id=f"{name}-unknown")

    def rest_and_fill(self) -> None:
        """Place orders that have to wait, and move through the recorded prices until some are met."""
        resting = set()
        for _ in range(_ORDERS):
            intent = self.desk.intend(self._next(), self.scene.random, resting=True)
            resting.add(intent.client_order_id)
            self.desk.place(intent)
        while self.levels:
            self._next()
        reports = [report for report in self.desk.story().orders if report.intent.client_order_id in resting]
        true = self.scene.venue.account().orders
        self.scene.note(
            digest=self.desk.digest(),
            orders={report.intent.client_order_id: str(report.status) for report in reports},
        )
        for report in reports:
            order = true.get(report.intent.client_order_id)
            status, filled = (order.status, order.filled_qty) if order else (OrderStatus.REJECTED, Decimal(0))
            if (report.status, report.filled_qty) != (status, filled):
                raise StepFailed(f"{worded(report.intent)} is {status} at the venue; {_told(report)}")

    def send_again(self) -> None:
        """Place orders a second time under their ids: nothing may leave; with another payload it is refused."""
        received = self.scene.venue.orders_received
        chosen = self.scene.random.sample(sorted(self.desk.intents), 4)
        for name in chosen:
            intent = self.desk.intents[name]
            before, again = self.desk.order(name), self.desk.place(intent)
            if again.venue_order_id != before.venue_order_id:
                raise StepFailed(f"{worded(intent)} again: expected {_told(before)}; {_told(again)}")
            changed = attrs.evolve(intent, quantity=intent.quantity + 1)
            self.scene.refused(OrderConflictError, "execution", "place_order", **asked(changed))
        left = self.scene.venue.orders_received - received
        self.scene.note(sent_again=chosen, reached_the_venue=left)
        if left:
            raise StepFailed(
                f"{left} orders reached the venue when {len(chosen)} were placed again under their own ids"
            )

    def halt(self) -> None:
        """Halt: no order leaves, a cancel still does; resume: orders leave again."""
        self.scene.ask("execution", "halt", reason="workflow")
        received = self.scene.venue.orders_received
        at = self.last
        arguments = {"symbol": at.symbol, "quantity": Decimal(1), "order_type": OrderType.LIMIT, "price": at.bid}
        self.scene.refused(OrderDeniedError, "execution", "place_order", **arguments)
        left = self.scene.venue.orders_received - received
        self.scene.note(reached_the_venue_while_halted=left)
        if left:
            raise StepFailed(f"{left} orders reached the venue while the component was halted")
        self.scene.ask("execution", "resume")
        intent = self.desk.intend(at, self.scene.random, resting=True)
        self.desk.place(intent)
        if self.scene.venue.orders_received != received + 1:
            raise StepFailed("after resume() an order was placed and did not reach the venue")

    def compare(self) -> None:
        """Hold orders, fills, positions and cash against the venue's log, after a purchase that leaves a position."""
        at, venue = self.last, self.scene.venue
        show(venue, at, _PLENTY)
        quantity = self.scene.random.randint(1, 9)
        if not venue.positions().get(at.symbol, Decimal(0)) + quantity:
            quantity += 1  # flat, every wrong multiple of the position would be right
        self.desk.place(self.desk.write(at.symbol, Side.BUY, quantity, None))
        problems = (*self.desk.differences(), *self.desk.altered())
        self.scene.note(
            orders=len(self.desk.intents), fills_at_venue=len(venue.fills()), positions=venue.positions(),
            venue_log_records=len(venue.log), differences=problems,
        )  # fmt: skip
        if problems:
            raise StepFailed(f"the component's story differs from the venue's log: {listed(problems)}")

    def go_through(self, course: _Course) -> None:
        """Go through a course of events at the next recorded price, on a drawn side."""
        course(self.desk, self._next(), self.scene.random.choice((Side.BUY, Side.SELL)))

    def _next(self, size: Decimal = _PLENTY) -> Level:
        if not self.levels:
            raise StepFailed("the recorded prices are used up")
        self.last = self.levels.pop(0)
        show(self.scene.venue, self.last, size)
        return self.last


def _told(report: OrderReport) -> str:
    reason = f" ({report.reason})" if report.reason else ""
    return f"the component says {report.status}, filled {report.filled_qty} at {report.avg_px}{reason}"


def _through(course: _Course) -> Callable[[_Script], None]:
    return lambda script: script.go_through(course)


WORKFLOW = Workflow(
    name="trading_execution",
    title="Trading execution",
    kinds=("market_data", "execution"),
    script=_Script,
    hosted=True,
    steps=(
        Step("read market", _Script.read_market),
        Step("fill at once", _Script.fill_at_once, ("read market",)),
        Step("fill in parts", _Script.fill_in_parts, ("read market",)),
        Step("cancel the rest", _Script.cancel, ("fill in parts",)),
        Step("replace", _through(follow_replacements), ("read market",)),
        Step("stop", _through(follow_stop), ("read market",)),
        Step("stop limit", _through(follow_stop_limit), ("read market",)),
        Step("immediate or cancel", _through(follow_ioc), ("read market",)),
        Step("fill or kill", _through(follow_fok), ("read market",)),
        Step("post-only", _through(follow_post_only), ("read market",)),
        Step("reduce-only", _through(follow_reduce_only), ("read market",)),
        Step("slices", _through(follow_slices), ("read market",)),
        Step("bracket", _through(follow_brackets), ("read market",)),
        Step("one cancels the other", _through(follow_group), ("read market",)),
        Step("rest and fill", _Script.rest_and_fill, ("read market",)),
        Step("send again", _Script.send_again, ("fill at once",)),
        Step("halt and resume", _Script.halt, ("fill at once",)),
        Step("equal the venue's log", _Script.compare, ("fill at once",)),
    ),
)
