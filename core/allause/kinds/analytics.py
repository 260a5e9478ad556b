"""Kind ``analytics``: what is asked of a component, and how the answers are judged."""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum, isclose, prod, sqrt
from random import Random
from struct import unpack
from typing import Any

from allause.hookspecs import AnalyticsSpec
from allause.kinds.kind import Ask, Heard, Kind, Problem, asked, refusal

_PERIODS_PER_YEAR = 252.0


def _drawn(periods: int, random: Random) -> list[float]:
    """Return what periods brought, in whole millionths; all at once, for tens of thousands are asked for."""
    return [(drawn - 32_768) / 1e6 for drawn in unpack(f"<{periods}H", random.randbytes(2 * periods))]


def _returns(random: Random) -> list[float]:
    return _drawn(random.randint(60, 120), random)


def _expected(returns: Sequence[float]) -> dict[str, float]:
    """Return the figures the contract defines, computed the slow way."""
    mean = fsum(returns) / len(returns)
    variance = fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1)
    equity, peak, drawdown = 1.0, 1.0, 0.0
    for r in returns:
        equity *= 1 + r
        peak = max(peak, equity)
        drawdown = min(drawdown, equity / peak - 1)
    return {
        "total_return": prod(1 + r for r in returns) - 1,
        "volatility": sqrt(variance) * sqrt(_PERIODS_PER_YEAR),
        "max_drawdown": drawdown,
    }


def _figures(heard: Heard) -> dict[str, float | None]:
    figures = heard.value.get("figures") if isinstance(heard.value, Mapping) else None
    if not isinstance(figures, list):
        return {}
    return {f["name"]: f["value"] for f in figures if isinstance(f, Mapping) and "name" in f and "value" in f}


def _interview(ask: Ask, random: Random) -> Iterator[Problem]:
    returns = _returns(random)
    call = f"analyze_performance(returns=<{len(returns)} returns>, periods_per_year=252.0)"
    heard, empty, refused = asked(
        ask,
        ("analyze_performance", {"returns": returns, "periods_per_year": _PERIODS_PER_YEAR}),
        ("analyze_performance", {}),
        ("analyze_performance", {"returns": [0.01, -1.5]}),
    )
    found = _figures(heard)
    for name, value in _expected(returns).items():
        given = found.get(name)
        if not isinstance(given, float) or not isclose(given, value, rel_tol=1e-9, abs_tol=1e-12):
            yield Problem(call=call, expected=f"{name} = {value}", found=heard.error or f"{name} = {given}")
    defined = [name for name, value in _figures(empty).items() if value is not None]
    if defined:
        yield Problem(
            call="analyze_performance()", expected="no figure defined without returns", found=", ".join(defined)
        )
    yield from refusal("analyze_performance(returns=[0.01, -1.5])", refused, "ValueError", "a return is above -1")


def _work(ask: Ask, random: Random) -> int:
    calls = random.randint(2, 4)
    asked(ask, *[("analyze_performance", {"returns": _returns(random)}) for _ in range(calls)])
    return calls


def _load(periods: int, random: Random) -> dict[str, Any]:
    return {"returns": _drawn(periods, random)}


ANALYTICS = Kind(
    name="analytics",
    class_name="AnalyticsEngine",
    spec=AnalyticsSpec,
    main_method="analyze_performance",
    provider="allause-analytics",
    interview=_interview,
    work=_work,
    load=_load,
    budget=500,
)
