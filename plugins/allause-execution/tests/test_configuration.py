from decimal import Decimal

import pytest

from allause.exceptions import ConfigurationError
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
