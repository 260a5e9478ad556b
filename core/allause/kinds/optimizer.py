"""Kind ``optimizer``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping
from math import isclose
from random import Random
from typing import Any

from allause.hookspecs import OptimizerSpec
from allause.kinds.kind import Ask, Kind, Problem
from allause.kinds.reference_target import CANDIDATES, ReferenceTarget


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    best = random.choice(CANDIDATES[1:])
    call = f"optimize_trading_system(target=<a target fastest at batch={best:g}>, orders=8, seed=1)"
    heard = ask("optimize_trading_system", target=ReferenceTarget(best=best), orders=8, seed=1)
    report = heard.value
    kept = report.get("kept") if isinstance(report, Mapping) else None
    if not isinstance(kept, Mapping) or kept.get("batch") != best:
        yield Problem(
            call=call,
            expected=f"kept: batch {best:g}, which is at least 4 times faster than any other",
            found=f"{kept!r}" if heard.error == "" else f"{heard.error}: {heard.message:.120}",
        )
        return
    yield from _consistent(call, report)


def _consistent(call: str, report: Mapping[str, Any]) -> Iterator[Problem]:
    before, after = report["before"], report["after"]
    ratio = after["orders_per_second"] / before["orders_per_second"]
    tried = {trial["settings"].get("batch") for trial in report["trials"]}
    if (
        tried - set(CANDIDATES)
        or len(tried) < len(CANDIDATES)
        or not isclose(report["improvement"], ratio, rel_tol=1e-6)
    ):
        yield Problem(
            call=call,
            expected="trials of the candidates, and improvement = after / before orders per second",
            found=f"trials of {sorted(map(str, tried))}, improvement {report['improvement']}, ratio {ratio}",
        )


def _work(ask: Ask, random: Random) -> int:
    ask("optimize_trading_system", target=ReferenceTarget(best=random.choice(CANDIDATES)), orders=2, seed=1)
    return 1


OPTIMIZER = Kind(
    name="optimizer",
    class_name="TradingSystemOptimizer",
    spec=OptimizerSpec,
    main_method="optimize_trading_system",
    provider="allause-optimizer",
    interview=_interview,
    work=_work,
    volatile=frozenset({"before", "after", "trials", "improvement", "conclusive"}),
)
