import inspect

import pytest

from allause.hookspecs import StandardSpec
from allause.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_method_of_a_kind_is_a_documented_typed_hookspec(kind):
    for method in kind.methods:
        home = kind.spec if method in kind.own_methods else StandardSpec
        function = getattr(home, method)
        assert hasattr(function, "allause_spec"), method
        assert inspect.getdoc(function), method
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty
        for parameter in kind.signature(method).values():
            assert parameter.annotation is not inspect.Parameter.empty
            # a default in a hookspec means different things to different versions of pluggy
            assert parameter.default is inspect.Parameter.empty


def test_the_main_method_is_one_of_the_kinds_own():
    for kind in KINDS.values():
        assert kind.main_method in kind.own_methods
        assert kind.group == f"allause.{kind.name}"


def test_optional_parameters_are_those_that_may_be_none():
    execution = KINDS["execution"]
    assert execution.required("place_order") == ("symbol", "quantity", "order_type")
    optional = tuple(execution.signature("place_order"))[3:]
    assert optional[:4] == ("side", "price", "time_in_force", "client_order_id")
    assert optional[-2:] == ("parent_id", "parent_quantity")
