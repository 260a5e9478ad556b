"""Workflow: bursts of data and orders; nothing may be lost, and what was measured is evidence, not a verdict."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import attrs

from allause.measurement import SystemClock, summarize, yardstick
from allause.models.component import PerformanceStats
from allause.models.market import MarketEvent
from allause.models.monitoring import MetricSample
from allause.models.orders import OrderIntent, OrderReport, OrderStatus
from allause.workflows.answers import MOST_ROWS, columns, events, many, shaped
from allause.workflows.desk import Desk, listed, worded
from allause.workflows.feed import as_bar, choose_symbols, level, show
from allause.workflows.recomputation import bar_table
from allause.workflows.scene import Scene, StepFailed
from allause.workflows.workflow import Step, Workflow

_BURST = 120
_THREADS = 4
_ENHANCEMENTS = 5
_METRICS = 1_000
_PLENTY = Decimal(100_000)
_NAME = "examined_load_total"
_ACKNOWLEDGED = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED})
_monotonic_ns = SystemClock().monotonic_ns


@attrs.define(eq=False)
class _Script:
    scene: Scene
    desk: Desk = attrs.field(init=False)
    symbols: tuple[str, ...] = ()
    events: list[MarketEvent] = attrs.field(factory=list)
    uncounted: dict[str, int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.desk = Desk(self.scene, self.scene.system["execution"], self.scene.venue, "load")

    def count_before(self) -> None:
        """Read how much work each component says it has done so far."""
        operations = {kind: self._operations(kind) for kind in WORKFLOW.kinds}
        self.uncounted = {kind: number - self.scene.own_calls(kind) for kind, number in operations.items()}
        self.scene.note(operations=operations)

    def stream(self) -> None:
        """Hear every event of a stream, as fast as it comes; as many as the table has rows."""
        self.symbols = choose_symbols(self.scene)
        call = f"stream_market_data({list(self.symbols)!r})"
        start = _monotonic_ns()
        stream = self.scene.ask("market_data", "stream_market_data", symbols=list(self.symbols))
        self.events = events(stream, call, MOST_ROWS)
        seconds = (_monotonic_ns() - start) / 1e9
        answer = self.scene.ask("market_data", "get_market_data", symbols=list(self.symbols))
        rows = len(columns(answer, "get_market_data()")["symbol"])
        ratio = seconds * 1e9 / max(1, len(self.events)) / yardstick()
        self.scene.note(events=len(self.events), seconds=seconds, yardsticks_per_event=ratio)
        if not self.events or len(self.events) != rows:
            raise StepFailed(f"{call} gave {len(self.events)} events; get_market_data gave {rows} rows")

    def enhance(self) -> None:
        """Enhance everything several times; every answer holds every row."""
        bars = [as_bar(event) for event in self.events]
        table, keys = bar_table(bars), {(bar.symbol, bar.ts_event) for bar in bars}
        enhance = self.scene.hot("market_data_enhancer", "enhance_market_data")
        spent: list[int] = []
        yardsticks: list[int] = []
        for _ in range(_ENHANCEMENTS):
            start = _monotonic_ns()
            answer = enhance(market_data=table)
            spent.append(_monotonic_ns() - start)
            yardsticks.append(yardstick())
            rows = len(columns(answer, "enhance_market_data()").get("symbol", ()))
            if rows != len(keys):
                raise StepFailed(f"enhance_market_data() of {len(keys)} different keys answered {rows} rows")
        self.scene.note(
            rows=len(keys), measured=attrs.asdict(summarize("enhance_market_data", "ns", spent, yardsticks))
        )

    def burst(self) -> None:
        """Place a burst of orders one after the other on the hot path; each must be acknowledged."""
        self._place_all(self._intents(), self.scene.hot("execution", "place_order"), threads=1)

    def concurrent_burst(self) -> None:
        """Place a burst from several threads at once; the component is called on its own thread."""
        self._place_all(self._intents(), None, threads=_THREADS)

    def nothing_lost(self) -> None:
        """Find every order once at the venue and in the component, and every fill in both."""
        problems = self.desk.differences()
        at_venue = len(self.scene.venue.account().orders)
        self.scene.note(placed=len(self.desk.intents), at_venue=at_venue, fills=len(self.scene.venue.fills()))
        if at_venue != len(self.desk.intents) or self.scene.venue.orders_received != at_venue:
            received = self.scene.venue.orders_received
            raise StepFailed(
                f"{len(self.desk.intents)} orders were placed; {received} reached the venue, as {at_venue} orders"
            )
        if problems:
            raise StepFailed(f"the component's story differs from the venue's log: {listed(problems)}")

    def metrics(self) -> None:
        """Record a burst of increments and find their exact sum."""
        record = self.scene.hot("monitoring", "record_metric")
        start = _monotonic_ns()
        for _ in range(_METRICS):
            record(name=_NAME, value=1.0)
        each = (_monotonic_ns() - start) / _METRICS
        samples = many(self.scene.ask("monitoring", "get_metrics"), MetricSample, "get_metrics()")
        found = [sample.value for sample in samples if sample.name == _NAME]
        self.scene.note(recorded=_METRICS, found=found, ns_each=each, yardsticks_each=each / yardstick())
        if found != [float(_METRICS)]:
            raise StepFailed(f"{_METRICS} increments of {_NAME} were recorded; get_metrics() has {found}")

    def count_after(self) -> None:
        """Have the work each component counts grow by at least the calls that the host made of it."""
        grown = {kind: self._operations(kind) - before for kind, before in self.uncounted.items()}
        made = {kind: self.scene.own_calls(kind) for kind in self.uncounted}
        self.scene.note(operations=grown, calls_made=made)
        for kind, calls in made.items():
            if grown[kind] < calls:
                name = self.scene.system[kind].id
                raise StepFailed(f"{name}: get_performance_stats() says {grown[kind]} operations after {calls} calls")

    def _intents(self) -> list[OrderIntent]:
        at = level(self.scene.random.choice(self.events))
        show(self.scene.venue, at, _PLENTY)
        return [self.desk.intend(at, self.scene.random) for _ in range(_BURST)]

    def _place_all(self, intents: list[OrderIntent], place: Callable[..., Any] | None, threads: int) -> None:
        spent: list[int] = []
        yardsticks: list[int] = []

        def one(intent: OrderIntent) -> OrderReport:
            start = _monotonic_ns()
            report = self.desk.place(intent, place)
            spent.append(_monotonic_ns() - start)
            return report

        self.scene.calling(self.desk.component, "place_order")  # once, before threads could say it together
        start = _monotonic_ns()
        if threads == 1:
            reports = []
            for intent in intents:
                reports.append(one(intent))
                yardsticks.append(yardstick())
        else:
            with ThreadPoolExecutor(threads, thread_name_prefix="allause-load") as pool:
                reports = list(pool.map(one, intents))
        seconds = (_monotonic_ns() - start) / 1e9
        bad = [worded(r.intent) for r in reports if r.status not in _ACKNOWLEDGED]
        measured = attrs.asdict(summarize("place_order", "ns", spent, yardsticks))
        self.scene.note(
            orders=len(intents), threads=threads, seconds=seconds, measured=measured, digest=self.desk.digest()
        )
        if bad:
            raise StepFailed(f"{len(bad)} of {len(intents)} orders were not acknowledged: {listed(bad)}")

    def _operations(self, kind: str) -> int:
        answer = self.scene.ask(kind, "get_performance_stats")
        return shaped(answer, PerformanceStats, "get_performance_stats()").operations


WORKFLOW = Workflow(
    name="performance_under_load",
    title="Performance under load",
    kinds=("market_data", "market_data_enhancer", "execution", "monitoring"),
    script=_Script,
    steps=(
        Step("count the work before", _Script.count_before),
        Step("burst of data", _Script.stream),
        Step("burst of enhancement", _Script.enhance, ("burst of data",)),
        Step("burst of orders", _Script.burst, ("burst of data",)),
        Step("burst of orders from four threads", _Script.concurrent_burst, ("burst of data",)),
        Step("nothing is lost", _Script.nothing_lost, ("burst of orders",)),
        Step("burst of metrics", _Script.metrics),
        Step("count the work after", _Script.count_after, ("count the work before",)),
    ),
)
