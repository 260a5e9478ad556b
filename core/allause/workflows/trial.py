"""One execution component under one fault script: traded with under load, killed, halted, and judged by the log."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from decimal import Decimal
from functools import partial
from itertools import cycle
from typing import ClassVar

import attrs

from allause.exceptions import AllauseError, OrderDeniedError
from allause.models.orders import OrderIntent, ReconciliationReport, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue import (
    Fault,
    FaultClass,
    FaultScript,
    FaultySession,
    Halted,
    InjectedFault,
    InProcessSession,
    Killed,
    Moment,
    SessionClosed,
    Venue,
)
from allause.workflows import sorts
from allause.workflows.crowd import Crowd
from allause.workflows.desk import Desk, asked
from allause.workflows.feed import Level, show
from allause.workflows.life import Life
from allause.workflows.observer import Observer
from allause.workflows.offers import refuses_a_day, special
from allause.workflows.scene import Scene, StepFailed

#: Orders of one trial that faults are drawn for; more follow while a fault waits for its order, up to ``MOST``.
ORDERS, MOST = 32, 64

_RECONCILED_EVERY, _CHANGED_EVERY = 3, 4
#: Of the orders among which a halt comes.
_THREADS, _BURST = 2, 30
#: Orders sent at most to a venue that says that it is too much.
_INSISTENCE = 8


@attrs.define(eq=False)
class Trial:
    """Trade with a fresh instance through recorded prices, under the faults of a script.

    Attributes:
        scene: of the workflow.
        script: the faults; all of them count, also those that a component which stopped trading never met.
        name: of the trial, and prefix of its orders.
        venue: behaves well; its log is the truth.
        session: injects the faults.
        desk: where orders are placed.
        life: of the component that is examined.
        wrong: what the host saw go wrong, by id of the fault it follows from; under an empty id what follows from none.
        reports: of the reconciliations that compared, each with the number of faults injected before it.
        for_a_day: how long an order works that waits for a day; until it is cancelled, where no such order is offered.
        shapes: how orders come, again and again: see ``sorts.SHAPES``.
    """

    shapes: ClassVar[tuple[str, ...]] = (
        "plain", "rest", "once", "part", "stop", "day", "plain", "stop", "once", "wait",
    )  # fmt: skip # one cycle
    scene: Scene
    script: FaultScript
    name: str
    venue: Venue = attrs.field(init=False)
    session: FaultySession = attrs.field(init=False)
    desk: Desk = attrs.field(init=False)
    life: Life = attrs.field(init=False)
    wrong: dict[str, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    reports: list[tuple[int, ReconciliationReport]] = attrs.field(factory=list)
    for_a_day: TimeInForce = TimeInForce.DAY
    _observer: Observer = attrs.field(init=False)
    _crowd: Crowd = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.venue = Venue(seed=self.scene.seed)
        self.session = FaultySession(InProcessSession(self.venue), self.script)
        component = self.scene.watch(self.scene.rebuild("execution", {}))
        self.desk = Desk(self.scene, component, self.venue, self.name)
        self.life = Life(self.scene, self.session, self.desk, self.wrong, self.script.clock_offsets_s)
        self._crowd = Crowd(self.venue)
        self._observer = Observer(self.venue, self.session, self.wrong, self.reports)

    def run(self, levels: Sequence[Level]) -> None:
        """Start the component, trade until every fault has had its chance, and let everything settle."""
        self.life.start()
        if "day" in self.shapes:
            self.life.unhurt("place_order", partial(self._ask_for_a_day, levels[0]))
        turns = zip(range(MOST), cycle(levels), cycle(self._shapes()), strict=False)
        for number, at, shape in turns:
            if number >= ORDERS and not self.session.pending():
                break
            self._turn(number, at, shape)
        self.session.settle()
        self._reconcile()
        if self.session.pending():
            # some faults only show on a link that comes back; the component may have had no reason to renew it
            self.session.reconnect()
        self._reconcile()

    def close(self) -> tuple[str, ...]:
        """Close the component and return a sentence for each way in which that failed."""
        return self.life.close()

    def _shapes(self) -> list[str]:
        shapes = list(self.shapes)
        self.scene.random.shuffle(shapes)
        return shapes

    def _ask_for_a_day(self, at: Level) -> None:
        """Let no fault wait for an order for a day where the component refuses one, as it may."""
        self._quote(at, Decimal(1))
        if refuses_a_day(self.desk, at):
            self.for_a_day = TimeInForce.GTC
            left = [fault for fault in self.script.faults if not isinstance(fault, SessionClosed)]
            self.script = attrs.evolve(self.script, faults=tuple(left))
            self.session.forgo(SessionClosed)

    def _turn(self, number: int, at: Level, shape: str) -> None:
        intent = self._intend(at, shape)
        self._quote(at, Decimal(self.scene.random.randint(1, 3)))
        with nullcontext() if shape == "part" else self._crowd.behind(at):  # so that fills come in bursts
            self._order(at, intent)
            for _ in range(_INSISTENCE):
                if not self.session.is_throttled:
                    break
                self._order(at, self._intend(at, "rest"))  # no time passes: sooner or later it is too much
        every = _CHANGED_EVERY if number < ORDERS else 1  # a fault that still waits may be one of these
        if _due(number + 2, every):
            self._replace_one(number)
        if _due(number, every):
            self._cancel_one(number)
        if _due(number, _RECONCILED_EVERY):
            self._reconcile()
        self._observer.look(self.desk)

    def _order(self, at: Level, intent: OrderIntent) -> None:
        """Place an order, and halt where that is due."""
        halted = self._place(intent)
        if halted is not None:
            self.session.mend()  # one thing at a time
            self.session.pause(paused=True)
            self._halt(at, halted)
            self.session.pause(paused=False)

    def _intend(self, at: Level, shape: str) -> OrderIntent:
        random, side = self.scene.random, self.scene.random.choice((Side.BUY, Side.SELL))
        quantity, sort = random.randint(4, 9), random.choice(sorts.SHAPES[shape])
        if sort is sorts.reduce_only and -side.sign * self.venue.positions().get(at.symbol, 0) < quantity:
            sort = sorts.crossing  # the venue would refuse it
        day = {"time_in_force": self.for_a_day} if shape == "day" else {}
        return self.desk.write(at.symbol, side, quantity, **sort(at, side) | day)

    def _quote(self, at: Level, few: Decimal) -> None:
        show(self.venue, at, few)
        self.venue.trade(at.symbol, at.price, Decimal(1), self.venue.now_ns)  # which triggers the stops met by then

    def _place(self, intent: OrderIntent) -> InjectedFault | None:
        """Place an order, again after a restart, and return a halt that is due now."""
        name = intent.client_order_id
        self._send(intent)
        if self.life.crashed:
            self._restart()
            self._send(intent)
        elif self.session.take(_kills_afterwards, name) is not None:
            self.life.kill()
            self._restart()
            self._send(intent)
        return self.session.take(lambda fault: isinstance(fault, Halted), name)

    def _cancel_one(self, number: int) -> None:
        """Cancel an order that works at the venue."""
        if order := self._working(number):
            self.life.attempt("cancel_order", partial(self.desk.cancel, order.client_order_id))

    def _replace_one(self, number: int) -> None:
        """Ask for other terms of an order that works at the venue: one unit more, or a price further away."""
        if order := self._working(number):
            terms = sorts.other_terms(order, number // _CHANGED_EVERY)
            self.life.attempt("replace_order", partial(self.desk.replace, order.client_order_id, **terms))

    def _working(self, number: int) -> VenueOrder | None:
        """Return an order that works, rather one that a fault may choose.

        It is not drawn: whatever is drawn later would depend on what the component did.
        """
        working = [order for order in self.venue.orders(working=True) if order.client_order_id in self.desk.intents]
        chosen = [order for order in working if self.session.awaits(order.client_order_id)] or working
        return chosen[number % len(chosen)] if chosen else None

    def _reconcile(self) -> None:
        injected = len(self.session.injected())

        def reconcile() -> None:
            report = self.desk.reconcile()
            if not self.session.is_cut:  # else there was nothing to compare with
                self.reports.append((injected, report))

        self.life.attempt("reconcile", reconcile)

    def _restart(self) -> None:
        self.life.restart()
        self._reconcile()

    def _halt(self, at: Level, halted: InjectedFault) -> None:
        """Halt under load, and see that nothing leaves until the component is resumed."""
        lists = [[("place_order", asked(self._intend(at, "plain"))) for _ in range(_BURST)] for _ in range(_THREADS)]
        lists.append([("place_order", asked(self._intend(at, "plain"))), ("halt", {"reason": "exam"})])
        if self.desk.drawn is None:  # which of these leave before the halt is up to the machine, and so is what follows
            self.desk.drawn = len(self.desk.intents)
        received: list[int] = []
        self.life.attempt("halt", lambda: self._burst(lists, received))
        if not received:
            self.wrong[halted.fault_id].append("halt() did not answer")
            return
        if isinstance(halted.fault, Halted) and halted.fault.killed:
            self.life.kill()
            self._restart()
        self._reconcile()
        denied = self._denied(self._intend(at, "plain"))
        left = self._arrived() - received[0]
        if left or not denied:
            found = f"{left} orders left afterwards" if left else "it took an order afterwards"
            self.wrong[halted.fault_id].append(f"halt() under load: {found}")
        working = self.venue.orders(working=True)
        if {fault.fault_class for fault in self.script.faults} == {FaultClass.KILL_SWITCH} and working:
            self.wrong[halted.fault_id].append(f"halt(): {len(working)} orders still work at the venue")
        self.life.attempt("resume", lambda: self.desk.ask("resume"))
        before = self._arrived()
        intent = self._intend(at, "plain")
        self._send(intent)
        if self._arrived() == before:
            self.wrong[halted.fault_id].append("resume(): the next order did not reach the venue")

    def _burst(self, lists: list[list[tuple[str, dict[str, object]]]], received: list[int]) -> None:
        self.scene.calling(self.desk.component, "halt")
        self.desk.component.burst(lists, lambda: received.append(self._arrived()), "halt")

    def _arrived(self) -> int:
        """Return how many of the orders asked for have arrived at the venue, each time counted."""
        return sum(record.client_order_id in self.desk.intents for record in self.venue.log
                   if record.event in {"accepted", "refused"})  # fmt: skip # one sum

    def _denied(self, intent: OrderIntent) -> bool:
        try:
            self.desk.place(intent)
        except OrderDeniedError:
            return True
        except (StepFailed, AllauseError) as error:
            self.life.refused.append(f"place_order: {error}")
        return False

    def _send(self, intent: OrderIntent) -> None:
        """Have the component place an order; one of a sort that it need not offer it may deny."""
        self.life.attempt("place_order", partial(self.desk.place, intent), offered=not special(intent))


def _due(number: int, every: int) -> bool:
    return number % every == every - 1


def _kills_afterwards(fault: Fault) -> bool:
    return isinstance(fault, Killed) and fault.moment is Moment.AFTER_THE_ANSWER
