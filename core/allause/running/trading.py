"""The hot path: one event after another through strategy, gate, execution and monitoring."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

import attrs

from allause.component import Component
from allause.discovery import printable
from allause.exceptions import OrderDeniedError, StrategyError, message_of
from allause.measurement import SystemClock
from allause.models.market import Bar
from allause.models.orders import Account, OrderReport, OrderStatus, Position, Side
from allause.running.blame import place
from allause.running.feed import Feed, utc
from allause.running.gateway import answer, answers, hot
from allause.running.watchdog import Watchdog
from allause.strategies import BarEvent, OrderRequest, Portfolio, Strategy
from allause.venue import Venue

MOST_ORDERS_PER_EVENT = 100
_REFUSED = frozenset({OrderStatus.REJECTED, OrderStatus.UNKNOWN})
_ALL_FILLED = frozenset({OrderStatus.FILLED})
_monotonic_ns = SystemClock().monotonic_ns


@attrs.frozen(kw_only=True)
class Attempt:
    """Hold one order that was tried.

    Attributes:
        client_order_id: made from seed and number.
        ts_event: of the event that caused it.
        request: what the strategy wanted.
        denied: why the gate refused it; empty when it left.
    """

    client_order_id: str
    ts_event: int
    request: OrderRequest
    denied: str = ""


@attrs.define(eq=False)
class Trading:
    """Trade a stream of bars and keep what was measured.

    Attributes:
        bars: those traded, in order.
        skipped: bars that the enhancer left out.
        attempts: every order tried.
        denied: orders refused before they left, by reason.
        data_latency_ns: from having an event to handing it to the strategy.
        tick_to_order_ns: from having an event to handing an order to the execution component.
        order_ns: from there to its answer.
        watchdog: notices a call that holds the hot path.
        yardsticks: nanoseconds of the yardstick loop, run between events.
    """

    venue: Venue
    feed: Feed
    execution: Component
    monitoring: Component
    strategy: Strategy
    seed: int
    watchdog: Watchdog = attrs.field(factory=Watchdog)
    bars: list[Bar] = attrs.field(factory=list)
    skipped: int = 0
    attempts: list[Attempt] = attrs.field(factory=list)
    denied: Counter[str] = attrs.field(factory=Counter)
    data_latency_ns: list[int] = attrs.field(factory=list)
    tick_to_order_ns: list[int] = attrs.field(factory=list)
    order_ns: list[int] = attrs.field(factory=list)
    yardsticks: list[int] = attrs.field(factory=list)

    def run(self, stream: Iterable[Bar], progress: Callable[[int], None]) -> None:
        """Trade every bar of ``stream``; ``progress`` is told how many were.

        Raises:
            ComponentTimeoutError: a component held the hot path for longer than the watchdog's deadline.
            StrategyError: the strategy did, or raised, or asked for what is no order.
        """
        self.watchdog.run(lambda: self._run(stream, progress))

    def _run(self, stream: Iterable[Bar], progress: Callable[[int], None]) -> None:
        place, record = self._hot(self.execution, "place_order"), self._hot(self.monitoring, "record_metric")
        decide = self.watchdog.watched("the strategy", "", self._decide)
        look = self._portfolio()
        portfolio = look()
        for number, bar in enumerate(stream, start=1):
            self.venue.bar(bar)
            received = _monotonic_ns()
            event = self.feed.event(bar)
            record(name="market_data_events_total", value=1.0)
            if event is None:
                self.skipped += 1
                continue
            if portfolio.working:
                portfolio = look()
            self.bars.append(bar)
            handed = _monotonic_ns()
            self.data_latency_ns.append(handed - received)
            requests = decide(event, portfolio)
            for request in requests:
                self._place(request, event, received, place, record)
            if requests:
                portfolio = look()
            record(name="market_data_latency_seconds", value=(handed - received) / 1e9)
            progress(number)

    def _decide(self, event: BarEvent, portfolio: Portfolio) -> list[OrderRequest]:
        try:
            wanted: Any = self.strategy(event, portfolio)
            if not (wanted is None or isinstance(wanted, Iterable)):
                found = printable(type(wanted).__name__)
                raise StrategyError(f"the strategy returned {found}, expected orders or None, {_at(event)}")  # noqa: TRY301 - beside what it may raise
            requests: list[Any] = [] if wanted is None else list(islice(wanted, MOST_ORDERS_PER_EVENT + 1))
        except StrategyError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            where = f" ({found})" if (found := place(error)) else ""
            message = f"the strategy raised {printable(message_of(error))}{where} {_at(event)}"
            raise StrategyError(f"{message}; ALLAUSE_TRACEBACK=1 shows every call") from error
        if len(requests) > MOST_ORDERS_PER_EVENT:
            raise StrategyError(f"the strategy wanted more than {MOST_ORDERS_PER_EVENT} orders {_at(event)}")
        for request in requests:
            if not isinstance(request, OrderRequest):
                found = printable(type(request).__name__)
                raise StrategyError(f"the strategy returned {found}, expected OrderRequest, {_at(event)}")
            if request.symbol not in self.feed.symbols:
                raise StrategyError(
                    f"the strategy wants {printable(str(request.symbol))}, not traded here, {_at(event)}"
                )
        return requests

    def _place(
        self,
        request: OrderRequest,
        event: BarEvent,
        received: int,
        place: Callable[..., Any],
        record: Callable[..., Any],
    ) -> None:
        name = f"run{self.seed}-{len(self.attempts) + 1:06d}"
        attempt = Attempt(client_order_id=name, ts_event=event.bar.ts_event, request=request)
        arguments = _arguments(request, name)
        start = _monotonic_ns()
        try:
            report = answer(self.execution, "place_order", place(**arguments), OrderReport)
        except OrderDeniedError as denial:
            self.denied[printable(denial.reason)] += 1
            attempt = attrs.evolve(attempt, denied=printable(str(denial)))
            failed = False
        else:
            failed = report.status in _REFUSED
        end = _monotonic_ns()
        self.attempts.append(attempt)
        self.tick_to_order_ns.append(start - received)
        self.order_ns.append(end - start)
        record(name="trading_orders_total", value=1.0)
        record(name="trading_order_latency_seconds", value=(end - start) / 1e9)
        if failed:
            record(name="trading_errors_total", value=1.0)

    def _hot(self, component: Component, method: str) -> Callable[..., Any]:
        return self.watchdog.watched(component.id, method, hot(component, method))

    def _portfolio(self) -> Callable[[], Portfolio]:
        execution = self.execution
        get_positions, get_account = self._hot(execution, "get_positions"), self._hot(execution, "get_account")
        get_open_orders = self._hot(execution, "get_open_orders")

        def look() -> Portfolio:
            positions = answers(execution, "get_positions", get_positions(), Position)
            account = answer(execution, "get_account", get_account(), Account)
            working: dict[str, Decimal] = {}
            for order in answers(execution, "get_open_orders", get_open_orders(), OrderReport):
                left = order.intent.quantity - order.filled_qty
                signed = left if order.intent.side == Side.BUY else -left
                working[order.intent.symbol] = working.get(order.intent.symbol, Decimal(0)) + signed
            held = {position.symbol: position.quantity for position in positions if position.quantity}
            return Portfolio(cash=account.cash, positions=held, working=working)

        return look


def _arguments(request: OrderRequest, name: str) -> Mapping[str, Any]:
    priced = {} if request.price is None else {"price": request.price}
    return {
        "symbol": request.symbol,
        "quantity": request.quantity,
        "order_type": request.order_type,
        "side": request.side,
        "time_in_force": request.time_in_force,
        "client_order_id": name,
        **priced,
    }


def _at(event: BarEvent) -> str:
    return f"at the bar of {printable(event.bar.symbol)} that ended {utc(event.bar.ts_event)} UTC"
