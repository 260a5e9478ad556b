"""Try the main operation on targets that do real work and whose better setting is known."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from time import thread_time_ns
from typing import Any

from allause.measurement import summarize
from allause.models.component import FunctionalityCase, TunableSetting
from allause.models.optimization import Trial
from allause_optimizer.search import contradictions

_HEADER = bytes(200_000)
_ORDERS = 32


class HashingTarget:
    """Hash orders in batches, each batch with a long header: larger batches are faster by far.

    Time is that of this thread on a processor: which setting is better is known, whatever else the machine does.

    Args:
        batch: the batch size in force.
        careless: the batch size under which a quarter of the orders is left out, which counts as an error.
    """

    def __init__(self, batch: float, careless: float | None = None) -> None:
        self.settings = (TunableSetting(name="batch", value=batch, candidates=(1.0, 16.0), unit="orders"),)
        self.measured: list[Trial] = []
        self._careless = careless

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> Trial:
        """Hash ``orders`` orders."""
        batch = int(settings["batch"])
        skipped = orders // 4 if settings["batch"] == self._careless else 0
        timings: list[float] = []
        begin = thread_time_ns()
        for first in range(0, orders - skipped, batch):
            start = thread_time_ns()
            digest = sha256(_HEADER)
            for number in range(first, min(first + batch, orders - skipped)):
                digest.update(f"{seed}:{number}".encode())
            timings.append(thread_time_ns() - start)
        seconds = (thread_time_ns() - begin) / 1e9
        trial = Trial(
            settings=dict(settings),
            orders=orders,
            errors=skipped,
            seconds=seconds,
            orders_per_second=(orders - skipped) / seconds,
            latency=summarize("batch", "ns", timings),
            sessions_opened=1,
            orders_sent=orders - skipped,
        )
        self.measured.append(trial)
        return trial


def run_cases(optimizer: Any) -> tuple[FunctionalityCase, ...]:
    """Return the outcome of every case; a case that raises has failed and the rest still run.

    Args:
        optimizer: the component, called as any caller would; it may be broken in any way.
    """

    def faster_setting_is_kept() -> str:
        return _kept(optimizer, HashingTarget(batch=1.0), 16.0)

    def setting_in_force_is_kept_when_nothing_is_better() -> str:
        return _kept(optimizer, HashingTarget(batch=16.0), 16.0)

    def faster_setting_with_errors_is_not_kept() -> str:
        return _kept(optimizer, HashingTarget(batch=1.0, careless=16.0), 1.0)

    cases: tuple[Callable[[], str], ...] = (
        faster_setting_is_kept,
        setting_in_force_is_kept_when_nothing_is_better,
        faster_setting_with_errors_is_not_kept,
    )
    return tuple(_run(case) for case in cases)


def _kept(optimizer: Any, target: HashingTarget, expected: float) -> str:
    report = optimizer.optimize_trading_system(target=target, orders=_ORDERS, seed=1)
    problems = contradictions(report)
    if dict(report.kept) != {"batch": expected}:
        problems.append(f"expected batch {expected} to be kept, found {dict(report.kept)}")
    if report.trials != tuple(target.measured):
        problems.append(f"{len(target.measured)} trials were measured, {len(report.trials)} other ones are reported")
    return "; ".join(problems)


def _run(case: Callable[[], str]) -> FunctionalityCase:
    try:
        detail = case()
    except Exception as error:  # noqa: BLE001  a case that raises is a failed case, told as one
        detail = f"raised {type(error).__name__}: {error}"
    return FunctionalityCase(name=case.__name__.replace("_", " "), passed=not detail, detail=detail)
