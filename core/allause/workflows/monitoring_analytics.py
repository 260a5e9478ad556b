"""Workflow: what really happened to orders is recorded and watched, and what it earned is analysed."""

from decimal import Decimal
from itertools import groupby, pairwise
from math import isclose, isfinite, sqrt
from threading import Thread
from threading import enumerate as live_threads

import attrs

from allause.component import CallTrace
from allause.models.analytics import AnalysisReport
from allause.models.monitoring import Alert, AlertState, MetricSample
from allause.models.orders import Side
from allause.workflows.answers import many, shaped
from allause.workflows.desk import Desk, worded
from allause.workflows.feed import Level, read_levels, show
from allause.workflows.recomputation import deviation, max_drawdown, total_return
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step, Workflow

_LEVELS = 60
_PLENTY = Decimal(1_000)
_ORDERS_TOTAL = "examined_orders_total"
_LATENCY = "examined_order_latency_seconds"
_EQUITY = "examined_equity_dollars"
_PERIODS_PER_YEAR = 252.0
_HOST_THREADS = "allause-"


@attrs.define(eq=False)
class _Script:
    scene: Scene
    desk: Desk = attrs.field(init=False)
    levels: list[Level] = attrs.field(factory=list)
    latencies: list[float] = attrs.field(factory=list)
    equity: list[float] = attrs.field(factory=list)
    threads: frozenset[Thread] = frozenset()

    def __attrs_post_init__(self) -> None:
        self.desk = Desk(self.scene, self.scene.system["execution"], self.scene.venue, "monitoring")

    def trade(self) -> None:
        """Trade through the recorded prices, and keep how long each order took on the host's clock."""
        self.levels = read_levels(self.scene, _LEVELS)
        for at in self.levels[::2]:
            show(self.scene.venue, at, _PLENTY)
            self.desk.place(self.desk.intend(at, self.scene.random))
        placed: list[CallTrace] = [t for t in self.scene.traces if t.method == "place_order" and not t.error]
        self.latencies = [trace.nanoseconds / 1e9 for trace in placed]
        self.scene.note(
            orders=[worded(intent) for intent in self.desk.intents.values()], digest=self.desk.digest(),
            order_seconds=self.latencies,
        )  # fmt: skip

    def record(self) -> None:
        """Have those latencies, the number of orders and the equity recorded, while the sampler runs."""
        self.equity = self._equity()
        self.threads = frozenset(live_threads())
        self.scene.ask("monitoring", "start_monitoring")
        self.scene.ask("monitoring", "start_monitoring")  # without effect when already begun
        record = self.scene.hot("monitoring", "record_metric")
        for seconds in self.latencies:
            record(name=_LATENCY, value=seconds)
            record(name=_ORDERS_TOTAL, value=1.0)
        for value in self.equity:
            record(name=_EQUITY, value=value)
        self.scene.refused(ValueError, "monitoring", "record_metric", name=_EQUITY, value=float("nan"))
        self.scene.note(latencies=len(self.latencies), equity_first=self.equity[0], equity_last=self.equity[-1])

    def read_metrics(self) -> None:
        """Read them back: the counter holds the sum, the gauge the last value, nothing is not finite."""
        samples = many(self.scene.ask("monitoring", "get_metrics"), MetricSample, "get_metrics()")
        values = {sample.name: sample.value for sample in samples}
        self.scene.note(metrics=len(samples), counter=values.get(_ORDERS_TOTAL), gauge=values.get(_EQUITY))
        for name, wanted in ((_ORDERS_TOTAL, float(len(self.latencies))), (_EQUITY, self.equity[-1])):
            if values.get(name) != wanted:
                raise StepFailed(f"get_metrics(): {name} had to be {wanted}, got {values.get(name)}")
        if not any(name.startswith(_LATENCY) for name in values):
            raise StepFailed(
                f"get_metrics(): nothing is named {_LATENCY}, which was recorded {len(self.latencies)} times"
            )
        for name, value in values.items():
            if not isfinite(value):
                raise StepFailed(f"get_metrics(): {name} is {value}")

    def expose(self) -> None:
        """Read them in the exposition format too."""
        text = shaped(self.scene.ask("monitoring", "render_metrics"), str, "render_metrics()")
        lines = text.splitlines()
        self.scene.note(lines=len(lines))
        wanted = f"{_ORDERS_TOTAL} {float(len(self.latencies))}"
        if wanted not in lines:
            raise StepFailed(f"render_metrics() had to hold the line {wanted!r}")
        for name in (_EQUITY, _LATENCY):
            if not any(line.startswith(name) for line in lines):
                raise StepFailed(f"render_metrics() holds nothing named {name}")

    def watch(self) -> None:
        """Have every alert rule evaluated: a known state, and a figure wherever the state claims one."""
        alerts = many(self.scene.ask("monitoring", "get_alerts"), Alert, "get_alerts()")
        self.scene.note(alerts={alert.rule: str(alert.state) for alert in alerts})
        if not alerts:
            raise StepFailed("get_alerts() answered no rule")
        if len({alert.rule for alert in alerts}) != len(alerts):
            raise StepFailed("get_alerts() names a rule twice")
        for alert in alerts:
            if alert.state not in set(AlertState):
                raise StepFailed(f"get_alerts(): rule {alert.rule!r} is in the unknown state {alert.state!r}")
            if alert.state != AlertState.NO_DATA and alert.value is None:
                raise StepFailed(f"get_alerts(): rule {alert.rule!r} is {alert.state} without a figure")

    def stop(self) -> None:
        """Stop the sampler and find no thread of it left."""
        self.scene.ask("monitoring", "stop_monitoring")
        left = sorted(thread.name for thread in live_threads() if thread not in self.threads)
        threads = [name for name in left if not name.startswith(_HOST_THREADS)]
        self.scene.note(threads_left=threads)
        self.scene.ask("monitoring", "stop_monitoring")  # without effect when not begun
        if threads:
            raise StepFailed(f"after stop_monitoring() these threads still run: {', '.join(threads)}")

    def analyse(self) -> None:
        """Analyse the returns of the equity, and compute the figures of the contract again."""
        equity = self._equity()
        returns = [after / before - 1 for before, after in pairwise(equity)]
        call = f"analyze_performance(<{len(returns)} returns>)"
        answer = self.scene.ask("analytics", "analyze_performance", returns=returns, periods_per_year=_PERIODS_PER_YEAR)
        report = shaped(answer, AnalysisReport, call)
        spread = deviation(returns)
        wanted = {
            "total_return": total_return(returns),
            "max_drawdown": max_drawdown(returns),
            "volatility": None if spread is None else spread * sqrt(_PERIODS_PER_YEAR),
        }
        found = {figure.name: figure.value for figure in report.figures}
        self.scene.note(periods=len(returns), figures={n: found.get(n) for n in wanted}, grade=report.grade.letter)
        if report.periods != len(returns):
            raise StepFailed(f"{call} says that it analysed {report.periods} periods")
        for name, value in wanted.items():
            given = found.get(name)
            if value is None or given is None or not isclose(given, value, rel_tol=1e-9, abs_tol=1e-12):
                raise StepFailed(f"{call}: {name} is {given}; its definition gives {value}")

    def _equity(self) -> list[float]:
        """Return cash and positions, as the fills counted give them, marked to the recorded prices of each time."""
        cash = self.desk.account().starting_cash
        held: dict[str, Decimal] = {}
        marks: dict[str, Decimal] = {}
        fills = sorted(self.desk.fills(), key=lambda fill: fill.ts_event)
        curve: list[float] = []
        for ts, levels in groupby(self.levels, key=lambda at: at.ts):
            marks |= {at.symbol: at.price for at in levels}
            while fills and fills[0].ts_event <= ts:
                fill = fills.pop(0)
                if fill.symbol not in marks:
                    raise StepFailed(f"get_fills() holds a fill in {fill.symbol!r}, which was never traded")
                signed = fill.last_qty if fill.side == Side.BUY else -fill.last_qty
                held[fill.symbol] = held.get(fill.symbol, Decimal(0)) + signed
                cash -= signed * fill.last_px + fill.fee
            value = sum((quantity * marks[symbol] for symbol, quantity in held.items()), cash)
            if value <= 0:
                raise StepFailed(f"the equity that follows from get_fills() and get_account() is {value}")
            curve.append(float(value))
        return curve


WORKFLOW = Workflow(
    name="monitoring_analytics",
    title="Monitoring and analytics",
    kinds=("market_data", "execution", "monitoring", "analytics"),
    script=_Script,
    steps=(
        Step("trade", _Script.trade),
        Step("record", _Script.record, ("trade",)),
        Step("read metrics", _Script.read_metrics, ("record",)),
        Step("expose metrics", _Script.expose, ("record",)),
        Step("watch alert rules", _Script.watch, ("record",)),
        Step("stop sampling", _Script.stop, ("record",)),
        Step("analyse returns", _Script.analyse, ("trade",)),
    ),
)
