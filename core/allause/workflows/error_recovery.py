"""Workflow: the venue fails on purpose, and each fault counts as recovered only by the evidence of its log."""

from collections.abc import Callable

import attrs

from allause.venue import INCIDENTS, FaultClass, FaultScript, cases_of
from allause.workflows.bracket_trial import CLASSES, BracketTrial, bracket_script
from allause.workflows.desk import listed
from allause.workflows.feed import Level, read_levels
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.trial import ORDERS, Trial
from allause.workflows.verdict import conclude
from allause.workflows.workflow import Step, Workflow

#: Faults of each class in a trial of its own, at least; each case of the class comes once.
LEAST = 3
#: More of those that take no time of their own, so that they meet orders of every sort.
OFTEN = {FaultClass.FILLS_LOST_ON_DISCONNECT: 6, FaultClass.SUBMIT_TIMEOUT_FILLS_LATER: 12}

#: The step of each class.
STEPS = {
    FaultClass.FILLS_LOST_ON_DISCONNECT: "fills lost on a disconnect",
    FaultClass.DUPLICATE_ORDER_AFTER_RESTART: "orders asked for again after a restart",
    FaultClass.DUPLICATE_FILL: "fills delivered twice",
    FaultClass.ILLEGAL_TRANSITION: "events out of order",
    FaultClass.SUBMIT_TIMEOUT_FILLS_LATER: "submits that time out and fill later",
    FaultClass.CANCEL_RACE: "cancels that are overtaken",
    FaultClass.STATUS_VOCABULARY: "every way in which an order ends",
    FaultClass.POSITION_DRIFT: "changes made elsewhere",
    FaultClass.KILL_SWITCH: "halts under load",
}
MIXED = "all faults at once"
BRACKETS = "brackets under faults"


@attrs.define(eq=False)
class _Script:
    scene: Scene
    levels: list[Level] = attrs.field(factory=list)

    def read_market(self) -> None:
        """Read the recorded prices that the venue will quote."""
        self.levels = read_levels(self.scene, ORDERS)

    def mixed(self) -> None:
        """Mix every class in one run, over a link that is slow now and then, with a wall clock that steps."""
        script = FaultScript.drawn(seed=self.scene.seed, orders=ORDERS, each=2).roughened()
        self.scene.note(latency=attrs.asdict(script.latency), clock_steps=[attrs.asdict(s) for s in script.clock_steps])
        self.trial(Trial(self.scene, script, "all_at_once"))

    def brackets(self) -> None:
        """Trade brackets: no exit is sent twice, outlives its position or is missing, whatever goes wrong."""
        self.scene.note(classes=[*CLASSES, FaultClass.DUPLICATE_ORDER_AFTER_RESTART])
        self.trial(BracketTrial(self.scene, bracket_script(self.scene.seed), "brackets"))

    def alone(self, fault_class: FaultClass) -> None:
        """Inject the faults of one class, so that no other class hides behind it."""
        self.scene.note(repeats=INCIDENTS[fault_class], cases=[case.name for case in cases_of(fault_class)])
        each = max(OFTEN.get(fault_class, LEAST), len(cases_of(fault_class)))
        script = FaultScript.drawn(seed=self.scene.seed, orders=ORDERS, each=each, classes=[fault_class])
        self.trial(Trial(self.scene, script, fault_class))

    def trial(self, trial: Trial) -> None:
        """Examine a fresh instance."""
        try:
            trial.run(self.levels)
            conclude(trial)
        finally:
            problems = trial.close()
        if problems:
            raise StepFailed(listed(problems))


def _alone(fault_class: FaultClass) -> Callable[[_Script], None]:
    return lambda script: script.alone(fault_class)


WORKFLOW = Workflow(
    name="error_recovery",
    title="Error recovery",
    kinds=("market_data", "execution"),
    script=_Script,
    hosted=True,
    steps=(
        Step("read market", _Script.read_market),
        *(Step(name, _alone(fault_class), ("read market",)) for fault_class, name in STEPS.items()),
        Step(MIXED, _Script.mixed, ("read market",)),
        Step(BRACKETS, _Script.brackets, ("read market",)),
    ),
)
