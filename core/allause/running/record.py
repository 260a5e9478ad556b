"""The content of ``run.json``."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from allause import __version__
from allause.discovery import ComponentRecord, printable
from allause.hookspecs import CONTRACT_VERSION
from allause.measurement import summarize
from allause.models.analytics import AnalysisReport
from allause.models.measurement import Measurement
from allause.models.monitoring import Alert
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
_LATENCIES = {
    "tick_to_order": "from having an event to handing an order to the execution component",
    "order": "from there to the component's answer, its journal included",
    "market_data": "from having an event to handing it to the strategy",
}


@attrs.frozen(kw_only=True)
class Ending:
    """Hold what is known only when a run is over.

    Attributes:
        started_at: ISO 8601, UTC.
        duration_s: of the whole run.
        trading_s: of the stream.
        analysis: of the returns; None when it failed.
        alerts: state of every rule.
        problems: what failed beside the venue's comparison, one sentence each.
        notices: what a reader must know.
        files: what the components left, relative to the run directory.
    """

    started_at: str
    duration_s: float
    trading_s: float
    analysis: AnalysisReport | None
    alerts: tuple[Alert, ...]
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    files: tuple[str, ...]


def record(
    settings: RunSettings, components: Sequence[ComponentRecord], trading: Trading, outcome: Outcome, ending: Ending
) -> Mapping[str, Any]:
    """Return the content of ``run.json``."""
    content: Mapping[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": TOOL,
        "allause_version": __version__,
        "contract_version": CONTRACT_VERSION,
        "directory": str(settings.out),
        "seed": settings.seed,
        "started_at": ending.started_at,
        "duration_s": ending.duration_s,
        "components": [{"id": each.id, "kind": each.kind, "version": each.version} for each in components],
        "data": {
            "source": "the market data component's own" if settings.data is None else str(settings.data),
            "symbols": trading.feed.symbols,
            "quality": trading.feed.quality,
            "served": trading.feed.rows,
        },
        "strategy": settings.strategy,
        "fills_at": _FILLS,
        **_traded(trading, outcome),
        "profit_and_loss": _profit(outcome),
        **_timed(trading, ending.trading_s),
        "analytics": ending.analysis,
        "alerts": ending.alerts,
        "reconciliation": outcome.reconciliation,
        "problems": (*outcome.problems, *ending.problems),
        "notices": ending.notices,
        "files": ending.files,
    }
    return {key: plain(value) for key, value in content.items()}


def _traded(trading: Trading, outcome: Outcome) -> Mapping[str, Any]:
    rows = [_order(attempt, outcome) for attempt in trading.attempts]
    return {
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
    }


def _timed(trading: Trading, seconds: float) -> Mapping[str, Any]:
    return {
        "latency": {
            "definitions": _LATENCIES,
            "tick_to_order": _summary("tick_to_order", trading.tick_to_order_ns, trading.yardsticks),
            "order": _summary("order", trading.order_ns, trading.yardsticks),
            "market_data": _summary("market_data", trading.data_latency_ns, trading.yardsticks),
        },
        "throughput": {
            "seconds": seconds,
            "events_per_second": len(trading.bars) / seconds,
            "orders_per_second": len(trading.attempts) / seconds,
        },
    }


def digest(orders: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what was ordered: id, symbol, side, quantity, type and price of each order."""
    names = ("client_order_id", "symbol", "side", "quantity", "order_type", "price")
    text = json.dumps([[order[name] for name in names] for order in orders], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


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


def _summary(name: str, values: Sequence[int], yardsticks: Sequence[int]) -> Measurement | None:
    return summarize(name, "ns", values, yardsticks) if values else None
