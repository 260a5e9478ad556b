"""Try settings of an execution component: real orders to a fresh venue, timed by the host."""

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Self

import attrs
import cattrs

from allause.component import CallTrace, Component
from allause.discovery import ComponentState, build, discover
from allause.exceptions import UsageError
from allause.kinds import KINDS
from allause.measurement import SystemClock, summarize, yardstick
from allause.models.component import OptimizationMetrics, TunableSetting
from allause.models.context import Context
from allause.models.optimization import Trial
from allause.models.orders import OrderStatus, OrderType, Side
from allause.venue import InProcessSession, Venue

#: The setting that belongs to the target: how many threads place orders at the same time.
ORDERS_IN_FLIGHT = TunableSetting(name="orders_in_flight", value=1.0, candidates=(1.0, 4.0), unit="orders")

_ACKNOWLEDGED = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED})
_BID, _ASK, _DEPTH = Decimal("99.99"), Decimal("100.01"), Decimal(10**9)
_SYMBOLS = ("TRIAL1", "TRIAL2", "TRIAL3", "TRIAL4")
_YARDSTICKS = 5
_monotonic_ns = SystemClock().monotonic_ns


@attrs.frozen
class _Placed:
    """One order's time and whether the component acknowledged it."""

    nanoseconds: int
    acknowledged: bool


class ExecutionTarget:
    """Measure an execution component under given settings, in a fresh instance each time."""

    def __init__(
        self,
        factory: Callable[[Mapping[str, Any]], object],
        settings: Sequence[TunableSetting],
        observer: Callable[[CallTrace], None] | None = None,
    ) -> None:
        """Take what is to be tried.

        :param factory: builds an instance, not yet started, from a mapping of configuration values.
        :param settings: of the component; ``orders_in_flight`` is added and never passed to the component.
        :param observer: told of every call outside the hot path, such as ``start`` and ``close``.
        """
        self._factory = factory
        self._observer = observer
        own = tuple(setting for setting in settings if setting.name != ORDERS_IN_FLIGHT.name)
        self._settings = (*own, ORDERS_IN_FLIGHT)

    @property
    def settings(self) -> tuple[TunableSetting, ...]:
        """Return what may be changed."""
        return self._settings

    @classmethod
    def installed(cls, kind: str = "execution") -> Self:
        """Return a target for the one installed component of a kind that places orders.

        Raises:
            UsageError: none is installed, or several are.
            ComponentError: it cannot be built, or does not say what may be changed.
        """
        records = [r for r in discover() if r.kind == kind and r.state is ComponentState.FOUND]
        if not records:
            raise UsageError(f"no component of kind {kind} is installed; 'pip install allause-{kind}' brings one")
        if len(records) > 1:
            raise UsageError(f"expected one component of kind {kind}, found {', '.join(r.id for r in records)}")
        (record,) = records
        with build(record) as component:
            answer = component.call("get_optimization_metrics")
        if isinstance(answer, Mapping):
            answer = cattrs.structure(answer, OptimizationMetrics)
        return cls(lambda configuration: build(record, configuration).instance, answer.settings)

    def measure(self, settings: Mapping[str, float], *, orders: int, seed: int) -> Trial:
        """Place ``orders`` orders through a fresh instance in a fresh directory and return what was measured.

        Half are market and half limit orders at the touch, of a venue deep enough for all. ``place_order`` is timed
        around each call. The seconds run from the first order until the component has closed, so that work put off
        until then counts. An order is an error when it raised or was not acknowledged.

        Raises:
            UsageError: an unknown setting.
            ValueError: fewer than one order, or ``orders_in_flight`` below 1.
            ComponentError: the component cannot be built, started or closed.
        """
        configuration, in_flight = self._configuration(settings)
        if orders < 1:
            raise ValueError(f"a trial needs at least one order, got {orders}")
        venue = Venue(seed=seed)
        for symbol in _SYMBOLS:
            venue.quote(symbol, _BID, _ASK, _DEPTH, _DEPTH, ts=0)
        flow = _flow(orders, seed)
        yardsticks = [yardstick() for _ in range(_YARDSTICKS)]
        with TemporaryDirectory(prefix="allause-trial-") as directory:
            component = Component("trial:execution", KINDS["execution"], self._factory(configuration))
            component.observer = self._observer
            with component:
                component.call("start", context=_context(venue, Path(directory), seed))
                place = _placer(component)
                start = _monotonic_ns()
                placed = _run(place, flow, in_flight)
            seconds = (_monotonic_ns() - start) / 1e9
        yardsticks += [yardstick() for _ in range(_YARDSTICKS)]
        errors = sum(not order.acknowledged for order in placed)
        return Trial(
            settings=dict(settings),
            orders=orders,
            errors=errors,
            seconds=seconds,
            orders_per_second=(orders - errors) / seconds,
            latency=summarize("place_order", "ns", [order.nanoseconds for order in placed], yardsticks),
            sessions_opened=venue.sessions_opened,
            orders_sent=venue.orders_received,
        )

    def _configuration(self, settings: Mapping[str, float]) -> tuple[dict[str, Any], int]:
        known = [setting.name for setting in self._settings]
        for name in settings:
            if name not in known:
                raise UsageError(f"no setting {name!r} can be tried; there are {', '.join(known)}")
        in_flight = int(settings.get(ORDERS_IN_FLIGHT.name, ORDERS_IN_FLIGHT.value))
        if in_flight < 1:
            raise ValueError(f"orders_in_flight must be at least 1, got {in_flight}")
        # a setting is a float by contract; a whole one is passed as the int that most configurations ask for
        configuration: dict[str, Any] = {
            name: int(value) if float(value).is_integer() else value
            for name, value in settings.items()
            if name != ORDERS_IN_FLIGHT.name
        }
        return configuration, in_flight


