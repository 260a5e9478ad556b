"""Trials of an execution component: every figure is what the target saw."""

from importlib.util import find_spec
from pathlib import Path
from threading import Barrier, Lock

import attrs
import pytest

from allause import trials
from allause.exceptions import ComponentError, UsageError, VenueError
from allause.models import OrderIntent, OrderReport, OrderStatus, TimeInForce, TunableSetting
from allause.trials import ORDERS_IN_FLIGHT, ExecutionTarget

_BATCH = TunableSetting(name="batch", value=1.0, candidates=(1.0, 8.0), unit="orders")


class Engine:
    """Journal each order into a file of its directory, then send it: the least that is real."""

    built = ()

    def __init__(self, configuration):
        self.configuration = dict(configuration)
        self.closed = False
        self._lock = Lock()
        Engine.built = (*Engine.built, self)

    def start(self, context):
        self.context = context
        self._journal = (context.directory / "orders.txt").open("a", encoding="utf-8")

    def place_order(
        self, symbol, quantity, order_type, side=None, price=None, time_in_force=None, client_order_id=None
    ):
        intent = OrderIntent(
            client_order_id=client_order_id,
            symbol=symbol,
            side=side,
            quantity=quantity,
            order_type=order_type,
            price=price,
            time_in_force=TimeInForce.DAY,
        )
        with self._lock:
            self._journal.write(f"{intent}\n")
            self._journal.flush()
            return OrderReport(intent=intent, status=self.context.venue.submit(intent).status)

    def close(self):
        self._journal.close()
        self.closed = True


@pytest.fixture(autouse=True)
def _no_engines_yet():
    Engine.built = ()


def _measure(engine=Engine, *, orders=20, seed=1, **settings):
    return ExecutionTarget(engine, (_BATCH,)).measure(settings, orders=orders, seed=seed)


def test_trial_counts_every_order_that_reached_the_venue():
    trial = _measure(orders=20)
    assert (trial.orders, trial.errors, trial.orders_sent, trial.sessions_opened) == (20, 0, 20, 1)
    assert trial.connection_reuse == 0.95


def test_every_order_is_timed_by_the_host():
    trial = _measure(orders=20)
    assert (trial.latency.n, trial.latency.unit) == (20, "ns")
    assert 0 < trial.latency.median <= trial.latency.maximum <= trial.seconds * 1e9
    assert trial.orders_per_second == pytest.approx(20 / trial.seconds)


def test_all_orders_fill_at_the_quotes():
    _measure(orders=20)
    (engine,) = Engine.built
    assert {order.status for order in engine.context.venue.venue.orders()} == {OrderStatus.FILLED}


def test_same_seed_places_the_same_orders_and_another_seed_others():
    for seed in (1, 1, 2):
        _measure(seed=seed)
    first, again, other = (engine.context.venue.venue.log_bytes() for engine in Engine.built)
    assert first == again != other


def test_settings_reach_a_fresh_instance_and_whole_ones_as_int():
    trial = _measure(batch=8.0, orders_in_flight=1.0)
    (engine,) = Engine.built
    assert engine.configuration == {"batch": 8}
    assert isinstance(engine.configuration["batch"], int)
    assert dict(trial.settings) == {"batch": 8.0, "orders_in_flight": 1.0}


def test_fresh_directory_is_removed_and_the_instance_closed():
    _measure()
    _measure()
    first, second = Engine.built
    assert first.context.directory != second.context.directory
    assert not Path(first.context.directory).exists()
    assert first.closed
    assert second.closed


class Meets(Engine):
    """Hold each order until another one is under way in another thread."""

    def __init__(self, configuration):
        super().__init__(configuration)
        self._barrier = Barrier(2)

    def place_order(self, **order):
        self._barrier.wait(timeout=10)
        return super().place_order(**order)


def test_orders_in_flight_are_really_at_the_same_time():
    assert _measure(Meets, orders=8, orders_in_flight=2.0).errors == 0


class RaisesHalf(Engine):
    """Refuse every sell order."""

    def place_order(self, **order):
        if order["side"] == "sell":
            raise VenueError("no sales")
        return super().place_order(**order)


def test_order_that_raises_is_an_error_and_does_not_count_as_throughput():
    trial = _measure(RaisesHalf, orders=40)
    assert trial.errors == 40 - trial.orders_sent > 0
    assert trial.orders_per_second == pytest.approx(trial.orders_sent / trial.seconds)


class Claims(Engine):
    """Answer without placing anything, in a way that is no acknowledgement."""

    answer = None

    def place_order(self, **_order):
        return self.answer


@pytest.mark.parametrize("answer", [None, "filled", {}, {"status": "unknown"}, {"status": ["filled"]}])
def test_answer_that_is_no_acknowledgement_is_an_error(monkeypatch, answer):
    monkeypatch.setattr(Claims, "answer", answer)
    assert _measure(Claims, orders=4).errors == 4


def test_acknowledgement_without_an_order_shows_in_the_orders_sent(monkeypatch):
    monkeypatch.setattr(Claims, "answer", {"status": "filled"})
    trial = _measure(Claims, orders=4)
    assert (trial.errors, trial.orders_sent, trial.connection_reuse) == (0, 0, 0.0)


class Asynchronous(Engine):
    """Offer ``place_order`` as a coroutine function."""

    async def place_order(self, **order):
        return super().place_order(**order)


def test_asynchronous_component_is_tried_alike():
    assert _measure(Asynchronous, orders=6, orders_in_flight=2.0).errors == 0


class CannotStart(Engine):
    """Fail at start."""

    def start(self, context):
        raise RuntimeError("no start")

    def close(self):
        self.closed = True


def test_component_that_cannot_start_is_closed_and_no_trial():
    with pytest.raises(ComponentError, match="no start"):
        _measure(CannotStart)
    assert Engine.built[0].closed


def test_unknown_setting_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match=r"'bach'.*batch, orders_in_flight"):
        _measure(bach=1.0)


@pytest.mark.parametrize(
    ("orders", "in_flight", "text"), [(0, 1.0, "at least one order"), (1, 0.0, "orders_in_flight")]
)
def test_trial_without_work_is_refused(orders, in_flight, text):
    with pytest.raises(ValueError, match=text):
        _measure(orders=orders, orders_in_flight=in_flight)


def test_target_adds_its_own_setting_once():
    own = attrs.evolve(ORDERS_IN_FLIGHT, candidates=(1.0, 64.0))
    target = ExecutionTarget(Engine, (_BATCH, own))
    assert target.settings == (_BATCH, ORDERS_IN_FLIGHT)


def test_nothing_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr(trials, "discover", lambda: ())
    with pytest.raises(UsageError, match="pip install allause-execution"):
        ExecutionTarget.installed()


def test_installed_execution_component_is_measured():
    if find_spec("allause_execution.plugin") is None:
        pytest.skip("allause-execution is not installed")
    target = ExecutionTarget.installed()
    trial = target.measure({setting.name: setting.value for setting in target.settings}, orders=10, seed=1)
    assert (trial.errors, trial.orders_sent, trial.sessions_opened) == (0, 10, 1)
