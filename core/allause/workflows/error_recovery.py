"""Workflow: the venue fails on purpose, and each fault counts as recovered only by the evidence of its log."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

import attrs

from allause.component import Component
from allause.exceptions import AllauseError
from allause.system import System
from allause.venue import (
    INCIDENTS,
    FaultClass,
    FaultScript,
    FaultySession,
    InProcessSession,
    Recovery,
    Venue,
    read_truth,
    recovery,
)
from allause.workflows.desk import Desk, listed
from allause.workflows.feed import Level, read_levels, show
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step, Workflow

_ORDERS = 32
_FAULTY = 24  # the script's orders; those after them trade at once, so that every fault finds its order
_EACH = 3
_RECONCILED_AFTER = 3
_RESTING = 0.25
_PLENTY = Decimal(1_000)


@attrs.define(eq=False)
class _Trial:
    """Run one execution component under one fault script, and judge it from the venue's log.

    Attributes:
        scene: of the workflow.
        component: that is examined; started with ``session``.
        venue: behaves well; its log is the truth.
        session: injects the faults.
        script: the faults; all of them count, also those that a component which stopped trading never met.
    """

    scene: Scene
    component: Component
    venue: Venue
    session: FaultySession
    script: FaultScript
    desk: Desk
    refused: list[str] = attrs.field(factory=list)

    def run(self, levels: Sequence[Level]) -> None:
        """Trade through the recorded prices, reconciling now and then, and raise unless every fault is recovered."""
        for number, at in enumerate(levels):
            show(self.venue, at, _PLENTY)
            waits = number < _FAULTY and self.scene.random.random() < _RESTING
            intent = self.desk.intend(at, self.scene.random, resting=waits)
            self._try("place_order", partial(self.desk.place, intent))
            if number % _RECONCILED_AFTER == _RECONCILED_AFTER - 1:
                self._try("reconcile", self.desk.reconcile)
        self.session.settle()
        self._try("reconcile", self.desk.reconcile)
        if self.session.pending():
            # some faults only show on a link that comes back; the component may have had no reason to renew it
            self.session.reconnect()
        self._try("reconcile", self.desk.reconcile)
        self._judge()

    def _try(self, method: str, call: Callable[[], object]) -> None:
        """Let the component fail a call: what counts is how things stand in the end."""
        try:
            call()
        except (StepFailed, AllauseError) as error:
            self.refused.append(f"{method}: {error}")

    def _judge(self) -> None:
        verdicts: list[Recovery] = []
        problem = ""
        try:
            story = self.desk.story()
        except (StepFailed, AllauseError) as error:
            problem = f"its story cannot be read: {error}"
        else:
            true = read_truth(self.venue.log)
            verdicts = [recovery(fault, story, true) for fault in self.session.injected()]
            wrong = self.desk.compared(story)
            problem = f"its story differs from the venue's log: {listed(wrong)}" if wrong else ""
        self._conclude(verdicts, problem)

    def _conclude(self, verdicts: Sequence[Recovery], problem: str) -> None:
        recovered = sum(verdict.recovered for verdict in verdicts)
        planned, injected = len(self.script.faults), len(self.session.injected())
        self.scene.note(
            planned=planned, injected=injected, recovered=recovered, score=recovered / planned,
            faults=[_evidence(verdict) for verdict in verdicts],
            not_met=[f"{fault.fault_class} from order {fault.order_index} on" for fault in self.session.pending()],
            calls_refused=self.refused, orders=len(self.desk.intents), digest=self.desk.digest(),
            orders_at_venue=self.venue.orders_received, fills_at_venue=len(self.venue.fills()),
        )  # fmt: skip
        if recovered < planned:
            lost = [
                f"{v.fault.fault_class} at {v.fault.client_order_id}: {listed(v.evidence)}"
                for v in verdicts
                if not v.recovered
            ]
            unmet = f"{planned - injected} faults could not be injected, since too few orders reached the venue"
            reasons = [
                *lost,
                *([unmet] if injected < planned else []),
                *([problem] if not verdicts and problem else []),
            ]
            raise StepFailed(f"{recovered} of {planned} faults recovered: {listed(reasons)}")
        if problem:
            raise StepFailed(f"every fault is recovered, but {problem}")


@attrs.define(eq=False)
class _Script:
    scene: Scene
    faults: FaultScript = attrs.field(init=False)
    faulty: FaultySession = attrs.field(init=False)
    levels: list[Level] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.faults = FaultScript.drawn(seed=self.scene.seed, orders=_FAULTY, each=_EACH)
        self.faulty = FaultySession(InProcessSession(self.scene.venue), self.faults)
        self.scene.session = self.faulty

    def read_market(self) -> None:
        """Read the recorded prices that the venue will quote."""
        self.levels = read_levels(self.scene, _ORDERS)

    def lost_fills(self) -> None:
        """Cut the link inside a burst of fills."""
        self._alone(FaultClass.FILLS_LOST_ON_DISCONNECT)

    def repeated_fills(self) -> None:
        """Deliver fills twice."""
        self._alone(FaultClass.DUPLICATE_FILL)

    def late_fills(self) -> None:
        """Lose the answers to orders that then trade."""
        self._alone(FaultClass.SUBMIT_TIMEOUT_FILLS_LATER)

    def all_at_once(self) -> None:
        """Mix every class in one run of the system's own component."""
        component = self.scene.system["execution"]
        desk = Desk(self.scene, component, self.scene.venue, "faults")
        _Trial(self.scene, component, self.scene.venue, self.faulty, self.faults, desk).run(self.levels)

    def _alone(self, fault_class: FaultClass) -> None:
        """Examine a fresh instance under the faults of one class, so that no other class hides behind it."""
        self.scene.note(repeats=INCIDENTS[fault_class])
        script = attrs.evolve(self.faults, faults=tuple(f for f in self.faults.faults if f.fault_class is fault_class))
        venue = Venue(seed=self.scene.seed)
        session = FaultySession(InProcessSession(venue), script)
        component = self.scene.watch(self.scene.rebuild("execution", {}))
        desk = Desk(self.scene, component, venue, fault_class)
        system = System({"execution": component}, self.scene.directory(fault_class))
        try:
            self.scene.calling(component, "start")
            system.start(seed=self.scene.seed, venue=session)
            _Trial(self.scene, component, venue, session, script, desk).run(self.levels)
        finally:
            problems = system.close()
        if problems:
            raise StepFailed(listed(problems))


def _evidence(verdict: Recovery) -> dict[str, object]:
    return {
        "fault": verdict.fault.fault_id,
        "class": str(verdict.fault.fault_class),
        "order": verdict.fault.client_order_id,
        "trades": verdict.fault.trade_ids,
        "recovered": verdict.recovered,
        "evidence": verdict.evidence[:4],
    }


WORKFLOW = Workflow(
    name="error_recovery",
    title="Error recovery",
    kinds=("market_data", "execution"),
    script=_Script,
    steps=(
        Step("read market", _Script.read_market),
        Step("fills lost on a disconnect", _Script.lost_fills, ("read market",)),
        Step("fills delivered twice", _Script.repeated_fills, ("read market",)),
        Step("submits that time out and fill later", _Script.late_fills, ("read market",)),
        Step("all faults at once", _Script.all_at_once, ("read market",)),
    ),
)