def _context(venue: Venue, directory: Path, seed: int) -> Context:
    return Context(
        clock=SystemClock(),
        directory=directory,
        seed=seed,
        logger=logging.getLogger("allause.trial"),
        venue=InProcessSession(venue),
    )


def _flow(orders: int, seed: int) -> list[dict[str, Any]]:
    random = Random(seed)  # noqa: S311 - a repeatable flow, no secret
    flow: list[dict[str, Any]] = []
    for number in range(orders):
        side = random.choice((Side.BUY, Side.SELL))
        order: dict[str, Any] = {
            "symbol": random.choice(_SYMBOLS),
            "quantity": Decimal(random.randint(1, 10)),
            "order_type": OrderType.MARKET if number % 2 else OrderType.LIMIT,
            "side": side,
            "client_order_id": f"trial-{seed}-{number}",
        }
        if order["order_type"] is OrderType.LIMIT:
            order["price"] = _ASK if side is Side.BUY else _BID
        flow.append(order)
    return flow


def _placer(component: Component) -> Callable[[Mapping[str, Any]], _Placed]:
    bound = component.bind("place_order")
    if inspect.iscoroutinefunction(bound):

        def bound(**order: Any) -> Any:
            return component.call("place_order", **order)

    def place(order: Mapping[str, Any]) -> _Placed:
        start = _monotonic_ns()
        try:
            report = bound(**order)
            status = report["status"] if isinstance(report, Mapping) else report.status
            acknowledged = status in _ACKNOWLEDGED
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it raises is one error of the trial, counted
            acknowledged = False
        return _Placed(_monotonic_ns() - start, acknowledged)

    return place


def _run(
    place: Callable[[Mapping[str, Any]], _Placed], flow: Sequence[Mapping[str, Any]], in_flight: int
) -> list[_Placed]:
    if in_flight == 1:
        return [place(order) for order in flow]
    with ThreadPoolExecutor(in_flight, thread_name_prefix="allause-trial") as pool:
        return list(pool.map(place, flow))
