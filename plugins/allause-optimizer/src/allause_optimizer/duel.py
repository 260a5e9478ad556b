"""Two groups of settings measured beside each other."""

from collections.abc import Callable, Mapping
from statistics import median_low

import attrs

from allause.models.optimization import Trial

Settings = Mapping[str, float]
Measure = Callable[[Settings, int], Trial]


@attrs.frozen
class Duel:
    """Hold the interleaved trials of an incumbent and a challenger.

    Attributes:
        incumbent: trials of the settings in force.
        challenger: trials of the others; the n-th ran beside the n-th of the incumbent, on the same order flow.
    """

    incumbent: tuple[Trial, ...]
    challenger: tuple[Trial, ...]

    @property
    def gain(self) -> float:
        """Return the challenger's median orders per second over the incumbent's."""
        return typical(self.challenger).orders_per_second / typical(self.incumbent).orders_per_second

    @property
    def challenger_is_better(self) -> bool:
        """Tell whether it is faster by the median and does not make more errors, counted over all repetitions."""
        return self.gain > 1 and _error_rate(self.challenger) <= _error_rate(self.incumbent)

    @property
    def one_sided(self) -> bool:
        """Tell whether the better one was ahead in every repetition, not only by the median."""
        wins = [
            after.orders_per_second > before.orders_per_second
            for before, after in zip(self.incumbent, self.challenger, strict=True)
        ]
        return all(wins) if self.challenger_is_better else not any(wins) or _more_errors_each_time(self)


def fight(measure: Measure, incumbent: Settings, challenger: Settings, repetitions: int) -> Duel:
    """Measure both in turns, who is first changing each time, so that a drift of the machine favours neither."""
    before: list[Trial] = []
    after: list[Trial] = []
    for repetition in range(repetitions):
        if repetition % 2:
            after.append(measure(challenger, repetition))
            before.append(measure(incumbent, repetition))
        else:
            before.append(measure(incumbent, repetition))
            after.append(measure(challenger, repetition))
    return Duel(tuple(before), tuple(after))


def typical(trials: tuple[Trial, ...]) -> Trial:
    """Return the trial with the median orders per second; of an even number, the slower of the middle two."""
    speed = median_low(trial.orders_per_second for trial in trials)
    return next(trial for trial in trials if trial.orders_per_second == speed)


def _error_rate(trials: tuple[Trial, ...]) -> float:
    orders = sum(trial.orders for trial in trials)
    return sum(trial.errors for trial in trials) / orders if orders else 1.0


def _more_errors_each_time(duel: Duel) -> bool:
    return all(
        after.error_rate > before.error_rate for before, after in zip(duel.incumbent, duel.challenger, strict=True)
    )
