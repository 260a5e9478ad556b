"""The content of ``run.json`` and of ``summary.txt``."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs

from allause import __version__
from allause.component import Component
from allause.discovery import printable
from allause.hookspecs import CONTRACT_VERSION
from allause.measurement import summarize
from allause.models.analytics import AnalysisReport
from allause.models.measurement import Measurement
from allause.models.monitoring import Alert, AlertState
from allause.models.orders import OrderStatus
from allause.plain import plain
from allause.running.folder import TOOL
from allause.running.outcome import Outcome
from allause.running.settings import RunSettings
from allause.running.trading import Attempt, Trading
from allause.venue.money import EXACT

SCHEMA_VERSION = "1.0"
_FILLS = (
    "at the venue of the core, which quotes one tick below and above the close of each recorded bar, each for a "
    "share of its volume: an order meets the market of the very bar that caused it; DAY orders end with the data"
)


@attrs.frozen(kw_only=True)
class Ending:
    """Hold what is known only when a run is over.

    Attributes:
        started_at: ISO 8601, UTC.
        duration_s: of the whole run.
        trading_s: of the stream.
        analysis: of the returns.
        alerts: state of every rule.
        notices: what a reader must know.
        files: what the components left, relative to the run directory.
    """

    started_at: str
    duration_s: float
    trading_s: float
    analysis: AnalysisReport
    alerts: tuple[Alert, ...]
    notices: tuple[str, ...]
    files: tuple[str, ...]


def record(
    settings: RunSettings, components: Mapping[str, Component], trading: Trading, outcome: Outcome, ending: Ending
) -> Mapping[str, Any]:
    """Return the content of ``run.json``."""
    rows = [_order(attempt, outcome) for attempt in trading.attempts]
    content: Mapping[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": TOOL,
        "allause_version": __version__,
        "contract_version": CONTRACT_VERSION,
        "seed": settings.seed,
        "started_at": ending.started_at,
        "duration_s": ending.duration_s,
        "components": [{"id": component.id, "kind": kind} for kind, component in components.items()],
        "data": {
            "source": "the market data component's own" if settings.data is None else str(settings.data),
            "symbols": trading.feed.symbols,
            "quality": trading.feed.quality,
        },
        "strategy": settings.strategy,
        "fills_at": _FILLS,
        "events": {"traded": len(trading.bars), "left_out_by_enhancer": trading.skipped},
        "risk": {
            "wanted": len(trading.attempts),
            "denied": dict(sorted(trading.denied.items())),
            "received_by_venue": trading.venue.orders_received,
        },
        "orders_by_status": dict(sorted(Counter(row["status"] for row in rows).items())),
        "orders_digest": digest(rows),
        "orders": rows,
        "fills": outcome.fills,
        "positions": outcome.positions,
        "account": outcome.account,
        "profit_and_loss": _profit(outcome),
        "latency": {
            "tick_to_order": _summary("tick_to_order", trading.tick_to_order_ns),
            "order": _summary("order", trading.order_ns),
            "market_data": _summary("market_data", trading.data_latency_ns),
        },
        "throughput": {
            "seconds": ending.trading_s,
            "events_per_second": len(trading.bars) / ending.trading_s,
            "orders_per_second": len(trading.attempts) / ending.trading_s,
        },
        "analytics": ending.analysis,
        "alerts": ending.alerts,
        "reconciliation": outcome.reconciliation,
        "problems": outcome.problems,
        "notices": ending.notices,
        "files": ending.files,
    }
    return {key: plain(value) for key, value in content.items()}


def digest(orders: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what was ordered: id, symbol, side, quantity, type and price of each order."""
    names = ("client_order_id", "symbol", "side", "quantity", "order_type", "price")
    text = json.dumps([[order[name] for name in names] for order in orders], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def summary(content: Mapping[str, Any], outcome: Outcome, ending: Ending) -> str:
    """Return the run in lines for people; the last one says how it ended and what to do next."""
    return "\n".join(_lines(content, outcome, ending)) + "\n"


def _order(attempt: Attempt, outcome: Outcome) -> Mapping[str, Any]:
    request = attempt.request
    report = outcome.orders.get(attempt.client_order_id)
    return {
        "client_order_id": attempt.client_order_id,
        "ts_event": attempt.ts_event,
        "symbol": printable(request.symbol),
        "side": request.side.value,
        "quantity": str(request.quantity),
        "order_type": request.order_type.value,
        "price": None if request.price is None else str(request.price),
        "time_in_force": request.time_in_force.value,
        "status": OrderStatus.DENIED.value if report is None else str(report.status),
        "filled_qty": "0" if report is None else str(report.filled_qty),
        "avg_px": None if report is None or report.avg_px is None else str(report.avg_px),
        "reason": attempt.denied if report is None else printable(report.reason),
    }


def _profit(outcome: Outcome) -> Mapping[str, Decimal | None]:
    total = EXACT.subtract(outcome.equity[-1], outcome.account.starting_cash) if outcome.equity else None
    return {
        "total": total,
        "realized": outcome.account.realized_pnl,
        "fees": outcome.account.fees,
        "final_equity": outcome.equity[-1] if outcome.equity else None,
    }


def _summary(name: str, values: Sequence[int]) -> Measurement | None:
    return summarize(name, "ns", values) if values else None


def _lines(content: Mapping[str, Any], outcome: Outcome, ending: Ending) -> Iterator[str]:
    data, risk = content["data"], content["risk"]
    span = f"{_day(outcome.times[0])} to {_day(outcome.times[-1])}" if outcome.times else "none"
    states = ", ".join(f"{count} {name}" for name, count in content["orders_by_status"].items()) or "none"
    yield f"Data      {data['source']}: {', '.join(data['symbols'])}, {span}"
    yield f"Quality   {data['quality']['good']} good of {data['quality']['rows']} rows"
    yield f"Strategy  {printable(content['strategy'])}"
    yield f"Events    {content['events']['traded']}, {content['throughput']['events_per_second']:,.0f}/s"
    yield f"Orders    {risk['wanted']} wanted: {states}; {len(outcome.fills)} fills"
    if latency := content["latency"]["tick_to_order"]:
        yield (
            f"Latency   tick to order: median {latency['median'] / 1e3:,.0f} us, p99 {latency['p99'] / 1e3:,.0f} us "
            f"(n={latency['n']})"
        )
    held = ", ".join(f"{p.quantity:f} {printable(p.symbol)}" for p in outcome.positions if p.quantity) or "none"
    yield f"Positions {held}"
    currency = printable(outcome.account.currency)
    profit = content["profit_and_loss"]
    yield f"Cash      {outcome.account.cash:f} {currency}; profit {profit['total']}, fees {profit['fees']}"
    for name in ("total_return", "volatility", "max_drawdown"):
        for figure in ending.analysis.figures:
            if figure.name == name and figure.value is not None:
                yield f"{name.replace('_', ' ').capitalize():<17} {figure.value:.4f}"
    firing = [printable(alert.rule) for alert in ending.alerts if alert.state == AlertState.FIRING]
    yield f"Alerts    {', '.join(firing) or 'none firing'}; {len(ending.alerts)} rules"
    yield from (f"Note: {printable(notice, 400)}" for notice in ending.notices)
    yield from (f"Problem: {printable(problem, 400)}" for problem in outcome.problems)
    if outcome.problems:
        yield "Verdict: the execution component's story differs from the venue's log; see the problems above."
    else:
        yield "Verdict: orders, fills, positions and cash agree with the venue's log; the details are in run.json."


def _day(ts: int) -> str:
    try:
        return datetime.fromtimestamp(ts // 10**9, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # far outside the calendar
        return str(ts)
