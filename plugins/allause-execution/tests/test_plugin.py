import inspect
import threading
from decimal import Decimal
from importlib.metadata import entry_points, version

import pytest

import allause_execution
from allause.exceptions import ConfigurationError
from allause.hookspecs import CONTRACT_VERSION, ExecutionSpec, StandardSpec
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine

METHODS = sorted(name for spec in (ExecutionSpec, StandardSpec) for name in vars(spec) if not name.startswith("_"))


@pytest.mark.parametrize("name", METHODS)
def test_each_method_of_the_contract_takes_its_parameters_and_is_marked(name):
    spec = getattr(ExecutionSpec, name, None) or getattr(StandardSpec, name)
    method = getattr(TradingExecutionEngine, name)
    assert list(inspect.signature(method).parameters) == list(inspect.signature(spec).parameters)
    assert method.allause_impl
    for parameter in inspect.signature(spec).parameters.values():
        if "None" in str(parameter.annotation):
            assert inspect.signature(method).parameters[parameter.name].default is None


def test_an_order_is_awaited_with_the_arguments_of_one_that_is_placed():
    placed, awaited = TradingExecutionEngine.place_order, TradingExecutionEngine.aplace_order
    assert inspect.signature(awaited) == inspect.signature(placed)


def test_the_entry_point_loads_the_class():
    (point,) = entry_points(group="allause.execution", name="execution")
    assert point.load() is allause_execution.TradingExecutionEngine


def test_the_component_says_what_it_is():
    info = TradingExecutionEngine().get_component_info()
    assert (info.name, info.kind, info.version) == ("execution", "execution", version("allause-execution"))
    assert info.contract_version == CONTRACT_VERSION


def test_the_plain_calls_work_on_a_default_component():
    component = TradingExecutionEngine()
    market = component.place_order(symbol="AAPL", quantity=100, order_type="market")
    limit = component.place_order(symbol="AAPL", quantity=100, order_type="limit", price=150.0)
    assert (market.status, limit.status) == (OrderStatus.ACCEPTED, OrderStatus.ACCEPTED)
    assert "waits for a price" in market.reason
    assert limit.intent.price == Decimal("150.0")


def test_a_default_component_leaves_no_file_and_no_thread(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    threads = threading.active_count()
    component = TradingExecutionEngine()
    component.place_order(symbol="AAPL", quantity=1, order_type="market")
    component.test_functionality()
    component.close()
    component.close()
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == threads
    assert capsys.readouterr() == ("", "")


def test_close_needs_no_start():
    TradingExecutionEngine().close()


def test_a_closed_component_takes_no_order():
    component = TradingExecutionEngine()
    component.close()
    with pytest.raises(ConfigurationError, match="closed"):
        component.place_order(symbol="AAPL", quantity=1, order_type="market")


def test_a_closed_component_is_not_started_and_locks_no_journal(context, tmp_path):
    component = TradingExecutionEngine()
    component.close()
    with pytest.raises(ConfigurationError, match="closed"):
        component.start(context=context())
    assert [*tmp_path.iterdir()] == []


def test_start_after_an_order_is_an_error(context):
    component = TradingExecutionEngine()
    component.place_order(symbol="AAPL", quantity=1, order_type="market")
    with pytest.raises(ConfigurationError, match="once, before any order"):
        component.start(context=context())


def test_the_configured_directory_wins_over_the_hosts(tmp_path, context):
    component = TradingExecutionEngine(Config(directory=tmp_path / "mine"))
    component.start(context=context(directory=tmp_path))
    component.close()
    assert (tmp_path / "mine" / "orders.journal").exists()
    assert not (tmp_path / "orders.journal").exists()


def test_every_call_of_the_kinds_own_methods_is_counted_errors_too():
    component = TradingExecutionEngine()
    order = component.place_order(symbol="AAPL", quantity=1, order_type="market")
    component.get_order(client_order_id=order.intent.client_order_id)
    component.cancel_order(client_order_id=order.intent.client_order_id)
    for name in ("get_open_orders", "get_fills", "get_positions", "get_account", "reconcile", "resume"):
        getattr(component, name)()
    component.halt(reason="x")
    with pytest.raises(KeyError):
        component.get_order(client_order_id="none")
    component.get_component_info()
    component.test_functionality()
    stats = component.get_performance_stats()
    assert (stats.operations, stats.errors) == (11, 1)
    assert stats.busy_ns > 0


def test_the_self_test_passes_and_tries_eight_things():
    report = TradingExecutionEngine().test_functionality()
    assert [case for case in report.cases if not case.passed] == []
    assert len(report.cases) == 8


def test_the_self_test_leaves_the_own_orders_alone(scripted, started):
    session = scripted()
    component = started(session)
    component.test_functionality()
    assert session.submitted == []
    assert component.get_open_orders() == ()


def raises(self, *args, **options):
    raise RuntimeError("sabotaged")


@pytest.mark.parametrize("name", ["place_order", "cancel_order", "get_order", "get_positions", "get_account", "halt"])
@pytest.mark.parametrize("broken", [raises, lambda self, *args, **options: None], ids=["raises", "answers None"])
def test_the_self_test_fails_when_a_method_is_sabotaged_on_the_class(monkeypatch, name, broken):
    monkeypatch.setattr(TradingExecutionEngine, name, broken)
    report = TradingExecutionEngine().test_functionality()
    assert not report.passed
    assert all(case.detail for case in report.cases if not case.passed)


def test_the_self_test_fails_when_the_method_is_sabotaged_on_the_instance():
    component = TradingExecutionEngine()
    component.place_order = lambda *args, **options: None
    assert not component.test_functionality().passed


def test_an_order_that_fills_nothing_fails_the_self_test(monkeypatch):
    real = TradingExecutionEngine.place_order
    forged = TradingExecutionEngine().place_order(symbol="X", quantity=1, order_type="market")
    monkeypatch.setattr(TradingExecutionEngine, "place_order", lambda self, *a, **k: (real(self, *a, **k), forged)[1])
    assert not TradingExecutionEngine().test_functionality().passed


def test_the_setting_offered_to_the_optimizer_is_a_key_of_the_configuration():
    (setting,) = TradingExecutionEngine(Config(orders_per_commit=3)).get_optimization_metrics().settings
    assert (setting.name, setting.value, setting.candidates) == ("orders_per_commit", 3, (1, 3, 8, 64))
    assert Config(**{setting.name: setting.candidates[-1]}).orders_per_commit == 64


def test_a_healthy_component_finds_nothing_wrong():
    validation = TradingExecutionEngine().validate_component()
    assert validation.valid
    assert "journal" in validation.examined


def test_unknown_orders_are_named_as_a_problem(scripted, started):
    component = started(scripted("timeout"))
    component.place_order("AAPL", 1, "market", client_order_id="o1")
    problems = component.validate_component().problems
    assert any("order o1 is unknown" in problem for problem in problems)
    component.reconcile()
    assert component.validate_component().valid


def test_a_journal_that_cannot_be_opened_is_told_as_a_problem(tmp_path):
    (tmp_path / "orders.journal").write_bytes(b"no database, but long enough to be taken for one" * 50)
    validation = TradingExecutionEngine(Config(directory=tmp_path)).validate_component()
    assert not validation.valid
    assert "orders.journal" in validation.problems[0]
