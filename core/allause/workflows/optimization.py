"""Workflow: the optimizer tries settings of this system's own execution component, and the host measures again."""

from collections.abc import Mapping
from math import isclose
from typing import Any

import attrs

from allause.component import CallTrace
from allause.models.component import OptimizationMetrics, TunableSetting
from allause.models.optimization import OptimizationReport, Trial
from allause.trials import ExecutionTarget
from allause.workflows.answers import shaped
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step, Workflow

_ORDERS = 8
_AGAIN = 48
_DEADLINE_S = 60.0


@attrs.define(eq=False)
class _WatchedTarget:
    """Pass trials on and keep what was really measured."""

    target: ExecutionTarget
    trials: list[Trial] = attrs.field(factory=list)

    @property
    def settings(self) -> tuple[TunableSetting, ...]:
        """Return what may be changed."""
        return self.target.settings

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> Trial:
        """Measure, and keep the outcome."""
        trial = self.target.measure(settings, orders=orders, seed=seed)
        self.trials.append(trial)
        return trial


@attrs.define(eq=False)
class _Script:
    scene: Scene
    target: _WatchedTarget = attrs.field(init=False)
    report: OptimizationReport = attrs.field(init=False)

    def offer(self) -> None:
        """Ask the execution component what may be changed, and make a target of it."""
        answer = self.scene.ask("execution", "get_optimization_metrics")
        metrics = shaped(answer, OptimizationMetrics, "get_optimization_metrics()")
        for setting in metrics.settings:
            if setting.value not in setting.candidates:
                raise StepFailed(f"setting {setting.name}: the value in force, {setting.value}, is no candidate")
        self.target = _WatchedTarget(ExecutionTarget(self._fresh, metrics.settings, self._trace))
        self.scene.note(settings={each.name: list(each.candidates) for each in self.target.settings})

    def optimize(self) -> None:
        """Have the optimizer try them; every figure it reports must be one that the host measured."""
        call = "optimize_trading_system(<this execution component>)"
        answer = self.scene.ask(
            "optimizer", "optimize_trading_system", deadline_s=_DEADLINE_S,
            target=self.target, orders=_ORDERS, seed=self.scene.seed,
        )  # fmt: skip
        report = shaped(answer, OptimizationReport, call)
        measured = self.target.trials
        self.scene.note(trials_measured=len(measured), trials_reported=len(report.trials), kept=dict(report.kept))
        for trial in (report.before, report.after, *report.trials):
            if trial not in measured:
                raise StepFailed(f"{call} reports a trial of {dict(trial.settings)} that was never measured")
        self.report = report
        self._compare(report)

    def _compare(self, report: OptimizationReport) -> None:
        """Have before, after and the improvement follow from the trials."""
        in_force = {setting.name: setting.value for setting in self.target.settings}
        before = {**in_force, **report.before.settings}
        self.scene.note(
            before=report.before.orders_per_second, after=report.after.orders_per_second,
            improvement=report.improvement, conclusive=report.conclusive,
            error_rate=[report.before.error_rate, report.after.error_rate],
            connection_reuse=[report.before.connection_reuse, report.after.connection_reuse],
        )  # fmt: skip
        if before != in_force:
            raise StepFailed(f"'before' was measured with {before}; in force are {in_force}")
        if dict(report.kept) != dict(report.after.settings):
            raise StepFailed(
                f"kept are {dict(report.kept)}, but 'after' was measured with {dict(report.after.settings)}"
            )
        if not report.before.orders_per_second:
            raise StepFailed("under the settings in force no order was acknowledged, so there is nothing to compare")
        ratio = report.after.orders_per_second / report.before.orders_per_second
        if not isclose(report.improvement, ratio, rel_tol=1e-6):
            raise StepFailed(f"the improvement reported is {report.improvement}; after / before is {ratio}")
        if report.after.error_rate > report.before.error_rate:
            raise StepFailed(f"the settings kept raise the error rate from {report.before.error_rate}")

    def measure_again(self) -> None:
        """Measure the settings kept once more, on the host alone: every order acknowledged, none lost."""
        orders = _AGAIN
        trial = self.target.measure(dict(self.report.kept), orders=orders, seed=self.scene.seed + 1)
        self.scene.note(
            settings=dict(trial.settings), orders=trial.orders, errors=trial.errors, orders_sent=trial.orders_sent,
            orders_per_second=trial.orders_per_second, latency_median_ns=trial.latency.median,
        )  # fmt: skip
        if trial.errors or trial.orders_sent != orders:
            raise StepFailed(
                f"of {orders} orders under the settings kept, {trial.errors} failed, {trial.orders_sent} arrived"
            )

    def _trace(self, trace: CallTrace) -> None:
        # the trial names its component itself; here it is known whose instance it is
        self.scene.seen(attrs.evolve(trace, component=self.scene.system["execution"].id))

    def _fresh(self, configuration: Mapping[str, Any]) -> object:
        return self.scene.rebuild("execution", configuration).instance


WORKFLOW = Workflow(
    name="optimization",
    title="Optimization",
    kinds=("execution", "optimizer"),
    script=_Script,
    steps=(
        Step("ask what may be changed", _Script.offer),
        Step("optimize", _Script.optimize, ("ask what may be changed",)),
        Step("measure again", _Script.measure_again, ("optimize",)),
    ),
)
