import numbers
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from fractions import Fraction

import pytest

from allause.exceptions import ConfigurationError, OrderDeniedError
from allause.models.orders import exact
from allause_execution import Config, TradingExecutionEngine


@pytest.mark.parametrize(
    "name", ["max_quantity", "max_notional", "max_position", "max_open_orders", "orders_per_commit"]
)
@pytest.mark.parametrize("value", [0, -1, "many", None, True, float("nan"), float("inf")], ids=repr)
def test_a_limit_that_limits_nothing_is_an_error(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: ") as caught:
        Config(**{name: value})
    assert caught.value.path == name


def test_a_limit_may_be_given_as_float_or_int():
    config = Config(max_quantity=0.5, max_notional=100, orders_per_commit=8.0)
    assert (config.max_quantity, config.max_notional, config.orders_per_commit) == (Decimal("0.5"), 100, 8)


def test_the_default_configuration_is_what_a_component_gets():
    assert TradingExecutionEngine()._config == Config() == TradingExecutionEngine.Config()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, number)
          for name in ("max_loss", "max_quantity", "starting_cash", "reconcile_seconds", "price_collar")
          for number in (Decimal("Infinity"), Decimal("NaN"), Decimal("sNaN"))),
        *((name, Decimal(number)) for name in ("starting_cash", "price_collar") for number in ("1E+50", "1E-60")),
        ("duplicate_window_seconds", Decimal("1E-30")),
        ("duplicate_window_seconds", 10**10),
        ("max_orders_per_second", 10**20),
        ("currency", 5),
        ("currency", None),
        ("currency", "\ud800"),
        ("directory", 5),
        ("directory", "\0"),
        ("durable", "no"),
        ("id_prefix", "a/b"),
        ("id_prefix", "x" * 45),
        ("restricted_symbols", 5),
        ("restricted_symbols", "SPY"),
    ],
)  # fmt: skip
def test_a_value_that_an_order_would_stumble_over_is_refused_at_once(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name}: expected ") as caught:
        Config(**{name: value})
    assert caught.value.path == name


def test_a_folder_may_be_given_as_text(tmp_path):
    engine = TradingExecutionEngine(Config(directory=str(tmp_path)))
    engine.place_order("A", 1, "limit", price=10)
    engine.close()
    assert (tmp_path / "orders.journal").is_dir()


def test_a_float_that_prints_itself_otherwise_is_the_number_it_is():
    class Odd(float):
        def __repr__(self):
            return "1"

    class Scalar(float):
        def __repr__(self):
            return f"np.float64({float(self)!r})"

    assert (exact(Odd(10.5)), exact(Scalar(0.1))) == (Decimal("10.5"), Decimal("0.1"))
    assert TradingExecutionEngine().place_order("A", Scalar(1.5), "limit", price=Odd(10.25)).intent.price == Decimal(
        "10.25"
    )


@numbers.Integral.register
class Whole:
    """Behave as numpy's whole numbers do, which are no ints."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@numbers.Real.register
class Single:
    """Behave as numpy's float32 does, which is no float and prints itself as short as it can."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


@numbers.Integral.register
class Span:
    """Behave as numpy's timedelta64 does, which is called a whole number and is none."""


def test_a_number_that_is_neither_int_nor_float_is_the_number_it_prints_as():
    assert (exact(Whole(5)), exact(Single("0.1"))) == (Decimal(5), Decimal("0.1"))
    assert exact(10**5000) == 10**5000  # no float could hold it
    intent = TradingExecutionEngine(Config(max_quantity=Whole(7))).place_order("A", Whole(6), "market").intent
    assert (intent.quantity, type(intent.quantity)) == (6, Decimal)


@pytest.mark.parametrize("value", [Span(), Single("five seconds"), True, "5", 1j, Fraction(1, 3), None, [5]])
def test_what_is_no_number_is_told_by_its_type(value):
    with pytest.raises(TypeError, match=rf"expected a number .*, got {type(value).__name__}"):
        exact(value)


@pytest.mark.parametrize("value", [Single("nan"), float("-inf"), Decimal("sNaN"), Decimal("Infinity")])
def test_a_number_without_end_or_value_is_refused(value):
    with pytest.raises(ValueError, match="expected a finite number, got"):
        exact(value)


class _Mute:
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "reason",
    [_Mute(), None, 5, "\ud800", "x\nCRITICAL:root:all fine\x1b[2J"],
    ids=["mute", "none", "number", "surrogate", "escapes"],
)
def test_a_halt_does_not_fail_of_its_reason(reason, caplog):
    engine = TradingExecutionEngine()
    engine.halt(reason)
    with pytest.raises(OrderDeniedError, match="halted"):
        engine.place_order("A", 1, "limit", price=10)
    assert [record.getMessage() for record in caplog.records if not record.getMessage().isprintable()] == []


def test_an_engine_opens_although_the_program_lowers_its_own_precision(started, forgetful, clock):
    with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
        component = started(forgetful, clock=clock, reconcile_seconds=61.5, duplicate_window_seconds=1.25)
        clock.advance(61.4)
        component.get_fills()
        assert component.get_performance_stats().details["reconciliations"] == 1
        clock.advance(0.1)
        component.get_fills()
        assert component.get_performance_stats().details["reconciliations"] == 2
        assert component.test_functionality().passed


def test_an_order_with_an_id_chosen_here_can_be_placed_again_under_it(started, scripted):
    session = scripted()
    component = started(session, id_prefix="x" * 44)
    chosen = component.place_order("A", 1, "market").intent.client_order_id
    assert component.place_order("A", 1, "market", client_order_id=chosen).intent.client_order_id == chosen
    assert len(session.submitted) == 1
