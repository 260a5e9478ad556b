"""Coordinate search: one setting at a time, each candidate against the best so far."""

from math import isclose

from allause.exceptions import UsageError
from allause.models.optimization import OptimizationReport, OptimizationTarget, Trial
from allause_optimizer.duel import Duel, Settings, fight, typical

_SWEEPS = 2


class Search:
    """Find better settings of one target; made for one run.

    Args:
        target: what is measured.
        orders: in each trial.
        seed: of the order flow; each repetition has its own, shared by both sides.
        repetitions: of each comparison.
        max_trials: most trials.
    """

    def __init__(
        self, target: OptimizationTarget, *, orders: int, seed: int, repetitions: int, max_trials: int
    ) -> None:
        self._target = target
        self._orders = orders
        self._seed = seed
        self._repetitions = repetitions
        self._max_trials = max_trials
        self._baseline: Settings = {setting.name: setting.value for setting in target.settings}
        self._trials: list[Trial] = []
        self._duels: dict[frozenset[tuple[tuple[str, float], ...]], Duel] = {}

    def run(self) -> OptimizationReport:
        """Sweep over the settings, then measure the winner once more against the settings in force.

        The figures of the answer come from that last comparison: the winner of many is partly lucky, and luck
        does not repeat. When it does not win again, the settings in force are kept.

        Raises:
            UsageError: under the settings in force not one order of a trial was acknowledged.
        """
        best = self._sweep()
        if best != self._baseline:
            final = fight(self._measure, self._baseline, best, self._repetitions)
            before = typical(final.incumbent)
            after = typical(final.challenger) if final.challenger_is_better else before
            return self._report(before, after, conclusive=final.one_sided)
        if not self._duels:
            for repetition in range(self._repetitions):
                self._measure(self._baseline, repetition)
        before = typical(tuple(trial for trial in self._trials if trial.settings == self._baseline))
        conclusive = bool(self._duels) and all(duel.one_sided for duel in self._duels.values())
        return self._report(before, before, conclusive=conclusive)

    def _sweep(self) -> Settings:
        best: Settings = self._baseline
        for _ in range(_SWEEPS):
            start = best
            for setting in self._target.settings:
                won = {}
                for candidate in setting.candidates:
                    challenger = {**best, setting.name: candidate}
                    duel = self._duel(best, challenger)
                    if duel is not None and duel.challenger_is_better:
                        won[duel.gain] = challenger
                best = won[max(won)] if won else best
            if best == start:
                break
        return best

    def _duel(self, best: Settings, challenger: Settings) -> Duel | None:
        """Compare, unless it was done before or would leave no room for the last comparison."""
        pair = frozenset((tuple(best.items()), tuple(challenger.items())))
        if len(pair) == 1 or pair in self._duels or len(self._trials) + 4 * self._repetitions > self._max_trials:
            return None
        duel = self._duels[pair] = fight(self._measure, best, challenger, self._repetitions)
        return duel

    def _measure(self, settings: Settings, repetition: int) -> Trial:
        trial = self._target.measure(settings, orders=self._orders, seed=self._seed + repetition)
        self._trials.append(trial)
        if settings == self._baseline and trial.orders_per_second <= 0:
            raise UsageError(
                f"none of the {trial.orders} orders was acknowledged under the settings in force, {dict(settings)}: "
                "make the target work before it is optimized"
            )
        return trial

    def _report(self, before: Trial, after: Trial, *, conclusive: bool) -> OptimizationReport:
        improvement = 1.0 if after is before else after.orders_per_second / before.orders_per_second
        return OptimizationReport(
            before=before,
            after=after,
            kept=dict(after.settings),
            trials=tuple(self._trials),
            improvement=improvement,
            conclusive=conclusive,
        )


def contradictions(report: OptimizationReport) -> list[str]:
    """Return what in a report does not follow from its trials, one sentence each."""
    found = []
    if report.before not in report.trials:
        found.append("before is none of the trials")
    if report.after not in report.trials:
        found.append("after is none of the trials")
    if dict(report.kept) != dict(report.after.settings):
        found.append(f"kept {dict(report.kept)} and measured {dict(report.after.settings)}")
    speed = report.improvement * report.before.orders_per_second
    if not isclose(speed, report.after.orders_per_second):
        found.append(f"improvement is given as {report.improvement} and is not after over before")
    if report.improvement < 1:
        found.append(f"settings that are slower were kept: improvement {report.improvement}")
    return found
